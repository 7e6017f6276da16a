//! The open vault.

use crate::{
    Blobs, Change, Keyed, PurgeId, VaultError,
    change::commit,
    db::{self, Look},
    keys::{self, Found, Keys},
    layout::Layout,
    ledger_file::{LedgerCheck, LedgerFile},
    lock::VaultLock,
    purging,
    tables::{Db, purge::PurgeState},
};
use ledger::{Checkpoint, Id, SigningKey, VerifyingKey};
use rusqlite::Connection;
use seal::{Rng, RowVersion, VaultId, device::DeviceItem, keyring::Keyring};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use zeroize::Zeroizing;

/// A vault that this process has open. It receives and purges without a person; contents open only with a
/// [`crate::Session`].
pub struct Vault {
    pub(crate) layout: Layout,
    pub(crate) id: VaultId,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) db: Connection,
    pub(crate) database_key: Zeroizing<String>,
    pub(crate) keys: Keys,
    pub(crate) ledger: LedgerFile,
    pub(crate) signing: SigningKey,
    /// The rows that purges begun in this process named.
    pub(crate) named: HashMap<PurgeId, Vec<RowVersion>>,
    _lock: VaultLock,
}

impl Vault {
    /// Opens the vault of a folder. Whatever does not check out is refused and left as it is.
    pub fn open(layout: Layout, rng: Arc<dyn Rng>) -> Result<Self, VaultError> {
        if !layout.is_begun() {
            return Err(VaultError::NoVault);
        }
        let lock = VaultLock::take(&layout)?;
        if crate::create::sweep_unfinished(&layout)? {
            return Err(VaultError::NoVault);
        }
        let id = keys::vault_id(&layout)?;
        let device = keys::read_device(&layout)?;
        let found = Found::read(&layout, id, device.device_key())?;
        let look = Look::at(&layout, &device.database_key_hex())?;
        let seen = Db(look.db()?);
        if seen.vault_id()? != id {
            return Err(VaultError::DatabaseDamaged);
        }
        check_epoch(seen.epoch()?, found.epoch())?;
        let ledger = LedgerFile::open(&layout, seen.ledger_commit()?)?;
        let orphans = check_entries(seen, &ledger, found.keyring())?;
        drop(look);
        // The folder is known to be whole, and only now is anything in it changed.
        let db = db::open(&layout, &device.database_key_hex())?;
        let keys = Keys::open(&layout, &*rng, found, orphans)?;
        ledger.cut_tail()?;
        let vault = Self::assemble(layout, rng, id, &device, db, keys, ledger, lock);
        vault.blobs().sweep(&vault.db().blobs()?)?;
        Ok(vault)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one thing, put together in two places")]
    pub(crate) fn assemble(
        layout: Layout,
        rng: Arc<dyn Rng>,
        id: VaultId,
        device: &DeviceItem,
        db: Connection,
        keys: Keys,
        ledger: LedgerFile,
        lock: VaultLock,
    ) -> Self {
        Self {
            layout,
            id,
            rng,
            db,
            database_key: device.database_key_hex(),
            keys,
            ledger,
            signing: SigningKey::from_seed(&device.signing_seed()),
            named: HashMap::new(),
            _lock: lock,
        }
    }

    /// The vault's id.
    pub const fn id(&self) -> VaultId {
        self.id
    }

    /// Where it lies.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The source of randomness.
    pub fn rng(&self) -> Arc<dyn Rng> {
        Arc::clone(&self.rng)
    }

    /// The files of ciphertext.
    pub fn blobs(&self) -> Blobs {
        Blobs::new(&self.layout)
    }

    /// What can be read.
    pub const fn db(&self) -> Db<'_> {
        Db(&self.db)
    }

