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
    /// It was sent once, and whether it arrived was not heard.
    pub tried: bool,
}

impl Db<'_> {
    /// The notes that wait for a helpdesk, in order.
    pub fn ticket_notes(self, id: HelpdeskId, limit: u32) -> Result<Vec<TicketNoteRow>, VaultError> {
        self.all(
            "SELECT seq, helpdesk, ticket, says, certificate, at, tried FROM ticket_note
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
                    tried: row.get(6)?,
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

    /// It is about to be sent: after a crash it is looked for before it is sent again.
    pub fn ticket_note_tried(self, seq: i64) -> Result<(), VaultError> {
        self.execute("UPDATE ticket_note SET tried = 1 WHERE seq = ?1", [seq])?;
        Ok(())
    }

    /// The helpdesk has it, or will never take it.
    pub fn ticket_told(self, seq: i64) -> Result<(), VaultError> {
        self.execute("DELETE FROM ticket_note WHERE seq = ?1", [seq])?;
        Ok(())
    }
}
