//! Request identities, each sealed to its class.

use super::{Db, Raw, one};
use crate::{Change, VaultError, change::Keyed};
use seal::{
    RowVersion,
    row::{Columns, Table},
};
use wire::{BoxId, DataClass};
use zeroize::Zeroizing;

fn columns(id: BoxId, class: DataClass, generation: u32) -> Columns {
    Columns::new().blob(id.as_bytes()).integer(class.as_u8().into()).integer(generation.into())
}

impl Db<'_> {
    pub(crate) fn wrap_versions(self, id: BoxId, class: DataClass) -> Result<Vec<RowVersion>, VaultError> {
        self.all(
            "SELECT version FROM request_wrap WHERE box_id = ?1 AND class = ?2",
            (Raw(id), Raw(class)),
            |row| Ok(row.get::<_, Raw<_>>(0)?.0),
        )
    }

    pub(crate) fn all_wrap_versions(self) -> Result<Vec<RowVersion>, VaultError> {
        self.all("SELECT version FROM request_wrap", (), |row| Ok(row.get::<_, Raw<_>>(0)?.0))
    }
}

impl Keyed<'_> {
    /// The wrap of a round's class and the generation of the class key that opens it.
    pub fn wrap(self, id: BoxId, class: DataClass) -> Result<(u32, Zeroizing<Vec<u8>>), VaultError> {
        let (version, generation, body): (RowVersion, u32, Vec<u8>) = self
            .db
            .first(
                "SELECT version, generation, body FROM request_wrap WHERE box_id = ?1 AND class = ?2
                 ORDER BY generation DESC LIMIT 1",
                (Raw(id), Raw(class)),
                |row| Ok((row.get::<_, Raw<_>>(0)?.0, row.get(1)?, row.get(2)?)),
            )?
            .ok_or(VaultError::NotFound)?;
        let sealed = self.open_row(Table::RequestWrap, version, &columns(id, class, generation), &body)?;
        Ok((generation, sealed))
    }
}

impl Change<'_> {
    /// Adds a wrap.
    pub fn insert_wrap(
        &mut self,
        id: BoxId,
        class: DataClass,
        generation: u32,
        sealed: &[u8],
    ) -> Result<(), VaultError> {
        let (version, body) = self.seal_row(Table::RequestWrap, &columns(id, class, generation), sealed)?;
        one(self.db().execute(
            "INSERT INTO request_wrap (version, box_id, class, generation, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            (Raw(version), Raw(id), Raw(class), generation, body),
        )?)
    }
}
