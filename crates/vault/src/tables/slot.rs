//! What a round asks for: kind and class only. Wording stays in the sealed request.

use super::{Db, Raw, one, text_states};
use crate::VaultError;
use wire::{BoxId, DataClass};

text_states! {
    /// What kind of thing is asked for.
    SlotKind {
        /// Photos or PDF pages.
        Document = "document",
        /// A payment card.
        Card = "card",
        /// A line of text.
        Text = "text",
    }
}

/// One thing asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotRow {
    /// Its number in the request.
    pub slot: u8,
    /// Its kind.
    pub kind: SlotKind,
    /// Its class.
    pub class: DataClass,
    /// How many parts it takes at most.
    pub parts: u8,
}

impl Db<'_> {
    /// What a round asks for.
    pub fn slots(self, id: BoxId) -> Result<Vec<SlotRow>, VaultError> {
        self.all(
            "SELECT slot, kind, class, parts FROM slot WHERE box_id = ?1 ORDER BY slot",
            [Raw(id)],
            |row| {
                Ok(SlotRow {
                    slot: row.get(0)?,
                    kind: row.get(1)?,
                    class: row.get::<_, Raw<_>>(2)?.0,
                    parts: row.get(3)?,
                })
            },
        )
    }

    /// Adds a slot.
    pub fn insert_slot(self, id: BoxId, slot: SlotRow) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO slot (box_id, slot, kind, class, parts) VALUES (?1, ?2, ?3, ?4, ?5)",
            (Raw(id), slot.slot, slot.kind, Raw(slot.class), slot.parts),
        )?)
    }
}
