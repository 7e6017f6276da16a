//! Words that were heard: the same word twice is one.

use super::{Db, Raw};
use crate::VaultError;
use wire::BoxId;

impl Db<'_> {
    /// Remembers a word by its hash; `false` when it was heard before.
    pub fn hear_word(self, id: BoxId, hash: &[u8; 32]) -> Result<bool, VaultError> {
        let heard = self.execute(
            "INSERT INTO word (box_id, hash) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            (Raw(id), hash),
        )?;
        Ok(heard == 1)
    }
}
