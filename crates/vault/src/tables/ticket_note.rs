//! What helpdesks have still to be told of a request: states only. Written in the change that decided it.

use super::{Db, Raw, one, text_states};
use crate::{HelpdeskId, VaultError};

text_states! {
    /// What a ticket is told.
    TicketSays {
        /// A link was made.
        Requested = "requested",
        /// The vault has what the customer sent.
        Received = "received",
        /// It was destroyed.
        Deleted = "deleted",
    }
}

/// A note that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketNoteRow {
    /// Its place; no other note of this vault ever has it.
    pub seq: i64,
    /// Where it goes.
    pub helpdesk: HelpdeskId,
    /// The ticket.
    pub ticket: String,
    /// What it says.
    pub says: TicketSays,
    /// The certificate's number, of what was destroyed.
    pub certificate: Option<String>,
    /// When that was, UTC seconds.
    pub at: u64,
}

impl Db<'_> {
    /// The notes that wait for a helpdesk, in order.
    pub fn ticket_notes(self, id: HelpdeskId, limit: u32) -> Result<Vec<TicketNoteRow>, VaultError> {
        self.all(
            "SELECT seq, helpdesk, ticket, says, certificate, at FROM ticket_note
             WHERE helpdesk = ?1 ORDER BY seq LIMIT ?2",
            (Raw(id), limit),
            |row| {
                Ok(TicketNoteRow {
                    seq: row.get(0)?,
                    helpdesk: row.get::<_, Raw<_>>(1)?.0,
                    ticket: row.get(2)?,
                    says: row.get(3)?,
                    certificate: row.get(4)?,
                    at: row.get(5)?,
                })
            },
        )
    }

    /// Adds a note.
    pub fn tell_ticket(
        self,
        id: HelpdeskId,
        ticket: &str,
        says: TicketSays,
        certificate: Option<&str>,
        now: u64,
    ) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO ticket_note (helpdesk, ticket, says, certificate, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            (Raw(id), ticket, says, certificate, now),
        )?)
    }

    /// The helpdesk has it, or will never take it.
    pub fn ticket_told(self, seq: i64) -> Result<(), VaultError> {
        self.execute("DELETE FROM ticket_note WHERE seq = ?1", [seq])?;
        Ok(())
    }

    /// A helpdesk is to be told nothing any more.
    pub fn drop_ticket_notes(self, id: HelpdeskId) -> Result<(), VaultError> {
        self.execute("DELETE FROM ticket_note WHERE helpdesk = ?1", [Raw(id)])?;
        Ok(())
    }
}
