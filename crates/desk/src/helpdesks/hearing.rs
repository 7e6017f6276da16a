//! What helpdesks say of tickets, applied: in one change with the place up to which it was heard.

use super::mapping::{helpdesk_of, here};
use crate::{
    Desk, DeskError,
    tickets::{self, Told},
};
use helpdesk::{Heard, Proof, Said, TicketNews, TicketRef, TicketSignal, Unheeded, Verdict};
use ledger::Who;
use vault::{
    Change, Db, VaultError,
    tables::{
        claim::{ClaimRow, Claimed},
        helpdesk::HelpdeskRow,
        ticket::{TicketRow, TicketState},
        ticket_note::TicketSays,
    },
};

/// What became of one piece of news.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heeded {
    /// No ticket of this desk's.
    NotOurs,
    /// It was acted upon.
    Acted,
    /// The helpdesk is to be asked how this ticket stands.
    Ask(TicketRef),
    /// Nothing changed.
    Nothing(Unheeded),
}

/// Hears one piece of news. `can_ask`: the helpdesk can be asked, and was not asked about this just now.
pub(crate) fn hear_news(
    change: &mut Change<'_>,
    rows: &[HelpdeskRow],
    row: &HelpdeskRow,
    news: &TicketNews,
    can_ask: bool,
) -> Result<Heeded, DeskError> {
    let Some(ticket) = here(row, &news.reference) else { return Ok(Heeded::NotOurs) };
    // Another connection may have that beginning; and most tickets of a helpdesk never had a request here.
    if helpdesk_of(rows, ticket.as_str()).is_none_or(|of| of.id != row.id)
        || !change.db().knows_ticket(ticket.as_str())?
    {
        return Ok(Heeded::NotOurs);
    }
    let heard = heard_of(change.db(), ticket.as_str())?;
    let (after, verdict) = heard.hear(news, can_ask);
    // How it stood when something was first asked for it here, or when the last was merged into it.
    let (first, last) = change.db().first_and_joined(ticket.as_str())?;
    let is_first = heard.is_nothing() && news.proof == Proof::Pulled;
    let stood = |since: Option<u64>| is_first && since.is_some_and(|since| news.at <= since);
    let text = serde_json::to_string(&after).map_err(|_| VaultError::Internal("heard"))?;
    let heeded = match verdict {
        // Whoever asks for something in a ticket that is over means to: that ends nothing, and is shown.
        Verdict::Act(TicketSignal::Solved | TicketSignal::Closed) if stood(first) => Heeded::Acted,
        Verdict::Act(signal) => {
            let Some(signal) = signal_here(row, signal) else { return Ok(Heeded::NotOurs) };
            // Its own time, where it was asked; what was only told counts from here.
            let at = if news.proof == Proof::Pulled { news.at } else { change.now() };
            let told = Told { source: &row.kind, who: Who::Desk, at, links_stay: stood(last) };
            tickets::hear(change, &ticket, &signal, told)?;
            Heeded::Acted
        }
        Verdict::Ask => {
            claim(change, row, &ticket, news)?;
            Heeded::Ask(ticket.clone())
        }
        Verdict::Nothing(why) => {
            if why == Unheeded::Unproven {
                claim(change, row, &ticket, news)?;
            }
            Heeded::Nothing(why)
        }
    };
    if after != heard {
        change.db().set_heard_of(ticket.as_str(), &text)?;
    }
    change.db().set_mentioned(ticket.as_str(), change.now())?;
    Ok(heeded)
}

