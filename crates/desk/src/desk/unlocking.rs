//! Who unlocked the desk, and how.

use super::{Desk, blocking, guard};
use crate::DeskError;
use seal::{PersonId, passphrase::Passphrase};
use std::sync::Arc;
use vault::Session;

impl Desk {
    /// Unlocks as a person. A wrong passphrase takes as long as a right one, and is counted.
    pub async fn unlock(&self, person: PersonId, passphrase: Passphrase) -> Result<(), DeskError> {
        let attempt = self.vault(move |vault, now| Ok(vault.begin_unlock(person, now)?)).await?;
        // Without the vault: collecting and purging go on meanwhile.
        let (attempt, keys) = blocking(move || {
            let keys = attempt.open(&passphrase);
            Ok((attempt, keys))
        })
        .await?;
        let session = self
            .vault(move |vault, now| match keys {
                Ok(keys) => Ok(vault.finish_unlock(&attempt, keys, now)?),
                Err(wrong) => {
                    vault.fail_unlock(&attempt, now)?;
                    Err(wrong.into())
                }
            })
            .await?;
        // Closed meanwhile: nobody is let in any more.
        if self.inner.stop.is_cancelled() {
            return Err(DeskError::Closing);
        }
        self.inner.shares.forget();
        *guard(&self.inner.session) = Some(Arc::new(session));
        self.tell_news();
        Ok(())
    }

    /// Until when nobody can try a passphrase, UTC seconds, where there were too many wrong ones.
    pub async fn locked_until(&self, person: PersonId) -> Result<Option<u64>, DeskError> {
        self.vault(move |vault, now| {
            let until = vault.keyed().person(person)?.locked_until;
            Ok((until > now).then_some(until))
        })
        .await
    }

    /// Locks: every key of the person is wiped as soon as nothing under way needs it.
    pub fn lock(&self) {
        *guard(&self.inner.session) = None;
        self.inner.shares.forget();
        self.tell_news();
    }

    /// Who unlocked it, and their name.
    pub fn person(&self) -> Option<(PersonId, String)> {
        guard(&self.inner.session).as_ref().map(|session| (session.person(), session.name().to_owned()))
    }

    /// The name of who unlocked it.
    pub fn person_name(&self) -> Option<String> {
        self.person().map(|(_, name)| name)
    }

    /// Whether a person unlocked it.
    pub fn is_unlocked(&self) -> bool {
        guard(&self.inner.session).is_some()
    }

    /// Everyone in the vault.
    pub async fn people(&self) -> Result<Vec<PersonId>, DeskError> {
        self.vault(|vault, _| Ok(vault.db().person_ids()?)).await
    }

    pub(crate) fn session(&self) -> Result<Arc<Session>, DeskError> {
        guard(&self.inner.session).clone().ok_or(DeskError::Vault(vault::VaultError::Locked))
    }
}
