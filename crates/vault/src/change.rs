//! One change of the vault: new keys durable first, then ledger entries, then the rows that need them, all or none.

use crate::{
    VaultError, fault, ids,
    keys::{self, Keys},
    ledger_file::LedgerFile,
    tables::Db,
};
use ledger::{Body, Id, LeafBytes, What, Who};
use rusqlite::Connection;
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
}

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
        let n = Id::from_bytes(ids::random(self.rng)?);
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
        let n = Id::from_bytes(ids::random(self.rng)?);
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
    let tx =
        db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(VaultError::from)?;
    let mut change = Change {
        keyed: Keyed { db: Db(&tx), keys },
        rng,
        now,
        ledger_size: ledger.committed().size,
        entries: Vec::new(),
        leaves: Vec::new(),
    };
    let made = make(&mut change)?;
    let Change { entries, leaves, .. } = change;
    keys.append(rng, &entries)?;
    let pending = if leaves.is_empty() { None } else { Some(ledger.append(&leaves)?) };
    if let Some(pending) = &pending {
        Db(&tx).set_ledger_commit(&pending.committed)?;
    }
    Db(&tx).set_time_high(now)?;
    fault::point("change.before-commit");
    tx.commit().map_err(VaultError::from)?;
    fault::point("change.committed");
    if let Some(pending) = pending {
        ledger.accept(pending);
    }
    Ok(made)
}
