//! The one row about the vault itself: its id, the ledger's commit, the newest confirmed time.

use super::{Db, Raw, one};
use crate::{VaultError, ledger_file::Committed};
use seal::VaultId;

impl Db<'_> {
    pub(crate) fn vault_id(self) -> Result<VaultId, VaultError> {
        self.first("SELECT id FROM vault", (), |row| Ok(row.get::<_, Raw<_>>(0)?.0))?
            .ok_or(VaultError::DatabaseDamaged)
    }

    pub(crate) fn insert_vault(self, id: VaultId, created: u64) -> Result<(), VaultError> {
        let empty = Committed::empty();
        one(self.execute(
            "INSERT INTO vault (one, id, created, ledger_size, ledger_bytes, ledger_root, time_high, epoch)
             VALUES (1, ?1, ?2, 0, 0, ?3, ?2, 1)",
            (Raw(id), created, Raw(empty.root)),
        )?)
    }

    pub(crate) fn ledger_commit(self) -> Result<Committed, VaultError> {
        self.first("SELECT ledger_size, ledger_bytes, ledger_root FROM vault", (), |row| {
            Ok(Committed { size: row.get(0)?, bytes: row.get(1)?, root: row.get::<_, Raw<_>>(2)?.0 })
        })?
        .ok_or(VaultError::DatabaseDamaged)
    }

    pub(crate) fn set_ledger_commit(self, committed: &Committed) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE vault SET ledger_size = ?1, ledger_bytes = ?2, ledger_root = ?3",
            (committed.size, committed.bytes, Raw(committed.root)),
        )?)
    }

    /// The newest time that was ever confirmed, UTC seconds.
    pub fn time_high(self) -> Result<u64, VaultError> {
        Ok(self.first("SELECT time_high FROM vault", (), |row| row.get(0))?.unwrap_or(0))
    }

    /// Moves the newest confirmed time forward, never back.
    pub fn set_time_high(self, now: u64) -> Result<(), VaultError> {
        one(self.execute("UPDATE vault SET time_high = max(time_high, ?1)", [now])?)
    }

    /// The key epoch in which the last change was made.
    pub(crate) fn epoch(self) -> Result<u64, VaultError> {
        self.first("SELECT epoch FROM vault", (), |row| row.get(0))?.ok_or(VaultError::DatabaseDamaged)
    }

    /// When and in which key epoch a change is made. Time never moves back.
    pub(crate) fn set_moment(self, now: u64, epoch: u64) -> Result<(), VaultError> {
        one(self.execute("UPDATE vault SET time_high = max(time_high, ?1), epoch = ?2", (now, epoch))?)
    }
}
