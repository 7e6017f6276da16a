//! What helpdesks say of tickets, applied: in one change with the place up to which it was heard.

use super::mapping::{helpdesk_of, here};
use crate::{Desk, DeskError, tickets};
use helpdesk::{Heard, Said, TicketNews, TicketRef, TicketSignal, Unheeded, Verdict};
use ledger::Who;
use vault::{
    Change, VaultError,
    tables::{
        claim::{ClaimRow, Claimed},
        helpdesk::HelpdeskRow,
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
    let heard = match change.db().heard_of(ticket.as_str())? {
        Some(text) => serde_json::from_str(&text).unwrap_or_default(),
        None => Heard::default(),
    };
    let (after, verdict) = heard.hear(news, can_ask);
    let text = serde_json::to_string(&after).map_err(|_| VaultError::Internal("heard"))?;
    let heeded = match verdict {
        Verdict::Act(signal) => {
            let Some(signal) = signal_here(row, signal) else { return Ok(Heeded::NotOurs) };
            tickets::hear(change, &ticket, &signal, &row.kind, Who::Desk)?;
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
    let at = change.now();
    change.db().put_claim(&ClaimRow { ticket: ticket.as_str().to_owned(), helpdesk: row.id, says, at })
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
