//! The open vault.

use crate::{
    Blobs, Change, Keyed, PurgeId, VaultError,
    change::commit,
    db,
    keys::{self, Keys},
    layout::Layout,
    ledger_file::LedgerFile,
    lock::VaultLock,
    tables::{Db, purge::PurgeState},
};
use ledger::{Checkpoint, Id, SigningKey, VerifyingKey};
use rusqlite::Connection;
use seal::{Rng, RowVersion, VaultId, device::DeviceItem};
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
    /// Entries that no row needs: a crash came between the key and its row. The next rotation drops them.
    pub(crate) orphans: HashSet<RowVersion>,
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
        keys::check(&layout, id, &device.device_key())?;
        // The database comes before the keys: a newer vault is refused before anything is touched.
        let db = db::open(&layout, &device.database_key_hex())?;
        if Db(&db).vault_id()? != id {
            return Err(VaultError::DatabaseDamaged);
        }
        let keys = Keys::open(&layout, &*rng, id, device.device_key())?;
        let ledger = LedgerFile::open(&layout, Db(&db).ledger_commit()?)?;
        let mut vault = Self::assemble(layout, rng, id, &device, db, keys, ledger, lock);
        vault.check_entries()?;
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
            orphans: HashSet::new(),
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

    /// Every row has its key, but for rows that an interrupted purge named. A row that lost its key otherwise is an
    /// alarm; a key without a row is what a crash leaves, and goes with the next rotation.
    fn check_entries(&mut self) -> Result<(), VaultError> {
        let mut ending = HashSet::new();
        for purge in self.db().unfinished_purges()? {
            if purge.state == PurgeState::Destroying {
                ending.extend(self.named_rows(purge.id)?);
            }
        }
        let rows: HashSet<RowVersion> = self.db().sealed_rows()?.into_iter().collect();
        if rows.iter().any(|row| !self.keys.contains(*row) && !ending.contains(row)) {
            tracing::error!("a sealed row has no key");
            return Err(VaultError::KeyringDamaged);
        }
        self.orphans = self.keys.ids().filter(|row| !rows.contains(row)).copied().collect();
        Ok(())
    }
}

/// A read-only view of the tables for lists.
pub struct Reader(Connection);

impl Reader {
    /// What can be read.
    pub const fn db(&self) -> Db<'_> {
        Db(&self.0)
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
        ]
        .concat())
    }
}
