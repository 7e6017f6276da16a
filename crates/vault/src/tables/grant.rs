//! Grants: a class identity sealed to one holder, or to the recovery recipient.

use super::{Db, Raw, one};
use crate::{Change, VaultError, change::Keyed};
use seal::{
    PersonId, RowVersion,
    row::{Columns, Table},
};
use wire::DataClass;

/// A grant, opened from its row; the holder's identity opens the rest.
pub struct GrantRow {
    /// The class.
    pub class: DataClass,
    /// The generation of its key.
    pub generation: u32,
    /// The class identity as an age file to the holder.
    pub sealed: zeroize::Zeroizing<Vec<u8>>,
}

fn columns(person: Option<PersonId>, class: DataClass, generation: u32) -> Columns {
    let columns = Columns::new();
    let columns = match person {
        Some(person) => columns.blob(person.as_bytes()),
        None => columns.null(),
    };
    columns.integer(class.as_u8().into()).integer(generation.into())
}

impl Db<'_> {
    pub(crate) fn grant_versions(self) -> Result<Vec<RowVersion>, VaultError> {
        self.all("SELECT version FROM grant_", (), |row| Ok(row.get::<_, Raw<_>>(0)?.0))
    }
}

impl Keyed<'_> {
    /// What a person was granted.
    pub fn grants(self, person: PersonId) -> Result<Vec<GrantRow>, VaultError> {
        let rows = self.db.all(
            "SELECT version, class, generation, body FROM grant_ WHERE person = ?1",
            [Raw(person)],
            |row| {
                let version: RowVersion = row.get::<_, Raw<_>>(0)?.0;
                let class: DataClass = row.get::<_, Raw<_>>(1)?.0;
                Ok((version, class, row.get::<_, u32>(2)?, row.get::<_, Vec<u8>>(3)?))
            },
        )?;
        rows.into_iter()
            .map(|(version, class, generation, body)| {
                let columns = columns(Some(person), class, generation);
                let sealed = self.open_row(Table::Grant, version, &columns, &body)?;
                Ok(GrantRow { class, generation, sealed })
            })
            .collect()
    }
}

impl Change<'_> {
    /// Adds a grant; without a person it is the recovery recipient's.
    pub fn insert_grant(
        &mut self,
        person: Option<PersonId>,
        class: DataClass,
        generation: u32,
        sealed: &[u8],
    ) -> Result<(), VaultError> {
        let (version, body) = self.seal_row(Table::Grant, &columns(person, class, generation), sealed)?;
        one(self.db().execute(
            "INSERT INTO grant_ (version, person, class, generation, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            (Raw(version), person.map(Raw), Raw(class), generation, body),
        )?)
    }
}
