//! Reminders of links that wait: an index into the ledger.

use super::{Db, Raw, one};
use crate::VaultError;
use seal::PersonId;
use wire::BoxId;

/// Somebody reminded a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReminderRow {
    /// The ledger entry that says so.
    pub leaf: u64,
    /// The round's box.
    pub box_id: BoxId,
    /// When, UTC seconds.
    pub at: u64,
    /// Who.
    pub person: PersonId,
}

impl Db<'_> {
    /// The reminders of a round, oldest first.
    pub fn reminders(self, id: BoxId) -> Result<Vec<ReminderRow>, VaultError> {
        let sql = "SELECT leaf, box_id, at, person FROM reminder WHERE box_id = ?1 ORDER BY leaf";
        self.all(sql, [Raw(id)], |row| {
            Ok(ReminderRow {
                leaf: row.get(0)?,
                box_id: row.get::<_, Raw<_>>(1)?.0,
                at: row.get(2)?,
                person: row.get::<_, Raw<_>>(3)?.0,
            })
        })
    }

    /// Adds a reminder.
    pub fn insert_reminder(self, reminder: &ReminderRow) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO reminder (leaf, box_id, at, person) VALUES (?1, ?2, ?3, ?4)",
            (reminder.leaf, Raw(reminder.box_id), reminder.at, Raw(reminder.person)),
        )?)
    }
}
