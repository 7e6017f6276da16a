//! Tickets, known by their reference, and where the helpdesk says they stand.

use super::{Db, text_states};
use crate::VaultError;

text_states! {
    /// Where a ticket stands.
    TicketState {
        /// Being worked on.
        Open = "open",
        /// Solved; a reply reopens it.
        Solved = "solved",
        /// Closed for good.
        Closed = "closed",
    }
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Its reference, such as `#4821`.
    pub reference: String,
    /// Where it stands.
    pub state: TicketState,
    /// Since when it is solved, UTC seconds.
    pub solved: Option<u64>,
    /// Since when it is closed, UTC seconds.
    pub closed: Option<u64>,
    /// The ticket it was merged into.
    pub merged_into: Option<String>,
}

impl Db<'_> {
    /// A ticket; one never heard of is open.
    pub fn ticket(self, reference: &str) -> Result<TicketRow, VaultError> {
        let found = self.first(
            "SELECT state, solved, closed, merged_into FROM ticket WHERE reference = ?1",
            [reference],
            |row| {
                Ok(TicketRow {
                    reference: reference.to_owned(),
                    state: row.get(0)?,
                    solved: row.get(1)?,
                    closed: row.get(2)?,
                    merged_into: row.get(3)?,
                })
            },
        )?;
        Ok(found.unwrap_or_else(|| TicketRow {
            reference: reference.to_owned(),
            state: TicketState::Open,
            solved: None,
            closed: None,
            merged_into: None,
        }))
    }

    /// Writes where a ticket stands.
    pub fn put_ticket(self, ticket: &TicketRow) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO ticket (reference, state, solved, closed, merged_into) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (reference) DO UPDATE SET state = ?2, solved = ?3, closed = ?4, merged_into = ?5",
            (&ticket.reference, ticket.state, ticket.solved, ticket.closed, &ticket.merged_into),
        )?;
        Ok(())
    }
}
