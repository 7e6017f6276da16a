//! Helpdesks this desk listens to: where they are, how far their news were heard, what is wrong with them.

use super::{Db, Raw, one, relay::RelayId};
use crate::{HelpdeskId, VaultError};
use wire::HookId;

/// A connection to a helpdesk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpdeskRow {
    /// The connection.
    pub id: HelpdeskId,
    /// What kind of helpdesk it is, by code.
    pub kind: String,
    /// What people here call it.
    pub name: String,
    /// Where it is and how it is asked; nothing for one that only sends webhooks.
    pub setup: Option<String>,
    /// What references of its tickets begin with; empty: any.
    pub prefix: String,
    /// When it was made, UTC seconds.
    pub created: u64,
    /// Nothing is asked of it for now.
    pub paused: bool,
    /// Whether it is told what became of a request.
    pub notes: bool,
    /// Where the next pull goes on.
    pub cursor: Option<String>,
    /// The last pull that brought an answer, UTC seconds.
    pub answered: Option<u64>,
    /// Why the last one did not, by code.
    pub failure: Option<String>,
    /// Since when it fails, UTC seconds.
    pub failing: Option<u64>,
    /// Where its webhooks arrive at the relay.
    pub hook: Option<HookId>,
    /// The relay at which they were last known to arrive.
    pub hook_relay: Option<RelayId>,
    /// Whether its credential lies in the system's keychain.
    pub keychain: bool,
    /// How many notes it refused for good.
    pub refused: u64,
    /// When it refused the last, UTC seconds.
    pub refused_at: Option<u64>,
}

const COLUMNS: &str = "id, kind, name, setup, prefix, created, paused, notes, cursor, answered, failure, failing, \
                       hook, keychain, refused, refused_at, hook_relay";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<HelpdeskRow> {
    Ok(HelpdeskRow {
        id: row.get::<_, Raw<_>>(0)?.0,
        kind: row.get(1)?,
        name: row.get(2)?,
        setup: row.get(3)?,
        prefix: row.get(4)?,
        created: row.get(5)?,
        paused: row.get(6)?,
        notes: row.get(7)?,
        cursor: row.get(8)?,
        answered: row.get(9)?,
        failure: row.get(10)?,
        failing: row.get(11)?,
        hook: row.get::<_, Option<Raw<_>>>(12)?.map(|hook| hook.0),
        keychain: row.get(13)?,
        refused: row.get(14)?,
        refused_at: row.get(15)?,
        hook_relay: row.get(16)?,
    })
}

impl Db<'_> {
    /// Every connection, oldest first.
    pub fn helpdesks(self) -> Result<Vec<HelpdeskRow>, VaultError> {
        self.all(&format!("SELECT {COLUMNS} FROM helpdesk ORDER BY created, id"), (), row)
    }

    /// One connection.
    pub fn helpdesk(self, id: HelpdeskId) -> Result<HelpdeskRow, VaultError> {
        self.first(&format!("SELECT {COLUMNS} FROM helpdesk WHERE id = ?1"), [Raw(id)], row)?
            .ok_or(VaultError::NotFound)
    }

    /// Adds a connection.
    pub fn insert_helpdesk(self, desk: &HelpdeskRow) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO helpdesk (id, kind, name, setup, prefix, created, paused, notes, cursor, answered, failure,
                                   failing, hook, keychain)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            rusqlite::params![
                Raw(desk.id),
                desk.kind,
                desk.name,
                desk.setup,
                desk.prefix,
                desk.created,
                desk.paused,
                desk.notes,
                desk.cursor,
                desk.answered,
                desk.failure,
                desk.failing,
                desk.hook.map(Raw),
                desk.keychain,
            ],
        )?)
    }

    /// Whether it is asked anything, and whether it is told anything.
    pub fn set_helpdesk_use(self, id: HelpdeskId, paused: bool, notes: bool) -> Result<(), VaultError> {
        one(self
            .execute("UPDATE helpdesk SET paused = ?2, notes = ?3 WHERE id = ?1", (Raw(id), paused, notes))?)
    }

    /// A pull was answered, and what it brought was dealt with: the next goes on at `cursor`.
    pub fn set_helpdesk_answered(
        self,
        id: HelpdeskId,
        cursor: Option<&str>,
        now: u64,
    ) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE helpdesk SET cursor = ?2, answered = ?3, failure = NULL, failing = NULL WHERE id = ?1",
            (Raw(id), cursor, now),
        )?)
    }

    /// A pull was not answered; `failing` keeps the first time.
    pub fn set_helpdesk_failed(self, id: HelpdeskId, failure: &str, now: u64) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE helpdesk SET failure = ?2, failing = coalesce(failing, ?3) WHERE id = ?1",
            (Raw(id), failure, now),
        )?)
    }

    /// It refused a note for good.
    pub fn count_refused(self, id: HelpdeskId, now: u64) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE helpdesk SET refused = refused + 1, refused_at = ?2 WHERE id = ?1",
            (Raw(id), now),
        )?)
    }

    /// The connection whose webhooks arrive there.
    pub fn helpdesk_of_hook(self, hook: HookId) -> Result<Option<HelpdeskRow>, VaultError> {
        self.first(&format!("SELECT {COLUMNS} FROM helpdesk WHERE hook = ?1"), [Raw(hook)], row)
    }

    /// Where its webhooks arrive: the hook, at the relay.
    pub fn set_helpdesk_hook(self, id: HelpdeskId, hook: HookId, at: RelayId) -> Result<(), VaultError> {
        let sql = "UPDATE helpdesk SET hook = ?2, hook_relay = ?3 WHERE id = ?1";
        one(self.execute(sql, (Raw(id), Raw(hook), at))?)
    }

    /// Where its credential lies.
    pub fn set_helpdesk_keychain(self, id: HelpdeskId, keychain: bool) -> Result<(), VaultError> {
        one(self.execute("UPDATE helpdesk SET keychain = ?2 WHERE id = ?1", (Raw(id), keychain))?)
    }

    /// Removes a connection and all that is kept of it.
    pub(crate) fn delete_helpdesk(self, id: HelpdeskId) -> Result<(), VaultError> {
        for table in ["credential", "delivery", "disbelief", "claim", "ticket_note"] {
            self.execute(&format!("DELETE FROM {table} WHERE helpdesk = ?1"), [Raw(id)])?;
        }
        one(self.execute("DELETE FROM helpdesk WHERE id = ?1", [Raw(id)])?)
    }
}
