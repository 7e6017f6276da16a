//! Founding a vault.

use crate::{
    Vault, VaultError, db, durable, fault,
    keys::{self, Keys},
    layout::Layout,
    ledger_file::LedgerFile,
    lock::VaultLock,
    tables::{Db, person::Role},
};
use ledger::{Hash, Id, What};
use seal::{
    ClassIdentity, PersonId, Rng, VaultId, grant,
    passphrase::{Cost, Passphrase},
    person::PersonKeys,
    recovery::{self, Sheet},
};
use std::{path::PathBuf, sync::Arc};
use wire::DataClass;

/// Backup programs leave out a folder with this in it.
const NO_BACKUP: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
    # Cloakroom's keys. To be left out of every backup: a copy would open what was destroyed.\n";

/// Who founds a vault: agent and supervisor in one, until there are more.
pub struct Founder<'a> {
    /// The name they go by.
    pub name: &'a str,
    /// Their passphrase.
    pub passphrase: &'a Passphrase,
    /// What a guess at it costs.
    pub cost: Cost,
}

/// A vault just founded.
pub struct Founded {
    /// The vault, locked.
    pub vault: Vault,
    /// Who founded it.
    pub person: PersonId,
    /// The recovery identity on two sheets, to be printed and then forgotten.
    pub sheets: (Sheet, Sheet),
}

impl Vault {
    /// Founds a vault in a folder that holds none. A crash on the way leaves no vault.
    pub fn create(
        layout: Layout,
        rng: Arc<dyn Rng>,
        now: u64,
        founder: &Founder<'_>,
    ) -> Result<Founded, VaultError> {
        durable::create_dir(layout.root()).map_err(VaultError::disk)?;
        let lock = VaultLock::take(&layout)?;
        sweep_unfinished(&layout)?;
        if layout.is_begun() {
            return Err(VaultError::AlreadyThere);
        }
        durable::create_new(&marker(&layout), b"").map_err(VaultError::disk)?;
        fault::point("create.marked");
        durable::create_dir(&layout.keys()).map_err(VaultError::disk)?;
        // A key that a backup kept would open what a purge destroyed (bford.info/cachedir).
        durable::create_new(&layout.keys().join("CACHEDIR.TAG"), NO_BACKUP).map_err(VaultError::disk)?;
        durable::create_dir(&layout.blobs()).map_err(VaultError::disk)?;
        let id = VaultId::make(&*rng).map_err(|_| VaultError::Randomness)?;
        let device = keys::create_device(&layout, &*rng)?;
        let keys = Keys::create(&layout, &*rng, id, device.device_key())?;
        let ledger = LedgerFile::create(&layout)?;
        fault::point("create.ledger-made");
        let db = db::create(&layout, &device.database_key_hex())?;
        fault::point("create.database-made");
        Db(&db).insert_vault(id, now)?;
        let mut vault = Self::assemble(layout, rng, id, &device, db, keys, ledger, lock);
        let (person, sheets) = vault.found(now, founder)?;
        db::checkpoint(&vault.db)?;
        durable::sync_dir(vault.layout.root()).map_err(VaultError::disk)?;
        durable::remove(&marker(&vault.layout)).map_err(VaultError::disk)?;
        durable::sync_dir(vault.layout.root()).map_err(VaultError::disk)?;
        fault::point("create.done");
        Ok(Founded { vault, person, sheets })
    }

    fn found(&mut self, now: u64, founder: &Founder<'_>) -> Result<(PersonId, (Sheet, Sheet)), VaultError> {
        let rng = Arc::clone(&self.rng);
        let random = |_| VaultError::Randomness;
        let person = PersonId::make(&*rng).map_err(random)?;
        let keys = PersonKeys::make(&*rng).map_err(random)?;
        let sealed = keys
            .seal(&*rng, person, founder.passphrase, founder.cost)
            .map_err(|_| VaultError::Internal("passphrase"))?;
        let (one, two) = recovery::make_sheets(&*rng).map_err(random)?;
        let recovery = recovery::join(&one, &two).map_err(|_| VaultError::Internal("recovery"))?.recipient();
        let founded = What::Founded {
            vault: self.ledger_id(),
            desk_key: self.verifying_key().to_string(),
            supervisor: Id::from_bytes(*person.as_bytes()),
            supervisor_key: Hash::from_bytes(*keys.act.public_key().as_bytes()),
            recovery: recovery.to_text(),
        };
        let vault = self.id;
        self.change(now, |change| {
            let signing = keys.act.public_key();
            let recipient = keys.identity.recipient();
            change.insert_person(person, Role::Both, founder.name, &recipient, &signing, &sealed)?;
            for class in DataClass::ALL {
                let identity = ClassIdentity::make(&*rng).map_err(random)?;
                change.db().insert_class_key(class, 1, &identity.recipient(), now)?;
                for (holder, to) in [(Some(person), &recipient), (None, &recovery)] {
                    let sealed = grant::seal(&identity, to).map_err(keys::sealing)?;
                    change.insert_grant(holder, class, 1, &sealed)?;
                }
            }
            change.record_act(vault, person, &keys.act, founded)?;
            Ok::<_, VaultError>(())
        })?;
        Ok((person, (one, two)))
    }
}

/// Removes what a crash left of a vault that was never finished. Returns whether there was one. Nothing can have been
/// stored in it: the marker goes before a founded vault is handed out.
pub(crate) fn sweep_unfinished(layout: &Layout) -> Result<bool, VaultError> {
    if !marker(layout).exists() {
        return Ok(false);
    }
    for folder in [layout.keys(), layout.blobs()] {
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(VaultError::disk(error));
            }
            _ => {}
        }
    }
    for file in [layout.ledger(), layout.database(), layout.database_log(), layout.database_index()] {
        durable::remove(&file).map_err(VaultError::disk)?;
    }
    durable::sync_dir(layout.root()).map_err(VaultError::disk)?;
    durable::remove(&marker(layout)).map_err(VaultError::disk)?;
    durable::sync_dir(layout.root()).map_err(VaultError::disk)?;
    Ok(true)
}

/// Stands while a vault is being founded.
fn marker(layout: &Layout) -> PathBuf {
    layout.root().join("vault.unfinished")
}
