//! Ed25519 keys (RFC 8032), and the text by which a desk's public key travels (C2SP signed-note, verifier keys).

use crate::checkpoint::origin;
use crate::note::{self, ED25519};
use crate::{Hash, Id, tree};
use data_encoding::HEXLOWER;
use ring::signature::{self, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use secrecy::{ExposeSecret, SecretBox};
use std::{fmt, str::FromStr};

/// An Ed25519 signing key: the desk's, or a person's. Wiped on drop; it can be neither printed nor copied.
pub struct SigningKey(SecretBox<[u8; 32]>);

impl SigningKey {
    /// The key of a 32-byte seed (RFC 8032 §5.1.5). The caller wipes its own copy.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SecretBox::init_with_mut(|own: &mut [u8; 32]| own.copy_from_slice(seed)))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair().public_key().as_ref());
        PublicKey(bytes)
    }

    /// The public half under a vault's name: what customers are given to check checkpoints with.
    pub fn verifying(&self, vault: Id) -> VerifyingKey {
        VerifyingKey::new(vault, self.public())
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(self.pair().sign(message).as_ref());
        bytes
    }

    /// Made anew for each signature: ring's key pair is not wiped on drop, so none is kept.
    fn pair(&self) -> Ed25519KeyPair {
        // Exposed to ring alone, to sign with.
        match Ed25519KeyPair::from_seed_unchecked(self.0.expose_secret()) {
            Ok(pair) => pair,
            Err(_) => unreachable!("every 32 bytes are an Ed25519 seed"),
        }
    }
}

/// An Ed25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// From the bytes of RFC 8032 §5.1.2; bytes that are no key verify nothing.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&signature::ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl From<PublicKey> for Hash {
    /// As an entry names a key.
    fn from(key: PublicKey) -> Self {
        Self::from_bytes(key.0)
    }
}

/// A desk's public key with its name, `cloakroom/desk/` and the vault id. Its text is
/// `name+key id+base64(01 ‖ public key)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey {
    vault: Id,
    public: PublicKey,
}

/// Not a desk's verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a desk's key; copy it whole, it starts with cloakroom/desk/ and holds two plus signs")]
pub struct KeyError;

impl VerifyingKey {
    /// A vault's key.
    pub const fn new(vault: Id, public: PublicKey) -> Self {
        Self { vault, public }
    }

    /// The vault it names.
    pub const fn vault(&self) -> Id {
        self.vault
    }

    /// The key alone.
    pub const fn public(&self) -> PublicKey {
        self.public
    }

    /// The 4-byte key id that stands before each signature.
    pub fn id(&self) -> [u8; 4] {
        note::key_id(&origin(&self.vault), ED25519, &self.public)
    }

    /// A fingerprint for people to compare: the first 16 bytes of SHA-256 of the key's text, hex in groups of four.
    pub fn fingerprint(&self) -> String {
        let hash = tree::sha256(self.to_string().as_bytes());
        let hex: String = HEXLOWER.encode(hash.as_bytes()).chars().take(32).collect();
        let groups: Vec<&str> =
            hex.as_bytes().chunks(4).filter_map(|g| std::str::from_utf8(g).ok()).collect();
        groups.join(" ")
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&note::vkey(&origin(&self.vault), ED25519, &self.public))
    }
}

impl FromStr for VerifyingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, public) = note::parse_vkey(text, ED25519).ok_or(KeyError)?;
        let vault = crate::checkpoint::vault_of(name).ok_or(KeyError)?;
        Ok(Self { vault, public })
    }
}