/// The helpdesk was asked how one ticket stands: what a webhook claimed of it is settled.
pub(crate) fn hear_confirmed(
    change: &mut Change<'_>,
    rows: &[HelpdeskRow],
    row: &HelpdeskRow,
    claim: &ClaimRow,
    news: &TicketNews,
) -> Result<(), DeskError> {
    let over = match &news.said {
        Said::Is(signal) => {
            matches!(signal, TicketSignal::Solved | TicketSignal::Closed | TicketSignal::Merged(_))
        }
        Said::MergedSomewhere => true,
        Said::Unknown => false,
    };
    let heeded = hear_news(change, rows, row, news, false)?;
    change.db().drop_claim(&claim.ticket)?;
    if heeded == Heeded::Nothing(Unheeded::MergedSomewhere) {
        // For a person: only they can find out where it went.
        change.db().put_claim(&ClaimRow { says: Claimed::Merged, at: change.now(), ..claim.clone() })?;
        change.db().set_unsettled(&claim.ticket, "merged-somewhere")?;
    }
    if claim.says.ends() && !over {
        super::disbelieve(change, row.id, "contradicted")?;
    }
    if let Heeded::Nothing(why) = heeded
        && let Some(code) = super::unheeded_code(why)
    {
        super::disbelieve(change, row.id, code)?;
    }
    Ok(())
}

/// What a helpdesk said of a ticket so far.
fn heard_of(db: Db<'_>, ticket: &str) -> Result<Heard, VaultError> {
    Ok(db.heard_of(ticket)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Whether the ticket is over at its helpdesk, though it is open here: somebody asked for something in it all the same,
/// or took the close back here.
pub(crate) fn is_over_there(db: Db<'_>, ticket: &TicketRow) -> Result<bool, VaultError> {
    Ok(ticket.state == TicketState::Open && heard_of(db, &ticket.reference)?.is_over())
}

/// The desk wants to know how a ticket stands: its helpdesk, if it can be asked, is asked at the next visit.
pub(crate) fn ask_about(change: &Change<'_>, ticket: &str, says: Claimed) -> Result<(), VaultError> {
    let rows = change.db().helpdesks()?;
    match helpdesk_of(&rows, ticket) {
        Some(row) if row.setup.is_some() => {
            let (helpdesk, at) = (row.id, change.now());
            let ticket = ticket.to_owned();
            change.db().ask_about(&ClaimRow { ticket, helpdesk, says, at, unsettled: None })
        }
        _ => Ok(()),
    }
}

/// Keeps what a webhook says until it is settled.
fn claim(
    change: &Change<'_>,
    row: &HelpdeskRow,
    ticket: &TicketRef,
    news: &TicketNews,
) -> Result<(), VaultError> {
    let says = match &news.said {
        Said::Is(TicketSignal::Open | TicketSignal::Reopened) | Said::Unknown => Claimed::Open,
        Said::Is(TicketSignal::Solved) => Claimed::Solved,
        Said::Is(TicketSignal::Closed) => Claimed::Closed,
        Said::Is(TicketSignal::Merged(_)) | Said::MergedSomewhere => Claimed::Merged,
    };
    let (ticket, at) = (ticket.as_str().to_owned(), change.now());
    change.db().put_claim(&ClaimRow { ticket, helpdesk: row.id, says, at, unsettled: None })
}

/// A merge names a ticket as the helpdesk does.
fn signal_here(row: &HelpdeskRow, signal: TicketSignal) -> Option<TicketSignal> {
    match signal {
        TicketSignal::Merged(into) => here(row, &into).map(TicketSignal::Merged),
        signal => Some(signal),
    }
}

/// Queues a note for the ticket's helpdesk, where there is one that is to be told.
pub(crate) fn tell_helpdesk(
    change: &Change<'_>,
    ticket: &str,
    says: TicketSays,
    certificate: Option<&str>,
) -> Result<(), VaultError> {
    let rows = change.db().helpdesks()?;
    match helpdesk_of(&rows, ticket) {
        Some(row) if row.notes && row.setup.is_some() => {
            change.db().tell_ticket(row.id, ticket, says, certificate, change.now())
        }
        _ => Ok(()),
    }
}

impl Desk {
    /// What a webhook says of a ticket and nothing confirmed: for its request's page.
    pub async fn claim_of(&self, ticket: &str) -> Result<Option<ClaimRow>, DeskError> {
        let ticket = ticket.to_owned();
        self.read(move |db| Ok(db.claim(&ticket)?)).await
    }
}
