//! What a helpdesk is spoken to with, where the system has no keychain.

use super::{Db, Raw, one, text_states};
use crate::{Change, HelpdeskId, VaultError, change::Keyed};
use seal::{
    RowVersion,
    row::{Columns, Table},
};
use zeroize::Zeroizing;

text_states! {
    /// What a credential is for.
    CredentialKind {
        /// The helpdesk's API is called with it.
        Token = "token",
        /// The helpdesk's webhooks are judged by it.
        Hook = "hook",
    }
}

fn columns(id: HelpdeskId, kind: CredentialKind) -> Columns {
    Columns::new().blob(id.as_bytes()).text(kind.as_str())
}

impl Db<'_> {
    pub(crate) fn credential_versions(self) -> Result<Vec<RowVersion>, VaultError> {
        self.all("SELECT version FROM credential", (), |row| Ok(row.get::<_, Raw<_>>(0)?.0))
    }
}

impl Db<'_> {
    /// Deletes a credential's row; `true` where there was one, whose key is then to be destroyed.
    pub(crate) fn delete_credential(self, id: HelpdeskId, kind: CredentialKind) -> Result<bool, VaultError> {
        let sql = "DELETE FROM credential WHERE helpdesk = ?1 AND kind = ?2";
        Ok(self.execute(sql, (Raw(id), kind))? > 0)
    }
}

impl Keyed<'_> {
    /// A connection's credential, if it lies here.
    pub fn credential(
        self,
        id: HelpdeskId,
        kind: CredentialKind,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let found = self.db.first(
            "SELECT version, body FROM credential WHERE helpdesk = ?1 AND kind = ?2",
            (Raw(id), kind),
            |row| Ok((row.get::<_, Raw<RowVersion>>(0)?.0, row.get::<_, Vec<u8>>(1)?)),
        )?;
        found
            .map(|(version, body)| self.open_row(Table::Credential, version, &columns(id, kind), &body))
            .transpose()
    }
}

impl Change<'_> {
    /// Adds a credential, sealed.
    pub(crate) fn insert_credential(
        &mut self,
        id: HelpdeskId,
        kind: CredentialKind,
        secret: &[u8],
    ) -> Result<(), VaultError> {
        let (version, body) = self.seal_row(Table::Credential, &columns(id, kind), secret)?;
        one(self.db().execute(
            "INSERT INTO credential (version, helpdesk, kind, body) VALUES (?1, ?2, ?3, ?4)",
            (Raw(version), Raw(id), kind, body),
        )?)
    }
}