    /// What can be read, with sealed rows.
    pub const fn keyed(&self) -> Keyed<'_> {
        Keyed { db: Db(&self.db), keys: &self.keys }
    }

    /// Makes one change: all of it durable when this returns, or nothing. `now` is retention time, UTC seconds.
    pub fn change<T, E: From<VaultError>>(
        &mut self,
        now: u64,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        commit(&mut self.db, &mut self.keys, &mut self.ledger, &*self.rng, now, make)
    }

    /// A second view for lists, which never waits for a change. There is one at most.
    pub fn reader(&self) -> Result<Reader, VaultError> {
        Ok(Reader(db::reader(&self.layout, &self.database_key)?))
    }

    /// How many entries the ledger has.
    pub fn ledger_size(&self) -> u64 {
        self.ledger.committed().size
    }

    /// The ledger, to be read from end to end once more.
    pub fn ledger_check(&self) -> LedgerCheck {
        self.ledger.check(&self.layout)
    }

    /// One ledger entry, verbatim.
    pub fn ledger_leaf(&self, index: u64) -> Result<Vec<u8>, VaultError> {
        self.ledger.leaf(index)
    }

    /// The signed head of the ledger as it stands.
    pub fn checkpoint(&self) -> String {
        let committed = self.ledger.committed();
        Checkpoint::sign(self.ledger_id(), committed.size, committed.root, &self.signing)
    }

    /// What customers and verifiers check the ledger with.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.signing.verifying(self.ledger_id())
    }

    /// The number of the key epoch.
    pub fn epoch(&self) -> u64 {
        self.keys.epoch()
    }

    /// How many entry keys there are.
    pub fn entry_count(&self) -> usize {
        self.keys.len()
    }

    pub(crate) const fn ledger_id(&self) -> Id {
        Id::from_bytes(*self.id.as_bytes())
    }
}

/// Keys and database are of one time: a rotation is one ahead of its record at most, and keys older than the
/// database were put back from somewhere.
fn check_epoch(recorded: u64, found: u64) -> Result<(), VaultError> {
    match found.checked_sub(recorded) {
        Some(0 | 1) => Ok(()),
        Some(_) => Err(VaultError::DatabaseDamaged),
        None => Err(VaultError::KeyringDamaged),
    }
}

/// Every row has its key, but for rows that an unfinished purge named. A row that lost its key otherwise is an
/// alarm; a key without a row is what a crash leaves, and is returned to go with the next rotation.
fn check_entries(
    db: Db<'_>,
    ledger: &LedgerFile,
    keyring: &Keyring,
) -> Result<HashSet<RowVersion>, VaultError> {
    let mut ending = HashSet::new();
    for state in [PurgeState::Destroying, PurgeState::Recorded] {
        for purge in db.purges_at(state)? {
            ending.extend(purging::named_in(ledger, purge)?);
        }
    }
    let rows: HashSet<RowVersion> = db.sealed_rows()?.into_iter().collect();
    if rows.iter().any(|row| !keyring.contains(row) && !ending.contains(row)) {
        tracing::error!("a sealed row has no key");
        return Err(VaultError::KeyringDamaged);
    }
    Ok(keyring.ids().filter(|row| !rows.contains(row)).copied().collect())
}

/// A read-only view of the tables for lists.
pub struct Reader(Connection);

impl Reader {
    /// What can be read.
    pub const fn db(&self) -> Db<'_> {
        Db(&self.0)
    }
}

impl Vault {
    /// The version of every sealed row.
    pub(crate) fn sealed_rows(&self) -> Result<Vec<RowVersion>, VaultError> {
        self.db().sealed_rows()
    }
}

impl Db<'_> {
    /// The version of every sealed row.
    fn sealed_rows(self) -> Result<Vec<RowVersion>, VaultError> {
        Ok([
            self.person_versions()?,
            self.grant_versions()?,
            self.all_wrap_versions()?,
            self.box_versions()?,
            self.all_remark_versions()?,
            self.credential_versions()?,
            self.relay_versions()?,
        ]
        .concat())
    }
}
