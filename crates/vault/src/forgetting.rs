//! Forgetting a helpdesk: its rows, and the keys of its sealed ones, by a rotation of its own.

use crate::{HelpdeskId, Vault, VaultError, tables::credential::CredentialKind};
use ledger::{Epochs, What, Who};
use seal::RowVersion;
use std::collections::HashSet;

/// Stands from the change that deletes sealed rows until their keys are destroyed.
const OWED: &str = "rotation-owed";

impl Vault {
    /// Removes a connection. When this returns nothing on this disk opens its credential.
    pub fn remove_helpdesk(&mut self, id: HelpdeskId, who: Who, now: u64) -> Result<(), VaultError> {
        self.change(now, |change| {
            let db = change.db();
            let sealed = db.credential_versions()?.len();
            db.delete_helpdesk(id)?;
            if db.credential_versions()?.len() < sealed {
                db.set_setting(OWED, &now.to_string())?;
            }
            change.record(who, What::HelpdeskRemoved { helpdesk: ledger::Id::from_bytes(*id.as_bytes()) })?;
            Ok::<_, VaultError>(())
        })?;
        crate::fault::point("helpdesk.removed");
        self.finish_forgetting(now)
    }

    /// Seals a connection's credential in the vault, in place of the one before, which nothing opens any more then.
    pub fn put_credential(
        &mut self,
        id: HelpdeskId,
        kind: CredentialKind,
        secret: &[u8],
        now: u64,
    ) -> Result<(), VaultError> {
        self.change(now, |change| {
            if change.db().delete_credential(id, kind)? {
                change.db().set_setting(OWED, &now.to_string())?;
            }
            change.insert_credential(id, kind, secret)?;
            // Where its token lies; a webhook's secret has its own place.
            if kind == CredentialKind::Token {
                change.db().set_helpdesk_keychain(id, false)?;
            }
            Ok::<_, VaultError>(())
        })?;
        self.finish_forgetting(now)
    }

    /// Removes a connection's sealed credential, if there is one.
    pub fn drop_credential(
        &mut self,
        id: HelpdeskId,
        kind: CredentialKind,
        now: u64,
    ) -> Result<(), VaultError> {
        if self.keyed().credential(id, kind)?.is_none() {
            return Ok(());
        }
        self.change(now, |change| {
            change.db().delete_credential(id, kind)?;
            change.db().set_setting(OWED, &now.to_string())
        })?;
        self.finish_forgetting(now)
    }

    /// Destroys the keys of rows that were deleted, where that is still owed. At start-up too.
    pub fn finish_forgetting(&mut self, now: u64) -> Result<(), VaultError> {
        if self.db().setting(OWED)?.is_none_or(|owed| owed.is_empty()) {
            return Ok(());
        }
        let rows: HashSet<RowVersion> = self.sealed_rows()?.into_iter().collect();
        let dropped = self.keys.without(&rows);
        let from = self.keys.epoch();
        self.keys.rotate(&*self.rng, &dropped)?;
        let to = self.keys.epoch();
        self.change(now, |change| {
            let reason = "credential-removed".parse().map_err(|_| VaultError::Internal("rotation reason"))?;
            change.record(Who::Desk, What::Rotated { epoch: Epochs { from, to }, reason })?;
            change.db().set_setting(OWED, "")
        })?;
        self.keys.remove_old_keyrings()
    }
}
