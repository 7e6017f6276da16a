//! Unlocking: a person, their grants, and the items those open.

use crate::{Vault, VaultError, tables::person::Role};
use ledger::{Id, What, Who};
use seal::{
    ClassIdentity, PersonId, RequestIdentity,
    act::ActKey,
    grant,
    passphrase::Passphrase,
    person::{PersonKeys, SealedPerson, UnlockError},
    wrap::{self, Shared, WrapError},
};
use std::collections::HashMap;
use wire::{BoxId, DataClass, RelayShare};

/// Wrong tries before a person is locked out (PCI DSS 8.3.4).
const TRIES: u32 = 10;
/// For how long, in seconds.
const LOCKOUT: u64 = 30 * 60;

/// One try to unlock, already counted.
pub struct Attempt {
    person: PersonId,
    sealed: SealedPerson,
}

/// A person who unlocked the vault. Dropping it locks: every key in it is wiped.
pub struct Session {
    person: PersonId,
    role: Role,
    name: String,
    act: ActKey,
    classes: HashMap<(DataClass, u32), ClassIdentity>,
}

impl Attempt {
    /// Stretches the passphrase. Takes as long whether it is right or wrong; needs no vault, so that collecting and
    /// purging go on meanwhile.
    pub fn open(&self, passphrase: &Passphrase) -> Result<PersonKeys, VaultError> {
        self.sealed.open(self.person, passphrase).map_err(|error| match error {
            UnlockError::Wrong => VaultError::WrongPassphrase,
            UnlockError::Stretch(_) => VaultError::Internal("not enough memory for the passphrase"),
        })
    }
}

impl Session {
    /// Who.
    pub const fn person(&self) -> PersonId {
        self.person
    }

    /// Who, as the ledger names them.
    pub const fn who(&self) -> Who {
        Who::Person(Id::from_bytes(*self.person.as_bytes()))
    }

    /// Whether they hold a key of a class.
    pub fn holds(&self, class: DataClass) -> bool {
        self.classes.keys().any(|(held, _)| *held == class)
    }

    /// What they may do.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The name they go by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Signs their acts.
    pub const fn act(&self) -> &ActKey {
        &self.act
    }
}

impl Vault {
    /// Begins a try. It is counted before it is made, so that ending the process is no way around the count.
    pub fn begin_unlock(&mut self, person: PersonId, now: u64) -> Result<Attempt, VaultError> {
        let row = self.keyed().person(person)?;
        if now < row.locked_until {
            return Err(VaultError::LockedOut { until: row.locked_until });
        }
        let failed = if row.failed >= TRIES { 1 } else { row.failed + 1 };
        let locked_until = if failed >= TRIES { now + LOCKOUT } else { 0 };
        self.change(now, |change| change.db().set_failed(person, failed, locked_until))?;
        Ok(Attempt { person, sealed: row.sealed })
    }

    /// The try did not succeed: the ledger says so.
    pub fn fail_unlock(&mut self, attempt: &Attempt, now: u64) -> Result<(), VaultError> {
        let who = Who::Person(Id::from_bytes(*attempt.person.as_bytes()));
        self.change(now, |change| change.record(who, What::UnlockFailed { count: 1 }).map(drop))
    }

    /// The try succeeded: opens the person's grants.
    pub fn finish_unlock(
        &mut self,
        attempt: &Attempt,
        keys: PersonKeys,
        now: u64,
    ) -> Result<Session, VaultError> {
        let row = self.keyed().person(attempt.person)?;
        let mut classes = HashMap::new();
        for row in self.keyed().grants(attempt.person)? {
            let identity = grant::open(&keys.identity, &row.sealed).map_err(|_| VaultError::RowDamaged)?;
            classes.insert((row.class, row.generation), identity);
        }
        let PersonKeys { act, .. } = keys;
        let session = Session { person: attempt.person, role: row.role, name: row.name, act, classes };
        self.change(now, |change| {
            change.db().set_failed(attempt.person, 0, 0)?;
            change.record(session.who(), What::Unlocked).map(drop)
        })?;
        Ok(session)
    }

    /// The identity that opens what came for one class of a round.
    pub fn request_identity(
        &self,
        session: &Session,
        id: BoxId,
        class: DataClass,
    ) -> Result<RequestIdentity, VaultError> {
        self.request_identity_with(session, id, class, None)
    }

    /// The same, with the relay's share where the key needs it.
    pub fn request_identity_with(
        &self,
        session: &Session,
        id: BoxId,
        class: DataClass,
        share: Option<&RelayShare>,
    ) -> Result<RequestIdentity, VaultError> {
        let (generation, sealed) = self.keyed().wrap(id, class)?;
        let held = session.classes.get(&(class, generation)).ok_or(VaultError::NotGranted)?;
        let under = share.map(|share| Shared { share, id, class });
        wrap::open_with(held, &sealed, under).map_err(|error| match error {
            WrapError::NeedsShare => VaultError::NeedsShare,
            _ => VaultError::RowDamaged,
        })
    }
}
