//! Who opened what of a round and covered it again: an index into the ledger.

use super::{Db, Raw, one, text_states};
use crate::VaultError;
use seal::PersonId;
use wire::{BoxId, DataClass};

text_states! {
    /// What somebody did.
    LookKind {
        /// It was shown.
        Opened = "opened",
        /// It was covered again.
        Covered = "covered",
        /// It was to be shown, and could not be.
        Failed = "failed",
    }
}

/// Somebody looked at an item, or stopped looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookRow {
    /// The ledger entry that says so.
    pub leaf: u64,
    /// The round's box.
    pub box_id: BoxId,
    /// When, UTC seconds.
    pub at: u64,
    /// Who.
    pub person: PersonId,
    /// The item's class.
    pub class: DataClass,
    /// The item's slot.
    pub slot: u8,
    /// What they did.
    pub what: LookKind,
    /// Why, by policy code.
    pub reason: Option<String>,
}

const COLUMNS: &str = "leaf, box_id, at, person, class, slot, what, reason";

impl Db<'_> {
    /// Who looked at what of a round, oldest first.
    pub fn looks(self, id: BoxId) -> Result<Vec<LookRow>, VaultError> {
        self.all(&format!("SELECT {COLUMNS} FROM look WHERE box_id = ?1 ORDER BY leaf"), [Raw(id)], |row| {
            Ok(LookRow {
                leaf: row.get(0)?,
                box_id: row.get::<_, Raw<_>>(1)?.0,
                at: row.get(2)?,
                person: row.get::<_, Raw<_>>(3)?.0,
                class: row.get::<_, Raw<_>>(4)?.0,
                slot: row.get(5)?,
                what: row.get(6)?,
                reason: row.get(7)?,
            })
        })
    }

    /// Adds a look.
    pub fn insert_look(self, look: &LookRow) -> Result<(), VaultError> {
        one(self.execute(
            &format!("INSERT INTO look ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
            (
                look.leaf,
                Raw(look.box_id),
                look.at,
                Raw(look.person),
                Raw(look.class),
                look.slot,
                look.what,
                &look.reason,
            ),
        )?)
    }
}
