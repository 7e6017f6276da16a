//! A person's signature under an act about people, grants, policy, holds or approvals (FORMATS §7, Ed25519 RFC 8032).

use crate::{
    id::VaultId,
    rng::{Rng, RngFailed},
    secret::Secret,
    stack,
};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use zeroize::Zeroizing;

const MAGIC: &[u8; 17] = b"cloakroom/v1/act\0";

/// A person's Ed25519 key, kept as its seed.
pub struct ActKey(Secret);

/// An Ed25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ActPublicKey([u8; 32]);

/// A signature that is not this person's over this act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this act was not signed by the person it names; it was changed, do not follow it")]
pub struct BadSignature;

impl ActKey {
    /// A fresh key.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        Secret::make(rng).map(Self)
    }

    /// From its seed.
    pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret::from_bytes(seed))
    }

    /// What checks its signatures.
    pub fn public_key(&self) -> ActPublicKey {
        let mut public = [0; 32];
        stack::wiped(|| public.copy_from_slice(self.pair().public_key().as_ref()));
        ActPublicKey(public)
    }

    /// Signs `"cloakroom/v1/act" ‖ 00 ‖ vault id ‖ body`.
    pub fn sign(&self, vault: VaultId, body: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        let message = message(vault, body);
        stack::wiped(|| signature.copy_from_slice(self.pair().sign(&message).as_ref()));
        signature
    }

    #[expect(clippy::expect_used, reason = "ring refuses a seed only for its length, which the type fixes")]
    fn pair(&self) -> Ed25519KeyPair {
        // Exposed to ring, which keeps the pair on the stack: for use inside `stack::wiped`.
        Ed25519KeyPair::from_seed_unchecked(self.0.expose()).expect("32 bytes")
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

impl ActPublicKey {
    /// From its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks a signature.
    pub fn verify(&self, vault: VaultId, body: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(&message(vault, body), signature)
            .map_err(|_| BadSignature)
    }
}

fn message(vault: VaultId, body: &[u8]) -> Vec<u8> {
    [MAGIC.as_slice(), vault.as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn signs_for_one_vault_and_body() {
        let key = ActKey::make(&SystemRng).unwrap();
        let (vault, other) = (VaultId::from_bytes([1; 16]), VaultId::from_bytes([2; 16]));
        let signature = key.sign(vault, b"grant");
        assert_eq!(key.public_key().verify(vault, b"grant", &signature), Ok(()));
        assert_eq!(key.public_key().verify(other, b"grant", &signature), Err(BadSignature));
        assert_eq!(key.public_key().verify(vault, b"hold", &signature), Err(BadSignature));
    }
}
