//! What is held of one class of one round: whom it is sealed to, how long it lives, how far its end has come.

use super::{Db, Raw, one, text_states};
use crate::{PurgeId, VaultError};
use seal::Recipient;
use wire::{BoxId, DataClass};

text_states! {
    /// How far a holding's end has come.
    HoldingState {
        /// Its key is there.
        Alive = "alive",
        /// The intent is in the ledger; nothing stops it any more.
        Destroying = "destroying",
        /// Its key is gone.
        Gone = "gone",
    }
}

/// What is held of one class of one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldingRow {
    /// The round's box.
    pub box_id: BoxId,
    /// The class.
    pub class: DataClass,
    /// Whom the customer sealed to.
    pub recipient: Recipient,
    /// Seconds after the ticket was solved or closed.
    pub grace: u64,
    /// Seconds after arrival, at most.
    pub term: u64,
    /// The promise: never later than this, UTC seconds.
    pub term_max: u64,
    /// When it is to be destroyed, UTC seconds.
    pub due: Option<u64>,
    /// The rule that says so, by code.
    pub rule: Option<String>,
    /// A hold's end, UTC seconds.
    pub held_until: Option<u64>,
    /// The purge that destroys or destroyed it.
    pub purge: Option<PurgeId>,
    /// How far its end has come.
    pub state: HoldingState,
}

const COLUMNS: &str = "box_id, class, recipient, grace, term, term_max, due, rule, held_until, purge, state";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<HoldingRow> {
    let recipient: String = row.get(2)?;
    Ok(HoldingRow {
        box_id: row.get::<_, Raw<_>>(0)?.0,
        class: row.get::<_, Raw<_>>(1)?.0,
        recipient: Recipient::from_text(&recipient).map_err(|_| rusqlite::Error::InvalidQuery)?,
        grace: row.get(3)?,
        term: row.get(4)?,
        term_max: row.get(5)?,
        due: row.get(6)?,
        rule: row.get(7)?,
        held_until: row.get(8)?,
        purge: row.get::<_, Option<Raw<_>>>(9)?.map(|purge| purge.0),
        state: row.get(10)?,
    })
}

impl Db<'_> {
    /// What a round holds.
    pub fn holdings(self, id: BoxId) -> Result<Vec<HoldingRow>, VaultError> {
        self.all(&format!("SELECT {COLUMNS} FROM holding WHERE box_id = ?1 ORDER BY class"), [Raw(id)], row)
    }

    /// What one purge destroys or destroyed.
    pub fn holdings_of(self, purge: PurgeId) -> Result<Vec<HoldingRow>, VaultError> {
        let sql = format!("SELECT {COLUMNS} FROM holding WHERE purge = ?1 ORDER BY box_id, class");
        self.all(&sql, [Raw(purge)], row)
    }

    /// What is due and not held back, oldest first.
    pub fn due_holdings(self, now: u64) -> Result<Vec<HoldingRow>, VaultError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM holding
             WHERE state = 'alive' AND due IS NOT NULL AND due <= ?1 AND coalesce(held_until, 0) <= ?1
             ORDER BY due"
        );
        self.all(&sql, [now], row)
    }

    /// When the next one is due, UTC seconds.
    pub fn next_due(self) -> Result<Option<u64>, VaultError> {
        let sql = "SELECT min(max(due, coalesce(held_until, 0))) FROM holding
                   WHERE state = 'alive' AND due IS NOT NULL";
        Ok(self.first(sql, (), |row| row.get(0))?.flatten())
    }

    /// Adds a holding.
    pub fn insert_holding(self, holding: &HoldingRow) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO holding (box_id, class, recipient, grace, term, term_max, due, rule)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                Raw(holding.box_id),
                Raw(holding.class),
                holding.recipient.to_text(),
                holding.grace,
                holding.term,
                holding.term_max,
                holding.due,
                &holding.rule,
            ),
        )?)
    }

    /// Sets when a living holding is due, and by which rule.
    pub fn set_due(
        self,
        id: BoxId,
        class: DataClass,
        due: Option<u64>,
        rule: &str,
    ) -> Result<(), VaultError> {
        let changed = self.execute(
            "UPDATE holding SET due = ?3, rule = ?4 WHERE box_id = ?1 AND class = ?2 AND state = 'alive'",
            (Raw(id), Raw(class), due, rule),
        )?;
        if changed == 1 { Ok(()) } else { Err(VaultError::WrongState) }
    }

    pub(crate) fn set_holding_destroying(
        self,
        id: BoxId,
        class: DataClass,
        purge: PurgeId,
    ) -> Result<(), VaultError> {
        let changed = self.execute(
            "UPDATE holding SET state = 'destroying', purge = ?3
             WHERE box_id = ?1 AND class = ?2 AND state = 'alive'",
            (Raw(id), Raw(class), Raw(purge)),
        )?;
        if changed == 1 { Ok(()) } else { Err(VaultError::WrongState) }
    }

    pub(crate) fn set_holdings_gone(self, purge: PurgeId) -> Result<(), VaultError> {
        self.execute("UPDATE holding SET state = 'gone' WHERE purge = ?1", [Raw(purge)])?;
        Ok(())
    }
}
