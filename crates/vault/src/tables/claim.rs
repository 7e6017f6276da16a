//! What webhooks say of tickets and nothing has confirmed yet; and tickets that the desk itself wants to know about.

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
        /// Nothing: something was asked for it, and nobody here knows how it stands.
        Asked = "asked",
        /// Nothing: another ticket was merged into it here.
        Joined = "joined",
        /// Nothing: its helpdesk said nothing of it for long.
        Unheard = "unheard",
    }
}

impl Claimed {
    /// Whether the desk itself wants to know, and nobody claims anything.
    pub const fn is_own(self) -> bool {
        matches!(self, Self::Asked | Self::Joined | Self::Unheard)
    }

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
    /// Why the helpdesk could not be asked about this very ticket, by code.
    pub unsettled: Option<String>,
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<ClaimRow> {
    Ok(ClaimRow {
        ticket: row.get(0)?,
        helpdesk: row.get::<_, Raw<_>>(1)?.0,
        says: row.get(2)?,
        at: row.get(3)?,
        unsettled: row.get(4)?,
    })
}

impl Db<'_> {
    /// What is claimed of a ticket.
    pub fn claim(self, ticket: &str) -> Result<Option<ClaimRow>, VaultError> {
        self.first(
            "SELECT ticket, helpdesk, says, at, unsettled FROM claim WHERE key = ?1",
            [ticket_key(ticket)],
            row,
        )
    }

    /// Everything that is claimed of a helpdesk's tickets and that it can be asked about, oldest first.
    pub fn claims_of(self, id: HelpdeskId) -> Result<Vec<ClaimRow>, VaultError> {
        self.all(
            "SELECT ticket, helpdesk, says, at, unsettled FROM claim WHERE helpdesk = ?1 AND unsettled IS NULL ORDER BY at, key",
            [Raw(id)],
            row,
        )
    }

    /// Writes what is claimed of a ticket, over what was claimed before.
    pub fn put_claim(self, claim: &ClaimRow) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO claim (key, ticket, helpdesk, says, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key) DO UPDATE SET ticket = ?2, helpdesk = ?3, says = ?4, at = ?5,
                                            unsettled = NULL",
            (ticket_key(&claim.ticket), &claim.ticket, Raw(claim.helpdesk), claim.says, claim.at),
        )?;
        Ok(())
    }

    /// Notes that the desk wants to know how a ticket stands. What a webhook claims of it asks the same.
    pub fn ask_about(self, claim: &ClaimRow) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO claim (key, ticket, helpdesk, says, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key) DO UPDATE SET unsettled = NULL",
            (ticket_key(&claim.ticket), &claim.ticket, Raw(claim.helpdesk), claim.says, claim.at),
        )?;
        Ok(())
    }

    /// The helpdesk does not let itself be asked about this ticket. What is claimed of it stays, for a person.
    pub fn set_unsettled(self, ticket: &str, why: &str) -> Result<(), VaultError> {
        self.execute("UPDATE claim SET unsettled = ?2 WHERE key = ?1", (ticket_key(ticket), why))?;
        Ok(())
    }

    /// Confirmed, contradicted, or decided by a person.
    pub fn drop_claim(self, ticket: &str) -> Result<(), VaultError> {
        self.execute("DELETE FROM claim WHERE key = ?1", [ticket_key(ticket)])?;
        Ok(())
    }
}
