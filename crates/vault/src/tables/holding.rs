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
    /// Until then it is kept as a guarantee, and its end counts from there; UTC seconds.
    pub kept_until: Option<u64>,
    /// A longer term that the customer may say yes to, UTC seconds.
    pub offered: Option<u64>,
}

/// Something that ends soon and that nobody opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndsUnseen {
    /// The round's box.
    pub box_id: BoxId,
    /// The class.
    pub class: DataClass,
    /// Its ticket.
    pub ticket: String,
    /// When, UTC seconds.
    pub due: u64,
    /// How often that was said.
    pub warned: u32,
}

const COLUMNS: &str = "box_id, class, recipient, grace, term, term_max, due, rule, held_until, purge, state, kept_until, offered";

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
        kept_until: row.get(11)?,
        offered: row.get(12)?,
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

    /// When the next one is due, of those that were not by `after`; UTC seconds.
    pub fn next_due(self, after: u64) -> Result<Option<u64>, VaultError> {
        let sql = "SELECT min(max(due, coalesce(held_until, 0))) FROM holding
                   WHERE state = 'alive' AND due IS NOT NULL AND max(due, coalesce(held_until, 0)) > ?1";
        Ok(self.first(sql, [after], |row| row.get(0))?.flatten())
    }

    /// Adds a holding.
    pub fn insert_holding(self, holding: &HoldingRow) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO holding (box_id, class, recipient, grace, term, term_max, due, rule, kept_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                Raw(holding.box_id),
                Raw(holding.class),
                holding.recipient.to_text(),
                holding.grace,
                holding.term,
                holding.term_max,
                holding.due,
                &holding.rule,
                holding.kept_until,
            ),
        )?)
    }

    /// Sets when a living holding is due, and by which rule. An end that moves away is warned of anew.
    pub fn set_due(
        self,
        id: BoxId,
        class: DataClass,
        due: Option<u64>,
        rule: &str,
    ) -> Result<(), VaultError> {
        let changed = self.execute(
            "UPDATE holding SET due = ?3, rule = ?4, warned = CASE WHEN ?3 > due THEN 0 ELSE warned END
             WHERE box_id = ?1 AND class = ?2 AND state = 'alive'",
            (Raw(id), Raw(class), due, rule),
        )?;
        if changed == 1 { Ok(()) } else { Err(VaultError::WrongState) }
    }

    /// What ends by `before` and that nobody opened, though a customer sent it. What a closed ticket ends was decided by
    /// whoever closed it, and what the agent took in was seen.
    pub fn ends_unseen(self, before: u64) -> Result<Vec<EndsUnseen>, VaultError> {
        self.all(
            "SELECT holding.box_id, holding.class, request.ticket, holding.due, holding.warned
             FROM holding
             JOIN round ON round.box_id = holding.box_id
             JOIN request ON request.id = round.request
             WHERE holding.state = 'alive' AND holding.due IS NOT NULL AND holding.due <= ?1
               AND holding.rule <> 'ticket-closed' AND round.state = 'collected' AND round.way = 'link'
               AND NOT EXISTS (SELECT 1 FROM look WHERE look.box_id = holding.box_id
                               AND look.class = holding.class AND look.what = 'opened')
             ORDER BY holding.due",
            [before],
            |row| {
                Ok(EndsUnseen {
                    box_id: row.get::<_, Raw<_>>(0)?.0,
                    class: row.get::<_, Raw<_>>(1)?.0,
                    ticket: row.get(2)?,
                    due: row.get(3)?,
                    warned: row.get(4)?,
                })
            },
        )
    }

    /// Notes how often somebody was told of an end that comes near.
    pub fn set_warned(self, id: BoxId, class: DataClass, times: u32) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE holding SET warned = ?3 WHERE box_id = ?1 AND class = ?2",
            (Raw(id), Raw(class), times),
        )?)
    }

    /// Offers a longer term; nothing changes by that.
    pub fn set_offered(self, id: BoxId, class: DataClass, until: Option<u64>) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE holding SET offered = ?3 WHERE box_id = ?1 AND class = ?2 AND state = 'alive'",
            (Raw(id), Raw(class), until),
        )?)
    }

    /// The customer said yes: this is the term from now on, and the offer is gone. `term` in seconds after arrival.
    pub fn set_term(self, id: BoxId, class: DataClass, term: u64) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE holding SET term = ?3, offered = NULL, warned = 0
             WHERE box_id = ?1 AND class = ?2 AND state = 'alive'",
            (Raw(id), Raw(class), term),
        )?)
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
