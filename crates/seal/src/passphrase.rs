//! From a passphrase to a key: Argon2id (RFC 9106).

use crate::{
    derive::derive_key,
    label::Derive,
    rng::{Rng, RngFailed, make_array},
    sealed::SealKey,
};
use argon2::{Algorithm, Argon2, Version};
use zeroize::Zeroizing;

/// What a person types to unlock.
pub struct Passphrase(Zeroizing<String>);

/// A passphrase that is too short to be chosen (PCI DSS 8.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this passphrase is too short; choose at least 15 characters, four or five words are good")]
pub struct TooShort;

impl Passphrase {
    /// Fewest characters of a new passphrase.
    pub const CHARS_MIN: usize = 15;

    /// As typed to unlock: whatever it is, the vault answers in the same time and words.
    pub fn entered(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// A new one.
    pub fn choose(text: Zeroizing<String>) -> Result<Self, TooShort> {
        if text.chars().count() < Self::CHARS_MIN { Err(TooShort) } else { Ok(Self(text)) }
    }
}

/// Argon2id's cost, stored beside what it protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    kib: u32,
    passes: u32,
    lanes: u32,
}

/// A cost below OWASP's minimum, or beyond reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stored passphrase settings are outside what is safe; the vault was changed by something else: restore it"
)]
pub struct BadCost;

/// Why no key came of a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StretchError {
    /// Not enough memory for the cost.
    #[error("there is not enough free memory to check the passphrase; close other programs and try again")]
    Memory,
    /// Argon2 takes no such passphrase or cost.
    #[error("the passphrase cannot be checked; use a shorter one")]
    Input,
}

impl Cost {
    /// What new passphrases get: 256 MiB, 3 passes, 2 lanes.
    pub const STANDARD: Self = Self { kib: 256 * 1024, passes: 3, lanes: 2 };

    /// For tests only: quick, and refused by [`Cost::stored`].
    pub const WEAK_FOR_TESTS: Self = Self { kib: 64, passes: 1, lanes: 1 };

    const KIB_MIN: u32 = 46 * 1024;
    const KIB_MAX: u32 = 4 * 1024 * 1024;
    const PASSES_MAX: u32 = 64;
    const LANES_MAX: u32 = 64;

    /// As found in a row: lower than OWASP's minimum (46 MiB, 1 pass) is refused, and so is what would never end.
    pub fn stored(kib: u32, passes: u32, lanes: u32) -> Result<Self, BadCost> {
        let safe = (Self::KIB_MIN..=Self::KIB_MAX).contains(&kib)
            && (1..=Self::PASSES_MAX).contains(&passes)
            && (1..=Self::LANES_MAX).contains(&lanes);
        if safe { Ok(Self { kib, passes, lanes }) } else { Err(BadCost) }
    }

    /// As [`Cost::stored`], and takes [`Cost::WEAK_FOR_TESTS`] too.
    pub fn stored_or_weak_for_tests(kib: u32, passes: u32, lanes: u32) -> Result<Self, BadCost> {
        let found = Self { kib, passes, lanes };
        if found == Self::WEAK_FOR_TESTS { Ok(found) } else { Self::stored(kib, passes, lanes) }
    }

    /// Memory in KiB.
    pub const fn kib(self) -> u32 {
        self.kib
    }

    /// Passes over it.
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// Lanes, which may run at once.
    pub const fn lanes(self) -> u32 {
        self.lanes
    }
}

/// 16 random bytes, so that equal passphrases have different keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 16]);

impl Salt {
    /// A fresh one.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        make_array(rng).map(Self)
    }

    /// As found in a row.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// `derive(Argon2id(passphrase, salt), "person-keys")`.
pub(crate) fn stretch(passphrase: &Passphrase, cost: Cost, salt: &Salt) -> Result<SealKey, StretchError> {
    let out = argon2id(passphrase.0.as_bytes(), cost, &salt.0)?;
    Ok(derive_key(out.as_slice(), Derive::PersonKeys))
}

/// The working memory, from which the key follows, is too large for any allocator to keep: on drop it goes back to the
/// system, which wipes it. Wiping it here first would mean touching it twice, a fifth of the whole time.
fn argon2id(text: &[u8], cost: Cost, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, StretchError> {
    let params = argon2::Params::new(cost.kib, cost.passes, cost.lanes, Some(32));
    let params = params.map_err(|_| StretchError::Input)?;
    let mut out = Zeroizing::new([0; 32]);
    let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
        text,
        salt,
        out.as_mut_slice(),
    );
    done.map_err(|error| match error {
        argon2::Error::OutOfMemory => StretchError::Memory,
        _ => StretchError::Input,
    })?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn lower_than_owasp_is_refused_and_so_is_what_never_ends() {
        assert_eq!(Cost::stored(256 * 1024, 3, 2), Ok(Cost::STANDARD));
        assert!(Cost::stored(46 * 1024, 1, 1).is_ok());
        for (kib, passes, lanes) in [
            (46 * 1024 - 1, 3, 2),
            (256 * 1024, 0, 2),
            (256 * 1024, 3, 0),
            (u32::MAX, 3, 2),
            (256 * 1024, 1000, 2),
        ] {
            assert_eq!(Cost::stored(kib, passes, lanes), Err(BadCost));
        }
        let weak = Cost::WEAK_FOR_TESTS;
        assert_eq!(Cost::stored(weak.kib(), weak.passes(), weak.lanes()), Err(BadCost));
        assert_eq!(Cost::stored_or_weak_for_tests(weak.kib(), weak.passes(), weak.lanes()), Ok(weak));
        assert_eq!(Cost::stored_or_weak_for_tests(weak.kib(), 2, weak.lanes()), Err(BadCost));
    }

    #[test]
    fn a_new_passphrase_has_fifteen_characters() {
        let choose = |text: &str| Passphrase::choose(Zeroizing::new(text.to_owned()));
        assert!(choose("fourteen chars").is_err());
        assert!(choose("fifteen chars !").is_ok());
        // Characters, not bytes.
        assert!(choose("äöüäöüäöüäöüäö").is_err());
    }

    /// From `test.c` of the reference implementation (P-H-C/phc-winner-argon2).
    #[test]
    fn is_argon2id() {
        let out = |kib| argon2id(b"password", Cost { kib, passes: 2, lanes: 1 }, b"somesalt").unwrap();
        let hex = |kib| data_encoding::HEXLOWER.encode(out(kib).as_slice());
        assert_eq!(hex(256), "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
        assert_eq!(hex(65536), "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }
}
