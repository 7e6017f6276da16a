//! What the desk keeps of a link: it opens without a person and ends with the status page.

use super::{Db, Raw, one};
use crate::{Change, VaultError, change::Keyed};
use seal::{
    BoxKeys, RowVersion,
    row::{Columns, Table},
};
use wire::BoxId;

fn columns(id: BoxId) -> Columns {
    Columns::new().blob(id.as_bytes())
}

impl Db<'_> {
    pub(crate) fn box_versions(self) -> Result<Vec<RowVersion>, VaultError> {
        self.all("SELECT version FROM box", (), |row| Ok(row.get::<_, Raw<_>>(0)?.0))
    }

    pub(crate) fn box_version(self, id: BoxId) -> Result<Option<RowVersion>, VaultError> {
        self.first("SELECT version FROM box WHERE box_id = ?1", [Raw(id)], |row| {
            Ok(row.get::<_, Raw<_>>(0)?.0)
        })
    }
}

impl Keyed<'_> {
    /// A round's keys for its record, its words and its notes.
    pub fn box_keys(self, id: BoxId) -> Result<BoxKeys, VaultError> {
        let (version, body): (RowVersion, Vec<u8>) = self
            .db
            .first("SELECT version, body FROM box WHERE box_id = ?1", [Raw(id)], |row| {
                Ok((row.get::<_, Raw<_>>(0)?.0, row.get(1)?))
            })?
            .ok_or(VaultError::NotFound)?;
        let body = self.open_row(Table::Box, version, &columns(id), &body)?;
        BoxKeys::decode(id, &body).map_err(|_| VaultError::RowDamaged)
    }
}

impl Change<'_> {
    /// Adds a round's keys.
    pub fn insert_box_keys(&mut self, keys: &BoxKeys) -> Result<(), VaultError> {
        let (version, body) = self.seal_row(Table::Box, &columns(keys.box_id), &keys.encode())?;
        one(self.db().execute(
            "INSERT INTO box (version, box_id, body) VALUES (?1, ?2, ?3)",
            (Raw(version), Raw(keys.box_id), body),
        )?)
    }
}
