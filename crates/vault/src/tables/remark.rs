//! Free text, and the link itself: age files to the request's recipients, so that they die with the request.

use super::{Db, Raw, one, text_states};
use crate::{Change, VaultError, change::Keyed};
use seal::{
    RowVersion,
    row::{Columns, Table},
};
use wire::{BoxId, DataClass};
use zeroize::Zeroizing;

text_states! {
    /// What a remark is.
    RemarkKind {
        /// The link's code, to all recipients of the round.
        Link = "link",
        /// Why an item was opened, in an agent's own words.
        Reason = "reason",
    }
}

fn columns(id: BoxId, class: Option<DataClass>, kind: RemarkKind, at: u64) -> Columns {
    Columns::new()
        .blob(id.as_bytes())
        .integer_or_null(class.map(|class| class.as_u8().into()))
        .text(kind.as_str())
        .integer(at)
}

impl Db<'_> {
    /// The remarks that end with a class of a round; with its last class, also those of no class.
    pub(crate) fn remark_versions(
        self,
        id: BoxId,
        class: DataClass,
        last: bool,
    ) -> Result<Vec<RowVersion>, VaultError> {
        self.all(
            "SELECT version FROM remark WHERE box_id = ?1 AND (class = ?2 OR (?3 AND class IS NULL))",
            (Raw(id), Raw(class), last),
            |row| Ok(row.get::<_, Raw<_>>(0)?.0),
        )
    }

    pub(crate) fn all_remark_versions(self) -> Result<Vec<RowVersion>, VaultError> {
        self.all("SELECT version FROM remark", (), |row| Ok(row.get::<_, Raw<_>>(0)?.0))
    }
}

impl Keyed<'_> {
    /// A round's remarks of one kind, oldest first, each an age file.
    pub fn remarks(self, id: BoxId, kind: RemarkKind) -> Result<Vec<Zeroizing<Vec<u8>>>, VaultError> {
        let rows = self.db.all(
            "SELECT version, class, at, body FROM remark WHERE box_id = ?1 AND kind = ?2 ORDER BY at, version",
            (Raw(id), kind),
            |row| {
                let version: RowVersion = row.get::<_, Raw<_>>(0)?.0;
                let class = row.get::<_, Option<Raw<DataClass>>>(1)?.map(|class| class.0);
                Ok((version, class, row.get::<_, u64>(2)?, row.get::<_, Vec<u8>>(3)?))
            },
        )?;
        rows.into_iter()
            .map(|(version, class, at, body)| {
                self.open_row(Table::Remark, version, &columns(id, class, kind, at), &body)
            })
            .collect()
    }
}

impl Change<'_> {
    /// Adds a remark, already an age file.
    pub fn insert_remark(
        &mut self,
        id: BoxId,
        class: Option<DataClass>,
        kind: RemarkKind,
        at: u64,
        sealed: &[u8],
    ) -> Result<(), VaultError> {
        let (version, body) = self.seal_row(Table::Remark, &columns(id, class, kind, at), sealed)?;
        one(self.db().execute(
            "INSERT INTO remark (version, box_id, class, kind, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (Raw(version), Raw(id), class.map(Raw), kind, at, body),
        )?)
    }
}
