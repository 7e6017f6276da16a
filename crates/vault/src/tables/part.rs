//! Parts of a submission in the vault, and the files that hold them.

use super::{Db, Raw, one};
use crate::{BlobName, VaultError};
use wire::{BoxId, DataClass, PartId, PartSlot};

/// One part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRow {
    /// Its id.
    pub part: PartId,
    /// The class whose request key opens it.
    pub class: DataClass,
    /// What it is for.
    pub slot: PartSlot,
    /// Ciphertext bytes.
    pub length: u64,
    /// The file.
    pub blob: BlobName,
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PartRow> {
    Ok(PartRow {
        part: row.get::<_, Raw<_>>(0)?.0,
        class: row.get::<_, Raw<_>>(1)?.0,
        slot: PartSlot::from_u8(row.get(2)?),
        length: row.get(3)?,
        blob: row.get::<_, Raw<_>>(4)?.0,
    })
}

impl Db<'_> {
    /// The parts of a round that are still here.
    pub fn parts(self, id: BoxId) -> Result<Vec<PartRow>, VaultError> {
        self.all(
            "SELECT part, class, slot, length, blob FROM part WHERE box_id = ?1 ORDER BY slot, part",
            [Raw(id)],
            row,
        )
    }

    /// Every file that a row names.
    pub fn blobs(self) -> Result<std::collections::HashSet<BlobName>, VaultError> {
        let blobs = self.all("SELECT blob FROM part", (), |row| Ok(row.get::<_, Raw<BlobName>>(0)?.0))?;
        Ok(blobs.into_iter().collect())
    }

    /// Adds a part.
    pub fn insert_part(self, id: BoxId, part: &PartRow) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO part (box_id, part, class, slot, length, blob) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (Raw(id), Raw(part.part), Raw(part.class), part.slot.as_u8(), part.length, Raw(part.blob)),
        )?)
    }

    /// Forgets the parts of one class of a round.
    pub fn delete_parts(self, id: BoxId, class: DataClass) -> Result<(), VaultError> {
        self.execute("DELETE FROM part WHERE box_id = ?1 AND class = ?2", (Raw(id), Raw(class)))?;
        Ok(())
    }
}
