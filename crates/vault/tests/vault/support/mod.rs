//! What the tests of the vault share.

mod check;
mod disk;

mod fact;
mod folder;
mod keys;
mod logged;
mod sample;
mod scan;
mod workload;

pub(crate) use check::{check, named, resume, verify};
pub(crate) use disk::{FUSE, LOOP, Mounted, has_disks, make_ext4, run};
pub(crate) use fact::{Acks, Fact};
pub(crate) use folder::{copy, snapshot, temp};
pub(crate) use keys::{Thief, key_bytes};
pub(crate) use logged::{Kept, LoggedDisk, Replay};
pub(crate) use sample::Sample;
pub(crate) use scan::{decrypted, holds, keys as disk_keys, rows_under_older_epochs};
pub(crate) use workload::{Extent, Step, work};

use seal::{
    PersonId, Rng, SystemRng,
    passphrase::{Cost, Passphrase},
};
use std::{path::Path, sync::Arc};
use vault::{Founder, Layout, Session, Vault, VaultError};
use zeroize::Zeroizing;

/// When the tests' vaults are founded, UTC seconds.
pub(crate) const NOW: u64 = 1_900_000_000;
/// What the tests' vaults open with.
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

pub(crate) fn rng() -> Arc<dyn Rng> {
    Arc::new(SystemRng)
}

pub(crate) fn passphrase(text: &str) -> Passphrase {
    Passphrase::entered(Zeroizing::new(text.to_owned()))
}

/// Founds a vault with a quick passphrase.
pub(crate) fn create(folder: &Path) -> Result<Vault, VaultError> {
    let passphrase = passphrase(PASSPHRASE);
    let founder = Founder { name: "Ada", passphrase: &passphrase, cost: Cost::WEAK_FOR_TESTS };
    Vault::create(Layout::new(folder), rng(), NOW, &founder).map(|founded| founded.vault)
}

pub(crate) fn open(folder: &Path) -> Result<Vault, VaultError> {
    Vault::open(Layout::new(folder), rng())
}

pub(crate) fn person(vault: &Vault) -> PersonId {
    vault.db().person_ids().unwrap()[0]
}

pub(crate) fn unlock(vault: &mut Vault, text: &str, now: u64) -> Result<Session, VaultError> {
    let attempt = vault.begin_unlock(person(vault), now)?;
    match attempt.open(&passphrase(text)) {
        Ok(keys) => vault.finish_unlock(&attempt, keys, now),
        Err(error) => {
            vault.fail_unlock(&attempt, now)?;
            Err(error)
        }
    }
}

/// Unlocks with the right passphrase.
pub(crate) fn session(vault: &mut Vault) -> Session {
    unlock(vault, PASSPHRASE, NOW).unwrap()
}
