//! What webhooks say of tickets and nothing has confirmed yet.

use super::{Db, Raw, text_states, ticket::ticket_key};
use crate::{HelpdeskId, VaultError};

text_states! {
    /// What is claimed of a ticket.
    Claimed {
        /// It is worked on.
        Open = "open",
        /// It was solved.
        Solved = "solved",
        /// It was closed.
        Closed = "closed",
        /// It was merged into another.
        Merged = "merged",
    }
}

impl Claimed {
    /// Whether something would end by it.
    pub const fn ends(self) -> bool {
        matches!(self, Self::Solved | Self::Closed)
    }
}

/// What a webhook says of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRow {
    /// The ticket, as it is written.
    pub ticket: String,
    /// Whose webhook.
    pub helpdesk: HelpdeskId,
    /// What it says.
    pub says: Claimed,
    /// When it was heard, UTC seconds.
    pub at: u64,
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<ClaimRow> {
    Ok(ClaimRow {
        ticket: row.get(0)?,
        helpdesk: row.get::<_, Raw<_>>(1)?.0,
        says: row.get(2)?,
        at: row.get(3)?,
    })
}

impl Db<'_> {
    /// What is claimed of a ticket.
    pub fn claim(self, ticket: &str) -> Result<Option<ClaimRow>, VaultError> {
        self.first("SELECT ticket, helpdesk, says, at FROM claim WHERE key = ?1", [ticket_key(ticket)], row)
    }

    /// Everything that is claimed of a helpdesk's tickets, oldest first.
    pub fn claims_of(self, id: HelpdeskId) -> Result<Vec<ClaimRow>, VaultError> {
        self.all(
            "SELECT ticket, helpdesk, says, at FROM claim WHERE helpdesk = ?1 ORDER BY at, key",
            [Raw(id)],
            row,
        )
    }

    /// Writes what is claimed of a ticket, over what was claimed before.
    pub fn put_claim(self, claim: &ClaimRow) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO claim (key, ticket, helpdesk, says, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key) DO UPDATE SET ticket = ?2, helpdesk = ?3, says = ?4, at = ?5",
            (ticket_key(&claim.ticket), &claim.ticket, Raw(claim.helpdesk), claim.says, claim.at),
        )?;
        Ok(())
    }

    /// Confirmed, contradicted, or decided by a person.
    pub fn drop_claim(self, ticket: &str) -> Result<(), VaultError> {
        self.execute("DELETE FROM claim WHERE key = ?1", [ticket_key(ticket)])?;
        Ok(())
    }
}
