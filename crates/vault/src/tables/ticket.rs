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
    /// A person here said where it stands, not its helpdesk.
    pub by_hand: bool,
}

/// What a ticket is found by: its reference without a leading `#`, in lower case.
pub fn ticket_key(reference: &str) -> String {
    let bare = reference.trim();
    bare.strip_prefix('#').unwrap_or(bare).to_lowercase()
}

impl Db<'_> {
    /// A ticket; one never heard of is open.
    pub fn ticket(self, reference: &str) -> Result<TicketRow, VaultError> {
        let found = self.first(
            "SELECT state, solved, closed, merged_into, by_hand FROM ticket WHERE key = ?1",
            [ticket_key(reference)],
            |row| {
                Ok(TicketRow {
                    reference: reference.to_owned(),
                    state: row.get(0)?,
                    solved: row.get(1)?,
                    closed: row.get(2)?,
                    merged_into: row.get(3)?,
                    by_hand: row.get(4)?,
                })
            },
        )?;
        Ok(found.unwrap_or_else(|| TicketRow {
            reference: reference.to_owned(),
            state: TicketState::Open,
            solved: None,
            closed: None,
            merged_into: None,
            by_hand: false,
        }))
    }

    /// Writes where a ticket stands.
    pub fn put_ticket(self, ticket: &TicketRow) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO ticket (key, state, solved, closed, merged_into, merged_key, by_hand)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (key) DO UPDATE
             SET state = ?2, solved = ?3, closed = ?4, merged_into = ?5, merged_key = ?6, by_hand = ?7",
            (
                ticket_key(&ticket.reference),
                ticket.state,
                ticket.solved,
                ticket.closed,
                &ticket.merged_into,
                ticket.merged_into.as_deref().map(ticket_key),
                ticket.by_hand,
            ),
        )?;
        Ok(())
    }

    /// What its helpdesk said of a ticket so far.
    pub fn heard_of(self, reference: &str) -> Result<Option<String>, VaultError> {
        let heard =
            self.first("SELECT heard FROM ticket WHERE key = ?1", [ticket_key(reference)], |row| row.get(0))?;
        Ok(heard.flatten())
    }

    /// Keeps what its helpdesk said of a ticket.
    pub fn set_heard_of(self, reference: &str, heard: &str) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO ticket (key, state, heard) VALUES (?1, 'open', ?2)
             ON CONFLICT (key) DO UPDATE SET heard = ?2",
            (ticket_key(reference), heard),
        )?;
        Ok(())
    }

    /// Its helpdesk, asked, said something of a ticket.
    pub fn set_mentioned(self, reference: &str, now: u64) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO ticket (key, state, mentioned) VALUES (?1, 'open', ?2)
             ON CONFLICT (key) DO UPDATE SET mentioned = ?2",
            (ticket_key(reference), now),
        )?;
        Ok(())
    }

    /// Tickets that something is held or waited for, of which their helpdesk said nothing since `before`; at most
    /// `limit`, those longest unheard of first.
    pub fn unmentioned(self, before: u64, limit: u32) -> Result<Vec<String>, VaultError> {
        self.all(
            "SELECT min(request.ticket) FROM request LEFT JOIN ticket ON ticket.key = request.key
             WHERE request.shelf IN ('arrived', 'waiting', 'open', 'closing', 'problem')
               AND request.created <= ?1 AND coalesce(ticket.mentioned, 0) <= ?1
             GROUP BY request.key ORDER BY coalesce(ticket.mentioned, 0), request.key LIMIT ?2",
            (before, limit),
            |row| row.get(0),
        )
    }

    /// Whether anything was ever asked for a ticket here, or for one that was merged into another.
    pub fn knows_ticket(self, reference: &str) -> Result<bool, VaultError> {
        let sql = "SELECT 1 FROM request WHERE key = ?1 UNION ALL
                   SELECT 1 FROM ticket WHERE key = ?1 AND merged_key IS NOT NULL LIMIT 1";
        Ok(self.first(sql, [ticket_key(reference)], |_| Ok(()))?.is_some())
    }

    /// The keys of the tickets that were merged into one.
    pub(crate) fn merged_keys(self, key: &str) -> Result<Vec<String>, VaultError> {
        self.all("SELECT key FROM ticket WHERE merged_key = ?1", [key], |row| row.get(0))
    }
}

#[cfg(test)]
mod tests {
    use super::ticket_key;

    #[test]
    fn one_ticket_has_one_key_however_it_is_written() {
        assert_eq!(ticket_key("#4821"), ticket_key(" 4821"));
        assert_eq!(ticket_key("RT-12"), ticket_key("rt-12"));
        assert_ne!(ticket_key("RT-12"), ticket_key("RT-1"));
    }
}
