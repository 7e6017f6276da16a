//! `derive(ikm, label) = HKDF-SHA-256(ikm, salt empty, info = "cloakroom/v1/" ‖ label)` (FORMATS §1, RFC 5869).

use crate::{label::Derive, sealed::SealKey, stack};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

/// `N` bytes derived from `ikm`, at most 32.
pub fn derive<const N: usize>(ikm: &[u8], what: Derive<'_>) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 32, "everything derived is a key, a token or an id") }
    let mut out = Zeroizing::new([0; N]);
    stack::wiped(|| expand(ikm, what, out.as_mut_slice()));
    out
}

/// The same, as a key to seal with.
pub fn derive_key(ikm: &[u8], what: Derive<'_>) -> SealKey {
    SealKey::from_bytes(derive(ikm, what))
}

#[expect(clippy::expect_used, reason = "HKDF fails only beyond 255 hash lengths; derive() allows one")]
fn expand(ikm: &[u8], what: Derive<'_>, out: &mut [u8]) {
    Salt::new(HKDF_SHA256, &[])
        .extract(ikm)
        .expand(&what.info(), Length(out.len()))
        .and_then(|okm| okm.fill(out))
        .expect("at most 32 bytes");
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
