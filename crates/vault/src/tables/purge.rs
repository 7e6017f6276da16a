//! Purges and how far each has come. Kept for the history; content-free.

use super::{Db, Raw, one, text_states, ticket::ticket_key};
use crate::{PurgeId, VaultError};
use seal::PersonId;

text_states! {
    /// How far a purge has come; each step is durable and resumed at start-up.
    PurgeState {
        /// The intent is in the ledger.
        Destroying = "destroying",
        /// The keys are destroyed, and the ledger says so.
        Recorded = "recorded",
        /// The ciphertext is removed here.
        Removed = "removed",
        /// The relay confirmed that it holds nothing either, and the ledger holds all three entries.
        Certified = "certified",
    }
}

/// Before this, the newest first, come all.
const NEWEST: (u64, PurgeId) = (i64::MAX.unsigned_abs(), PurgeId::from_bytes([0; 16]));

/// A purge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeRow {
    /// Its id.
    pub id: PurgeId,
    /// The ticket.
    pub ticket: String,
    /// The rule that made it due, by code.
    pub rule: String,
    /// Who asked for it, if not the rule alone.
    pub person: Option<PersonId>,
    /// When it was due, UTC seconds.
    pub due: u64,
    /// When it began, UTC seconds.
    pub begun: u64,
    /// How far it has come.
    pub state: PurgeState,
    /// The epoch before.
    pub epoch_from: u64,
    /// The epoch in which its keys are gone.
    pub epoch_to: Option<u64>,
    /// Items it destroys.
    pub items: u32,
    /// Ciphertext bytes it removes.
    pub bytes: u64,
    /// How well it was erased: letters R, H, P, B.
    pub method: Option<String>,
    /// Its three ledger entries.
    pub intent_leaf: u64,
    /// See `intent_leaf`.
    pub destroyed_leaf: Option<u64>,
    /// See `intent_leaf`.
    pub completed_leaf: Option<u64>,
    /// When it was completed, UTC seconds.
    pub completed: Option<u64>,
}

const COLUMNS: &str = "id, ticket, rule, person, due, begun, state, epoch_from, epoch_to, items, bytes, method, \
                       intent_leaf, destroyed_leaf, completed_leaf, completed";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PurgeRow> {
    Ok(PurgeRow {
        id: row.get::<_, Raw<_>>(0)?.0,
        ticket: row.get(1)?,
        rule: row.get(2)?,
        person: row.get::<_, Option<Raw<_>>>(3)?.map(|person| person.0),
        due: row.get(4)?,
        begun: row.get(5)?,
        state: row.get(6)?,
        epoch_from: row.get(7)?,
        epoch_to: row.get(8)?,
        items: row.get(9)?,
        bytes: row.get(10)?,
        method: row.get(11)?,
        intent_leaf: row.get(12)?,
        destroyed_leaf: row.get(13)?,
        completed_leaf: row.get(14)?,
        completed: row.get(15)?,
    })
}

/// A purge by what its next step needs: there may be very many at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PurgeHead {
    pub(crate) id: PurgeId,
    /// Its place in the table.
    row: i64,
    pub(crate) epoch_from: u64,
    pub(crate) intent_leaf: u64,
}

