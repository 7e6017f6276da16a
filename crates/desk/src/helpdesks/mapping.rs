//! Which helpdesk a reference belongs to, and what the ticket is called there.

use helpdesk::{Helpdesk, TicketRef};
use vault::{VaultError, tables::helpdesk::HelpdeskRow};

/// The longest beginning of a reference, in characters.
pub(crate) const PREFIX_MAX: usize = 16;

/// The connection a reference belongs to: the one with the longest fitting beginning, else the one without any.
pub(crate) fn helpdesk_of<'a>(rows: &'a [HelpdeskRow], ticket: &str) -> Option<&'a HelpdeskRow> {
    let bare = bare(ticket);
    let fitting = rows.iter().filter(|row| starts_with(bare, &row.prefix));
    fitting.max_by_key(|row| row.prefix.len())
}

/// What a ticket of this connection is called here.
pub(crate) fn here(row: &HelpdeskRow, there: &TicketRef) -> Option<TicketRef> {
    let there = there.as_str();
    if row.prefix.is_empty() || starts_with(bare(there), &row.prefix) {
        return there.parse().ok();
    }
    format!("{}{}", row.prefix, bare(there)).parse().ok()
}

/// What a ticket of this connection is called there. A beginning that is ours alone is left out; one that belongs to
/// the helpdesk's own names, as a project's key does, stays.
pub(crate) fn there(row: &HelpdeskRow, helpdesk: &Helpdesk, ticket: &str) -> Option<TicketRef> {
    let bare = bare(ticket);
    let without = bare.get(row.prefix.len()..).filter(|_| starts_with(bare, &row.prefix));
    [without, Some(bare)]
        .into_iter()
        .flatten()
        .filter_map(|name| name.parse().ok())
        .find(|name| helpdesk.confirm(name).is_ok())
}

/// A connection's setup, as it was kept.
pub(crate) fn setup(row: &HelpdeskRow) -> Result<Option<Helpdesk>, VaultError> {
    let Some(text) = &row.setup else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|_| VaultError::Internal("helpdesk setup"))
}

fn bare(ticket: &str) -> &str {
    ticket.trim().trim_start_matches('#')
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}
