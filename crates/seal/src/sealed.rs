//! The one way to seal small things (FORMATS §1).
//!
//! ```text
//! sealed(key, label, ctx, p) = 01 ‖ nonce[12] ‖ AES-256-GCM(key, nonce, p, AAD = "cloakroom/v1/" ‖ label ‖ 00 ‖ ctx)
//! ```

use crate::{
    label::Label,
    rng::{Rng, RngFailed, make_array},
    secret::Secret,
    stack,
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use zeroize::Zeroizing;

/// Bytes that sealing adds.
pub const OVERHEAD: usize = 1 + NONCE_LEN + TAG_LEN;

const VERSION: u8 = 1;
const TAG_LEN: usize = 16;

/// A 256-bit key for [`SealKey::seal`].
pub struct SealKey(Secret);

/// Why something was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RngFailed),
    /// More than its format holds.
    #[error("this is longer than its format allows; shorten it")]
    TooLong,
    /// What is to be sealed contradicts itself.
    #[error("this contradicts itself, so nothing was sealed; check classes, slots and recipients")]
    Inconsistent,
    /// The cipher refused.
    #[error("encryption failed and nothing was written; try again")]
    Cipher,
}

/// Why something sealed does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than anything sealed can be.
    #[error("this is too short to be sealed data, so part of it is missing; fetch it again")]
    Truncated,
    /// Sealed in a way this version does not know.
    #[error("this was sealed by a newer version; update Cloakroom")]
    NewerVersion,
    /// Another key, another label, another place, or changed bytes: which one cannot be told.
    #[error("this does not open: it was changed, moved, or made with another key; do not trust it")]
    Refused,
}

impl SealKey {
    /// A fresh random key.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        Secret::make(rng).map(Self)
    }

    /// From its 32 bytes.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret::from_bytes(bytes))
    }

    /// The raw key, to be sealed under another one or compared in a test.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// Seals `plaintext` for `label` and `ctx`, under a random nonce.
    pub fn seal(
        &self,
        rng: &dyn Rng,
        label: Label,
        ctx: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let mut out = vec![0; plaintext.len() + OVERHEAD];
        self.seal_into(make_array(rng)?, &label.aad(ctx), plaintext, &mut out)?;
        Ok(out)
    }

    /// Opens what [`SealKey::seal`] made for the same `label` and `ctx`.
    pub fn open(&self, label: Label, ctx: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let aad = label.aad(ctx);
        let len = stack::wiped(|| self.opener().open_in_place(&aad, &mut bytes).map(|text| text.len()))?;
        bytes.drain(..1 + NONCE_LEN);
        bytes.truncate(len);
        Ok(bytes)
    }

    /// Seals into `out`, which must be exactly [`OVERHEAD`] longer than `plaintext`.
    pub(crate) fn seal_into(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<(), SealError> {
        stack::wiped(|| self.sealer()?.seal_into(nonce, aad, plaintext, out))
    }

    /// The expanded key, for sealing many things in a row. It sits on the stack: for use inside
    /// [`stack::wiped`].
    pub(crate) fn sealer(&self) -> Result<Expanded, SealError> {
        // Exposed to ring, which cannot wipe what it expands.
        UnboundKey::new(&AES_256_GCM, self.0.expose())
            .map(|key| Expanded(Some(LessSafeKey::new(key))))
            .map_err(|_| SealError::Cipher)
    }

    /// The same for opening; a key that could not be expanded opens nothing.
    pub(crate) fn opener(&self) -> Expanded {
        // Exposed to ring, as above.
        Expanded(UnboundKey::new(&AES_256_GCM, self.0.expose()).ok().map(LessSafeKey::new))
    }
}

pub(crate) struct Expanded(Option<LessSafeKey>);

impl Expanded {
    pub(crate) fn seal_into(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<(), SealError> {
        let key = self.0.as_ref().ok_or(SealError::Cipher)?;
        let (head, rest) = out.split_at_mut_checked(1 + NONCE_LEN).ok_or(SealError::Cipher)?;
        let (body, tag_out) = rest.split_at_mut_checked(plaintext.len()).ok_or(SealError::Cipher)?;
        let (tag_out, []) = tag_out.split_first_chunk_mut::<TAG_LEN>().ok_or(SealError::Cipher)? else {
            return Err(SealError::Cipher);
        };
        body.copy_from_slice(plaintext);
        let tag: Tag = key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body)
            .map_err(|_| SealError::Cipher)?;
        tag_out.copy_from_slice(tag.as_ref());
        if let Some((version, nonce_out)) = head.split_first_mut() {
            *version = VERSION;
            nonce_out.copy_from_slice(&nonce);
        }
        Ok(())
    }

    /// Decrypts in place; the plaintext lies 13 bytes into `sealed`.
    pub(crate) fn open_in_place<'a>(
        &self,
        aad: &[u8],
        sealed: &'a mut [u8],
    ) -> Result<&'a mut [u8], OpenError> {
        if sealed.len() < OVERHEAD {
            return Err(OpenError::Truncated);
        }
        let (version, rest) = sealed.split_first_mut().ok_or(OpenError::Truncated)?;
        if *version != VERSION {
            return Err(OpenError::NewerVersion);
        }
        let (nonce, body) = rest.split_first_chunk_mut::<NONCE_LEN>().ok_or(OpenError::Truncated)?;
        let key = self.0.as_ref().ok_or(OpenError::Refused)?;
        key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), body)
            .map_err(|_| OpenError::Refused)
    }
}
