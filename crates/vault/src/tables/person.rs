//! People: their keys under a passphrase, their role, and wrong tries.

use super::{Db, Raw, one, text_states};
use crate::{Change, VaultError, change::Keyed};
use seal::{
    PersonId, Recipient, RowVersion,
    act::ActPublicKey,
    passphrase::{Cost, Salt},
    person::SealedPerson,
    row::{Columns, Table},
};

text_states! {
    /// What a person may do (DESIGN §7). One who founds a vault is both until there are more.
    Role {
        /// Opens what their data classes allow.
        Agent = "agent",
        /// Sees history, never content.
        Supervisor = "supervisor",
        /// The only person of a small desk.
        Both = "both",
    }
}

/// A person, opened from the row. The passphrase still stands before the keys.
pub struct PersonRow {
    /// Their id.
    pub id: PersonId,
    /// What they may do.
    pub role: Role,
    /// The name they go by; sealed in the row.
    pub name: String,
    /// Whom their grants are sealed to.
    pub recipient: Recipient,
    /// What their acts are checked with.
    pub signing: ActPublicKey,
    /// Their keys under the passphrase.
    pub sealed: SealedPerson,
    /// Wrong tries since the last right one.
    pub failed: u32,
    /// Until when nobody is let in as this person, UTC seconds.
    pub locked_until: u64,
}

/// The row's body: `u16 length of the keys ‖ keys ‖ name`.
fn body(sealed: &SealedPerson, name: &str) -> Vec<u8> {
    let length = u16::try_from(sealed.body.len()).unwrap_or(u16::MAX);
    [length.to_be_bytes().as_slice(), &sealed.body, name.as_bytes()].concat()
}

fn split(body: &[u8]) -> Option<(&[u8], &str)> {
    let (length, rest) = body.split_first_chunk()?;
    let (keys, name) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    Some((keys, std::str::from_utf8(name).ok()?))
}

fn columns(id: PersonId, role: Role, cost: Cost, salt: &Salt, recipient: &str, signing: &[u8]) -> Columns {
    Columns::new()
        .blob(id.as_bytes())
        .text(role.as_str())
        .integer(cost.kib().into())
        .integer(cost.passes().into())
        .integer(cost.lanes().into())
        .blob(salt.as_bytes())
        .text(recipient)
        .blob(signing)
}

struct Stored {
    id: PersonId,
    version: RowVersion,
    role: Role,
    cost: (u32, u32, u32),
    salt: [u8; 16],
    recipient: String,
    signing: [u8; 32],
    body: Vec<u8>,
    failed: u32,
    locked_until: u64,
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get::<_, Raw<_>>(0)?.0,
        version: row.get::<_, Raw<_>>(1)?.0,
        role: row.get(2)?,
        cost: (row.get(3)?, row.get(4)?, row.get(5)?),
        salt: row.get(6)?,
        recipient: row.get(7)?,
        signing: row.get(8)?,
        body: row.get(9)?,
        failed: row.get(10)?,
        locked_until: row.get(11)?,
    })
}

impl Db<'_> {
    /// Everyone in the vault.
    pub fn person_ids(self) -> Result<Vec<PersonId>, VaultError> {
        self.all("SELECT id FROM person ORDER BY id", (), |row| Ok(row.get::<_, Raw<_>>(0)?.0))
    }

    pub(crate) fn person_versions(self) -> Result<Vec<RowVersion>, VaultError> {
        self.all("SELECT version FROM person", (), |row| Ok(row.get::<_, Raw<_>>(0)?.0))
    }

    /// Counts a try before it is made, so that a killed process has tried too.
    pub fn set_failed(self, id: PersonId, failed: u32, locked_until: u64) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE person SET failed = ?2, locked_until = ?3 WHERE id = ?1",
            (Raw(id), failed, locked_until),
        )?)
    }
}

impl Keyed<'_> {
    /// A person.
    pub fn person(self, id: PersonId) -> Result<PersonRow, VaultError> {
        let stored = self
            .db
            .first(
                "SELECT id, version, role, memory_kib, passes, lanes, salt, recipient, signing, body, failed,
                        locked_until
                 FROM person WHERE id = ?1",
                [Raw(id)],
                stored,
            )?
            .ok_or(VaultError::NotFound)?;
        let (kib, passes, lanes) = stored.cost;
        // The weak cost exists only in tests' own vaults; what the row binds is what made it.
        let cost = Cost::stored_or_weak_for_tests(kib, passes, lanes).map_err(|_| VaultError::RowDamaged)?;
        let salt = Salt::from_bytes(stored.salt);
        let columns = columns(stored.id, stored.role, cost, &salt, &stored.recipient, &stored.signing);
        let body = self.open_row(Table::Person, stored.version, &columns, &stored.body)?;
        let (keys, name) = split(&body).ok_or(VaultError::RowDamaged)?;
        Ok(PersonRow {
            id: stored.id,
            role: stored.role,
            name: name.to_owned(),
            recipient: Recipient::from_text(&stored.recipient).map_err(|_| VaultError::RowDamaged)?,
            signing: ActPublicKey::from_bytes(stored.signing),
            sealed: SealedPerson { cost, salt, body: keys.to_vec() },
            failed: stored.failed,
            locked_until: stored.locked_until,
        })
    }
}

impl Change<'_> {
    /// Adds a person.
    pub fn insert_person(
        &mut self,
        id: PersonId,
        role: Role,
        name: &str,
        recipient: &Recipient,
        signing: &ActPublicKey,
        sealed: &SealedPerson,
    ) -> Result<(), VaultError> {
        let recipient = recipient.to_text();
        let columns = columns(id, role, sealed.cost, &sealed.salt, &recipient, signing.as_bytes());
        let (version, body) = self.seal_row(Table::Person, &columns, &body(sealed, name))?;
        one(self.db().execute(
            "INSERT INTO person (id, version, role, memory_kib, passes, lanes, salt, recipient, signing, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            (
                Raw(id),
                Raw(version),
                role,
                sealed.cost.kib(),
                sealed.cost.passes(),
                sealed.cost.lanes(),
                sealed.salt.as_bytes(),
                recipient,
                signing.as_bytes(),
                body,
            ),
        )?)
    }
}