impl Db<'_> {
    /// Every purge that has come so far and no farther, oldest first.
    pub(crate) fn purges_at(self, state: PurgeState) -> Result<Vec<PurgeHead>, VaultError> {
        let sql = "SELECT id, epoch_from, intent_leaf, rowid FROM purge
                   WHERE state <> 'certified' AND state = ?1 ORDER BY begun, rowid";
        self.all(sql, [state], |row| {
            Ok(PurgeHead {
                id: row.get::<_, Raw<_>>(0)?.0,
                row: row.get(3)?,
                epoch_from: row.get(1)?,
                intent_leaf: row.get(2)?,
            })
        })
    }

    /// A purge.
    pub fn purge(self, id: PurgeId) -> Result<PurgeRow, VaultError> {
        self.first(&format!("SELECT {COLUMNS} FROM purge WHERE id = ?1"), [Raw(id)], row)?
            .ok_or(VaultError::NotFound)
    }

    /// Every purge that is not certified yet, oldest first.
    pub fn unfinished_purges(self) -> Result<Vec<PurgeRow>, VaultError> {
        let sql = format!("SELECT {COLUMNS} FROM purge WHERE state <> 'certified' ORDER BY begun, id");
        self.all(&sql, (), row)
    }

    /// The history, newest first.
    pub fn purges(self, before: Option<(u64, PurgeId)>, limit: u32) -> Result<Vec<PurgeRow>, VaultError> {
        let (begun, id) = before.unwrap_or(NEWEST);
        let sql = format!(
            "SELECT {COLUMNS} FROM purge WHERE begun <= ?1 AND (begun < ?1 OR id > ?2)
             ORDER BY begun DESC, id LIMIT ?3"
        );
        self.all(&sql, (begun, Raw(id), limit), row)
    }

    /// A ticket's purges and those of every ticket merged into it, newest first.
    pub fn purges_of(self, ticket: &str) -> Result<Vec<PurgeRow>, VaultError> {
        let mut keys = vec![ticket_key(ticket)];
        let mut next = 0;
        while let Some(key) = keys.get(next).cloned() {
            next += 1;
            for merged in self.merged_keys(&key)? {
                if !keys.contains(&merged) {
                    keys.push(merged);
                }
            }
        }
        let sql = format!("SELECT {COLUMNS} FROM purge WHERE key = ?1");
        let mut purges = Vec::new();
        for key in keys {
            purges.extend(self.all(&sql, [key], row)?);
        }
        purges.sort_by_key(|purge| (std::cmp::Reverse(purge.begun), purge.id));
        Ok(purges)
    }

    /// A page of the purges of every ticket that starts so, and of those merged into the one that is called exactly
    /// so, newest first.
    pub fn purges_starting(
        self,
        ticket: &str,
        before: Option<(u64, PurgeId)>,
        limit: u32,
    ) -> Result<Vec<PurgeRow>, VaultError> {
        let (begun, id) = before.unwrap_or(NEWEST);
        let low = ticket_key(ticket);
        // The highest code point ends the range: everything that starts with the text sorts before it.
        let high = format!("{low}\u{10FFFF}");
        let sql = format!(
            "SELECT {COLUMNS} FROM purge
             WHERE key >= ?1 AND key < ?2 AND begun <= ?3 AND (begun < ?3 OR id > ?4)
             ORDER BY begun DESC, id LIMIT ?5"
        );
        let mut purges = self.all(&sql, (low, high, begun, Raw(id), limit), row)?;
        for merged in self.purges_of(ticket)? {
            let is_older = merged.begun < begun || (merged.begun == begun && merged.id > id);
            if is_older && !purges.iter().any(|purge| purge.id == merged.id) {
                purges.push(merged);
            }
        }
        purges.sort_by_key(|purge| (std::cmp::Reverse(purge.begun), purge.id));
        purges.truncate(limit as usize);
        Ok(purges)
    }

    pub(crate) fn insert_purge(self, purge: &PurgeRow) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO purge
             (id, ticket, rule, person, due, begun, state, epoch_from, items, bytes, intent_leaf, key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            (
                Raw(purge.id),
                &purge.ticket,
                &purge.rule,
                purge.person.map(Raw),
                purge.due,
                purge.begun,
                purge.state,
                purge.epoch_from,
                purge.items,
                purge.bytes,
                purge.intent_leaf,
                ticket_key(&purge.ticket),
            ),
        )?)
    }

    /// The keys of these are destroyed; each with its ledger entry.
    pub(crate) fn set_purges_recorded(
        self,
        epoch: u64,
        method: &str,
        purges: impl IntoIterator<Item = (PurgeHead, u64)>,
    ) -> Result<(), VaultError> {
        let mut record = self.0.prepare_cached(
            "UPDATE purge SET state = 'recorded', epoch_to = ?2, method = ?3, destroyed_leaf = ?4
             WHERE rowid = ?1 AND state = 'destroying'",
        )?;
        purges
            .into_iter()
            .try_for_each(|(purge, leaf)| one(record.execute((purge.row, epoch, method, leaf))?))
    }

    pub(crate) fn set_purge_state(self, id: PurgeId, state: PurgeState) -> Result<(), VaultError> {
        one(self.execute("UPDATE purge SET state = ?2 WHERE id = ?1", (Raw(id), state))?)
    }

    pub(crate) fn set_purge_certified(
        self,
        id: PurgeId,
        leaf: u64,
        at: u64,
        method: Option<&str>,
    ) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE purge SET state = 'certified', completed_leaf = ?2, completed = ?3, method = ?4 WHERE id = ?1",
            (Raw(id), leaf, at, method),
        )?)
    }
}

impl Db<'_> {
    /// Deletes sealed rows by their versions, whichever table they are in. Their keys are gone already.
    pub(crate) fn delete_sealed_rows(self, versions: &[seal::RowVersion]) -> Result<(), VaultError> {
        for version in versions {
            for sql in [
                "DELETE FROM request_wrap WHERE version = ?1",
                "DELETE FROM remark WHERE version = ?1",
                "DELETE FROM box WHERE version = ?1",
            ] {
                self.execute(sql, [Raw(*version)])?;
            }
        }
        Ok(())
    }
}
