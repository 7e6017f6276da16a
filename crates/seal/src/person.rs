//! A person's keys under the passphrase (FORMATS §7): one wrap for both.

use crate::{
    act::ActKey,
    id::PersonId,
    identity::PersonIdentity,
    label::Label,
    passphrase::{Cost, Passphrase, Salt, StretchError, stretch},
    rng::{Rng, RngFailed},
    sealed::SealError,
};
use zeroize::Zeroizing;

/// What unlocking gives.
pub struct PersonKeys {
    /// Opens the person's grants.
    pub identity: PersonIdentity,
    /// Signs the person's acts.
    pub act: ActKey,
}

/// A person's row: body to be sealed under its entry key, and what stands in the clear and is bound there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPerson {
    /// Argon2id's cost.
    pub cost: Cost,
    /// Argon2id's salt.
    pub salt: Salt,
    /// The row's body.
    pub body: Vec<u8>,
}

/// Why a person's keys were not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealPersonError {
    /// Argon2id did not finish.
    #[error(transparent)]
    Stretch(#[from] StretchError),
    /// Sealing did not work.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Why a person is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// Argon2id did not finish.
    #[error(transparent)]
    Stretch(#[from] StretchError),
    /// The wrong passphrase; a changed row looks the same.
    #[error("that passphrase does not open this vault; check capital letters and keyboard, then try again")]
    Wrong,
}

impl PersonKeys {
    /// Fresh ones.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        Ok(Self { identity: PersonIdentity::make(rng)?, act: ActKey::make(rng)? })
    }

    /// Seals under a passphrase, with a fresh salt: `sealed(derive(Argon2id, "person-keys"), "person-keys",
    /// person id ‖ u32 KiB ‖ u32 passes ‖ u32 lanes ‖ salt, Ed25519 seed ‖ identity text)`.
    pub fn seal(
        &self,
        rng: &dyn Rng,
        person: PersonId,
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<SealedPerson, SealPersonError> {
        let salt = Salt::make(rng).map_err(SealError::from)?;
        let key = stretch(passphrase, cost, &salt)?;
        let text = self.identity.to_text();
        let mut body = Zeroizing::new(Vec::with_capacity(32 + text.len()));
        // Exposed to be sealed.
        body.extend_from_slice(self.act.expose());
        body.extend_from_slice(text.as_bytes());
        let body = key.seal(rng, Label::PersonKeys, &ctx(person, cost, &salt), &body)?;
        Ok(SealedPerson { cost, salt, body })
    }
}

impl SealedPerson {
    /// Opens with the passphrase. Takes Argon2id's time whatever is wrong.
    pub fn open(&self, person: PersonId, passphrase: &Passphrase) -> Result<PersonKeys, UnlockError> {
        let key = stretch(passphrase, self.cost, &self.salt)?;
        let body = key
            .open(Label::PersonKeys, &ctx(person, self.cost, &self.salt), &self.body)
            .map_err(|_| UnlockError::Wrong)?;
        let (seed, text) = body.split_first_chunk::<32>().ok_or(UnlockError::Wrong)?;
        let text = std::str::from_utf8(text).map_err(|_| UnlockError::Wrong)?;
        Ok(PersonKeys {
            identity: PersonIdentity::from_text(text).map_err(|_| UnlockError::Wrong)?,
            act: ActKey::from_seed(Zeroizing::new(*seed)),
        })
    }
}

fn ctx(person: PersonId, cost: Cost, salt: &Salt) -> Vec<u8> {
    let mut ctx = Vec::with_capacity(44);
    ctx.extend_from_slice(person.as_bytes());
    for number in [cost.kib(), cost.passes(), cost.lanes()] {
        ctx.extend_from_slice(&number.to_be_bytes());
    }
    ctx.extend_from_slice(salt.as_bytes());
    ctx
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::{id::VaultId, rng::SystemRng};

    fn typed(text: &str) -> Passphrase {
        Passphrase::entered(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn opens_with_its_passphrase_only() {
        let (person, vault) = (PersonId::from_bytes([7; 16]), VaultId::from_bytes([1; 16]));
        let keys = PersonKeys::make(&SystemRng).unwrap();
        let sealed =
            keys.seal(&SystemRng, person, &typed("correct horse battery"), Cost::WEAK_FOR_TESTS).unwrap();
        let opened = sealed.open(person, &typed("correct horse battery")).unwrap();
        assert_eq!(opened.identity.recipient(), keys.identity.recipient());
        assert_eq!(opened.act.public_key(), keys.act.public_key());
        assert_eq!(keys.act.public_key().verify(vault, b"act", &opened.act.sign(vault, b"act")), Ok(()));
        let wrong = |sealed: &SealedPerson, person, text| {
            assert!(matches!(sealed.open(person, &typed(text)), Err(UnlockError::Wrong)));
        };
        wrong(&sealed, person, "correct horse batterz");
        wrong(&sealed, person, "");
        wrong(&sealed, PersonId::from_bytes([8; 16]), "correct horse battery");
        let mut changed = sealed.clone();
        changed.body[20] ^= 1;
        wrong(&changed, person, "correct horse battery");
        let salted = SealedPerson { salt: Salt::from_bytes([0; 16]), ..sealed.clone() };
        wrong(&salted, person, "correct horse battery");
        let cut = SealedPerson { body: sealed.body[..10].to_vec(), ..sealed };
        wrong(&cut, person, "correct horse battery");
    }

    #[test]
    fn person_cost_and_salt_are_bound() {
        let (one, two) = (PersonId::from_bytes([7; 16]), PersonId::from_bytes([8; 16]));
        let (salt, other) = (Salt::from_bytes([1; 16]), Salt::from_bytes([2; 16]));
        let all = [
            ctx(one, Cost::WEAK_FOR_TESTS, &salt),
            ctx(two, Cost::WEAK_FOR_TESTS, &salt),
            ctx(one, Cost::STANDARD, &salt),
            ctx(one, Cost::WEAK_FOR_TESTS, &other),
        ];
        assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), all.len());
    }
}
