//! Requests: what one customer is asked for one ticket.

use super::{Db, Raw, one, text_states, ticket::ticket_key};
use crate::{RequestId, VaultError};

text_states! {
    /// Where the inbox shows a request.
    Shelf {
        /// Something arrived and nobody looked yet.
        Arrived = "arrived",
        /// The customer was asked.
        Waiting = "waiting",
        /// Something is here and was looked at.
        Open = "open",
        /// It is to be destroyed soon.
        Closing = "closing",
        /// Something is wrong and a person is needed.
        Problem = "problem",
        /// Nothing is here any more.
        Done = "done",
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RequestRow {
    /// Its id.
    pub id: RequestId,
    /// The ticket it belongs to.
    pub ticket: String,
    /// The template it was made from, by code.
    pub template: String,
    /// Whose it is: a person's or queue's id.
    pub owner: String,
    /// The brand it is asked for.
    pub client: String,
    /// UTC seconds.
    pub created: u64,
    /// Where the inbox shows it.
    pub shelf: Shelf,
    /// When it last moved, UTC seconds.
    pub moved: u64,
    /// When the first of it is to be destroyed, UTC seconds.
    pub due: Option<u64>,
}

pub(super) const COLUMNS: &str = "id, ticket, template, owner, client, created, shelf, moved, due";

pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<RequestRow> {
    Ok(RequestRow {
        id: row.get::<_, Raw<_>>(0)?.0,
        ticket: row.get(1)?,
        template: row.get(2)?,
        owner: row.get(3)?,
        client: row.get(4)?,
        created: row.get(5)?,
        shelf: row.get(6)?,
        moved: row.get(7)?,
        due: row.get(8)?,
    })
}

impl Db<'_> {
    /// A request.
    pub fn request(self, id: RequestId) -> Result<RequestRow, VaultError> {
        self.first(&format!("SELECT {COLUMNS} FROM request WHERE id = ?1"), [Raw(id)], row)?
            .ok_or(VaultError::NotFound)
    }

    /// Every request of a ticket, oldest first.
    pub fn requests_of(self, ticket: &str) -> Result<Vec<RequestRow>, VaultError> {
        let sql = format!("SELECT {COLUMNS} FROM request WHERE key = ?1 ORDER BY created, id");
        self.all(&sql, [ticket_key(ticket)], row)
    }

    /// Adds a request.
    pub fn insert_request(self, request: &RequestRow) -> Result<(), VaultError> {
        one(self.execute(
            &format!("INSERT INTO request ({COLUMNS}, key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
            (
                Raw(request.id),
                &request.ticket,
                &request.template,
                &request.owner,
                &request.client,
                request.created,
                request.shelf,
                request.moved,
                request.due,
                ticket_key(&request.ticket),
            ),
        )?)
    }

    /// Moves a request on its shelf.
    pub fn shelve(self, id: RequestId, shelf: Shelf, moved: u64, due: Option<u64>) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE request SET shelf = ?2, moved = max(moved, ?3), due = ?4 WHERE id = ?1",
            (Raw(id), shelf, moved, due),
        )?)
    }

    /// Moves every request of one ticket to another (a merge).
    pub fn move_requests(self, from: &str, to: &str, now: u64) -> Result<usize, VaultError> {
        let sql = "UPDATE request SET ticket = ?2, key = ?3, joined = ?4 WHERE key = ?1";
        self.execute(sql, (ticket_key(from), to, ticket_key(to), now))
    }

    /// When something was first asked for a ticket, and when the last came to it by a merge; UTC seconds.
    pub fn first_and_joined(self, ticket: &str) -> Result<(Option<u64>, Option<u64>), VaultError> {
        let sql =
            "SELECT min(CASE WHEN joined IS NULL THEN created END), max(joined) FROM request WHERE key = ?1";
        let found = self.first(sql, [ticket_key(ticket)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.unwrap_or_default())
    }

    /// When a request came to its ticket by a merge, UTC seconds; 0 where it always was there.
    pub fn joined(self, id: RequestId) -> Result<u64, VaultError> {
        let sql = "SELECT coalesce(joined, 0) FROM request WHERE id = ?1";
        self.first(sql, [Raw(id)], |row| row.get(0))?.ok_or(VaultError::NotFound)
    }
}
