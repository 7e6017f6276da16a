//! Class recipients, by generation: a renewed class key is a new generation.

use super::{Db, Raw, one};
use crate::VaultError;
use seal::Recipient;
use wire::DataClass;

impl Db<'_> {
    /// The newest generation of a class and whom it seals to.
    pub fn class_key(self, class: DataClass) -> Result<(u32, Recipient), VaultError> {
        let (generation, text): (u32, String) = self
            .first(
                "SELECT generation, recipient FROM class_key WHERE class = ?1 ORDER BY generation DESC LIMIT 1",
                [Raw(class)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?
            .ok_or(VaultError::DatabaseDamaged)?;
        Ok((generation, Recipient::from_text(&text).map_err(|_| VaultError::DatabaseDamaged)?))
    }

    /// Adds a generation.
    pub fn insert_class_key(
        self,
        class: DataClass,
        generation: u32,
        recipient: &Recipient,
        created: u64,
    ) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO class_key (class, generation, recipient, created) VALUES (?1, ?2, ?3, ?4)",
            (Raw(class), generation, recipient.to_text(), created),
        )?)
    }
}
