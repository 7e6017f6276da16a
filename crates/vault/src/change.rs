//! One change of the vault: new keys durable first, then ledger entries, then the rows that need them, all or none.

use crate::{
    VaultError, fault,
    keys::{self, Keys},
    ledger_file::{LedgerFile, Pending},
    tables::Db,
};
use ledger::{Body, Id, LeafBytes, What, Who};
use rusqlite::{Connection, ErrorCode, Transaction};
use seal::{
    PersonId, Rng, RowVersion, VaultId,
    act::ActKey,
    row::{Columns, EntryKey, Table},
};
use zeroize::Zeroizing;

/// What may be read together with the sealed rows.
#[derive(Clone, Copy)]
pub struct Keyed<'a> {
    pub(crate) db: Db<'a>,
    pub(crate) keys: &'a Keys,
}

impl<'a> Keyed<'a> {
    /// The tables.
    pub const fn db(self) -> Db<'a> {
        self.db
    }

    pub(crate) fn open_row(
        self,
        table: Table,
        version: RowVersion,
        columns: &Columns,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.keys.get(version)?.open(table, version, columns, sealed).map_err(|_| VaultError::RowDamaged)
    }
}

/// A change that is being made. Nothing of it counts before it is committed whole.
pub struct Change<'a> {
    keyed: Keyed<'a>,
    rng: &'a dyn Rng,
    now: u64,
    ledger_size: u64,
    entries: Vec<(RowVersion, EntryKey)>,
    leaves: Vec<LeafBytes>,
    /// Random numbers for entries, drawn many at once.
    numbers: Vec<[u8; 16]>,
}

/// Random numbers drawn at once: a draw costs more than an entry.
const NUMBERS: usize = 64;

impl<'a> Change<'a> {
    /// The tables as this change sees them.
    pub const fn db(&self) -> Db<'a> {
        self.keyed.db
    }

    /// The tables with their sealed rows; not those of this very change.
    pub const fn keyed(&self) -> Keyed<'a> {
        self.keyed
    }

    /// When it is made, UTC seconds of retention time.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// The source of randomness.
    pub const fn rng(&self) -> &'a dyn Rng {
        self.rng
    }

    /// The epoch that holds while this change is made.
    pub(crate) fn epoch(&self) -> u64 {
        self.keyed.keys.epoch()
    }

    /// Writes an entry into the ledger; returns its index.
    pub fn record(&mut self, who: Who, what: What) -> Result<u64, VaultError> {
        let n = self.next_n()?;
        let leaf = Body { n, at: self.now, who, what }.leaf().map_err(|error| {
            tracing::error!(%error, "a ledger entry was refused");
            VaultError::Internal("ledger entry")
        })?;
        let index = self.ledger_size + self.leaves.len() as u64;
        self.leaves.push(leaf);
        Ok(index)
    }

    /// Writes an act about people, grants, policy, holds or approvals, signed by who did it (FORMATS §7).
    pub fn record_act(
        &mut self,
        vault: VaultId,
        person: PersonId,
        key: &ActKey,
        what: What,
    ) -> Result<u64, VaultError> {
        let n = self.next_n()?;
        let who = Who::Person(Id::from_bytes(*person.as_bytes()));
        let refused = |_| VaultError::Internal("ledger entry");
        let mut leaf = serde_json::to_vec(&Body { n, at: self.now, who, what })
            .map_err(|_| VaultError::Internal("act"))?;
        let signature = key.sign(vault, &leaf);
        leaf.push(b'\n');
        leaf.extend_from_slice(data_encoding::BASE64.encode(&signature).as_bytes());
        leaf.push(b'\n');
        let index = self.ledger_size + self.leaves.len() as u64;
        self.leaves.push(LeafBytes::parse(&leaf).map_err(refused)?);
        Ok(index)
    }

    /// A random number that makes an entry's hash unguessable.
    fn next_n(&mut self) -> Result<Id, VaultError> {
        if self.numbers.is_empty() {
            // One for a change of one entry, ever more for one of very many.
            self.numbers.resize(NUMBERS.min(self.leaves.len() + 1), [0; 16]);
            self.rng.fill(self.numbers.as_flattened_mut()).map_err(|_| VaultError::Randomness)?;
        }
        self.numbers.pop().map(Id::from_bytes).ok_or(VaultError::Internal("entry number"))
    }

    pub(crate) fn seal_row(
        &mut self,
        table: Table,
        columns: &Columns,
        body: &[u8],
    ) -> Result<(RowVersion, Vec<u8>), VaultError> {
        let version = RowVersion::make(self.rng).map_err(|_| VaultError::Randomness)?;
        let key = EntryKey::make(self.rng).map_err(|_| VaultError::Randomness)?;
        let sealed = key.seal(self.rng, table, version, columns, body).map_err(keys::sealing)?;
        self.entries.push((version, key));
        Ok((version, sealed))
    }
}

/// Makes one change: `make` decides, then everything is made durable in the order that leaves no row without its key
/// and no entry without its commit.
pub(crate) fn commit<T, E: From<VaultError>>(
    db: &mut Connection,
    keys: &mut Keys,
    ledger: &mut LedgerFile,
    rng: &dyn Rng,
    now: u64,
    make: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
) -> Result<T, E> {
    keys.refuse_if_unsure()?;
    let tx =
        db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(VaultError::from)?;
    let mut change = Change {
        keyed: Keyed { db: Db(&tx), keys },
        rng,
        now,
        ledger_size: ledger.committed().size,
        entries: Vec::new(),
        leaves: Vec::new(),
        numbers: Vec::new(),
    };
    let made = make(&mut change)?;
    let Change { entries, leaves, .. } = change;
    keys.append(rng, &entries)?;
    match write(tx, keys.epoch(), ledger, now, &leaves) {
        Ok(pending) => {
            ledger.accept(pending);
            Ok(made)
        }
        Err(failed) => {
            keys.abandon(&entries);
            if failed.unsure {
                keys.doubt();
            }
            Err(failed.error.into())
        }
    }
}

/// Why a change came to nothing, and whether that is certain.
struct Failed {
    error: VaultError,
    unsure: bool,
}

impl From<VaultError> for Failed {
    fn from(error: VaultError) -> Self {
        Self { error, unsure: false }
    }
}

fn write(
    tx: Transaction<'_>,
    epoch: u64,
    ledger: &LedgerFile,
    now: u64,
    leaves: &[LeafBytes],
) -> Result<Option<Pending>, Failed> {
    let pending = if leaves.is_empty() { None } else { Some(ledger.append(leaves)?) };
    if let Some(pending) = &pending {
        Db(&tx).set_ledger_commit(&pending.committed)?;
    }
    Db(&tx).set_moment(now, epoch)?;
    fault::point("change.before-commit");
    tx.commit().map_err(|error| {
        // A write that found no room left no whole commit behind. After anything else, a failed fsync above all, the
        // commit may stand in the write-ahead log, and ledger entries written over its own would belie it.
        let unsure = error.sqlite_error_code() != Some(ErrorCode::DiskFull);
        Failed { error: error.into(), unsure }
    })?;
    fault::point("change.committed");
    Ok(pending)
}
