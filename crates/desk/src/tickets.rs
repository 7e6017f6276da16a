//! What a ticket's state means for what is held (DESIGN §5): solved and closed set the end, reopening takes it back,
//! a merge moves and never ends anything.

use crate::{Desk, DeskError, notes, shelves::reshelve};
use helpdesk::{Consequence, Ticket, TicketRef, TicketSignal};
use ledger::{What, Who};
use seal::note::Says;
use vault::{
    Change, PurgeOrder, RequestId, VaultError,
    tables::{
        claim::Claimed,
        holding::{HoldingRow, HoldingState},
        outbox::Message,
        round::RoundState,
        ticket::{TicketRow, TicketState},
    },
};
use wire::{BoxId, DataClass};

/// Who says what a ticket has become, and since when.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    /// By code.
    pub(crate) source: &'a str,
    pub(crate) who: Who,
    /// UTC seconds; the helpdesk's own time where it was asked. Grace counts from then.
    pub(crate) at: u64,
    /// Links that wait stay, though the ticket is closed: it was when another was merged into it.
    pub(crate) links_stay: bool,
}

/// What closing a ticket sets in motion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// When each class of each round will be destroyed, UTC seconds.
    pub due: Vec<(BoxId, DataClass, u64)>,
    /// Links that are being taken back, unless the relay already accepted something through them.
    pub revoked: Vec<BoxId>,
}

impl Desk {
    /// The helpdesk, or the person at the desk, says what a ticket has become. `source` is a code.
    pub async fn hear_ticket(
        &self,
        ticket: &str,
        signal: TicketSignal,
        source: &'static str,
    ) -> Result<Closing, DeskError> {
        self.hear_ticket_from(ticket, signal, source, Who::Desk).await
    }

    async fn hear_ticket_from(
        &self,
        ticket: &str,
        signal: TicketSignal,
        source: &'static str,
        who: Who,
    ) -> Result<Closing, DeskError> {
        let reference: TicketRef = ticket.parse().map_err(|_| DeskError::Ticket)?;
        let closing = self
            .vault(move |vault, now| {
                let told = Told { source, who, at: now, links_stay: false };
                vault.change(now, |change| hear(change, &reference, &signal, told))
            })
            .await?;
        self.ring_all();
        Ok(closing)
    }

    /// Closes a ticket by hand: grace begins, links still waiting are taken back.
    pub async fn close_ticket(&self, ticket: &str) -> Result<Closing, DeskError> {
        let who = self.session()?.who();
        self.hear_ticket_from(ticket, TicketSignal::Closed, "person", who).await
    }

    /// Takes a close by hand back, as long as nothing is being destroyed.
    pub async fn undo_close(&self, ticket: &str) -> Result<(), DeskError> {
        let session = self.session()?;
        let reference: TicketRef = ticket.parse().map_err(|_| DeskError::Ticket)?;
        self.vault(move |vault, now| {
            vault.change(now, |change| {
                let row = change.db().ticket(reference.as_str())?;
                if row.state == TicketState::Open {
                    return Err(VaultError::WrongState.into());
                }
                let ended = alive(change, reference.as_str())?.is_empty();
                if ended {
                    return Err(DeskError::TooLate);
                }
                let told = Told { source: "undo", who: session.who(), at: now, links_stay: false };
                set_state(change, &row, TicketState::Open, told)?;
                reopen(change, reference.as_str())
            })
        })
        .await?;
        self.ring_all();
        Ok(())
    }

    /// The card was charged: destroyed now.
    pub async fn charged(&self, request: RequestId) -> Result<Vec<vault::PurgeId>, DeskError> {
        self.destroy_now(request, Some(DataClass::Payment), "charged").await
    }

    /// Destroys everything a request holds, now. There is no way back.
    pub async fn erase_now(&self, request: RequestId) -> Result<Vec<vault::PurgeId>, DeskError> {
        self.destroy_now(request, None, "erase-now").await
    }

    async fn destroy_now(
        &self,
        request: RequestId,
        only: Option<DataClass>,
        rule: &'static str,
    ) -> Result<Vec<vault::PurgeId>, DeskError> {
        let person = self.session()?.person();
        let begun = self
            .vault(move |vault, now| {
                let row = vault.db().request(request)?;
                let mut targets = Vec::new();
                let mut waiting = Vec::new();
                for round in vault.db().rounds_of(request)? {
                    // A link through which nothing came is taken back; the relay says whether that is so.
                    if round.state.awaits() && round.state != RoundState::Sent {
                        waiting.push(round.box_id);
                        continue;
                    }
                    for held in vault.db().holdings(round.box_id)? {
                        let wanted = only.is_none_or(|class| class == held.class);
                        if wanted && held.state == HoldingState::Alive {
                            targets.push((round.box_id, held.class));
                        }
                    }
                }
                if only.is_none() {
                    vault.change(now, |change| {
                        waiting.iter().try_for_each(|id| change.db().tell(*id, &Message::Revoke))
                    })?;
                }
                if targets.is_empty() {
                    return if only.is_none() && !waiting.is_empty() {
                        Ok(Vec::new())
                    } else {
                        Err(VaultError::WrongState.into())
                    };
                }
                let order = PurgeOrder {
                    ticket: &row.ticket,
                    rule,
                    person: Some(person),
                    due: now,
                    targets,
                    status_ended: Vec::new(),
                };
                let purges = vault.begin_purges(now, &[order])?;
                vault.change(now, |change| reshelve(change, request))?;
                Ok(purges)
            })
            .await?;
        self.inner.purge_bell.notify_one();
        self.inner.outbox_bell.notify_one();
        for purge in &begun {
            self.wait_recorded(*purge).await?;
        }
        Ok(begun)
    }

    pub(crate) fn ring_all(&self) {
        self.inner.purge_bell.notify_one();
        self.inner.outbox_bell.notify_one();
        self.tell_news();
    }
}

pub(crate) fn hear(
    change: &mut Change<'_>,
    reference: &TicketRef,
    signal: &TicketSignal,
    told: Told<'_>,
) -> Result<Closing, DeskError> {
    // A helpdesk's clock that is ahead of this one's delays nothing.
    let told = Told { at: told.at.min(change.now()), ..told };
    let mut closing = Closing { due: Vec::new(), revoked: Vec::new() };
    let row = change.db().ticket(reference.as_str())?;
    let (_, consequence) = as_ticket(reference, &row)?.hear(signal);
    match consequence {
        Consequence::Unchanged => {}
        Consequence::Solved => {
            set_state(change, &row, TicketState::Solved, told)?;
            closing.due = set_ends(change, reference.as_str(), told.at, "ticket-solved", None)?;
        }
        Consequence::Closed { .. } => {
            set_state(change, &row, TicketState::Closed, told)?;
            if !told.links_stay {
                revoke_waiting(change, reference.as_str(), told.who, &mut closing.revoked)?;
            }
            // Grace began when it was solved, or begins when it was closed.
            let since = row.solved.unwrap_or(told.at);
            closing.due = set_ends(change, reference.as_str(), since, "ticket-closed", None)?;
        }
        Consequence::Reopened => {
            set_state(change, &row, TicketState::Open, told)?;
            reopen(change, reference.as_str())?;
        }
        Consequence::Merged { into } => {
            let into = current(change, &into)?;
            if into.same_ticket(reference) {
                return Ok(closing);
            }
            let merged = What::Merged {
                ticket: reference.as_str().parse().map_err(|_| DeskError::Ticket)?,
                into: into.as_str().parse().map_err(|_| DeskError::Ticket)?,
                source: told.source.parse().map_err(|_| VaultError::Internal("code"))?,
            };
            change.record(told.who, merged)?;
            change.db().put_ticket(&TicketRow { merged_into: Some(into.as_str().to_owned()), ..row })?;
            let moved: Vec<_> =
                change.db().requests_of(reference.as_str())?.into_iter().map(|request| request.id).collect();
            change.db().move_requests(reference.as_str(), into.as_str(), change.now())?;
            // They follow the ticket they belong to now. A merge never ends anything by itself: what moves to one that
            // is over has its whole grace from here, and links that wait stay until their own end.
            let target = change.db().ticket(into.as_str())?;
            let rule = match target.state {
                TicketState::Open => None,
                TicketState::Solved => Some("ticket-solved"),
                TicketState::Closed => Some("ticket-closed"),
            };
            match rule {
                None => reopen(change, into.as_str())?,
                Some(rule) => {
                    let since = target.solved.or(target.closed).unwrap_or_else(|| change.now());
                    closing.due = set_ends(change, into.as_str(), since, rule, Some(&moved))?;
                }
            }
            // It may never have been heard of here.
            crate::helpdesks::ask_about(change, into.as_str(), Claimed::Joined)?;
        }
    }
    Ok(closing)
}

/// The ticket that a reference stands for after all merges.
pub(crate) fn current(change: &Change<'_>, reference: &TicketRef) -> Result<TicketRef, DeskError> {
    let mut reference = reference.clone();
    let mut seen = vec![reference.clone()];
    while let Some(into) = change.db().ticket(reference.as_str())?.merged_into {
        reference = into.parse().map_err(|_| DeskError::Ticket)?;
        // Two tickets merged into each other end where that is noticed.
        if seen.contains(&reference) {
            break;
        }
        seen.push(reference.clone());
    }
    Ok(reference)
}

/// When each class of a round that just arrived is to be destroyed: at the end of its term, or sooner where its ticket
/// is solved already, which the customer is then told.
pub(crate) fn set_first_ends(change: &Change<'_>, id: BoxId, ticket: &str) -> Result<(), VaultError> {
    let (db, now) = (change.db(), change.now());
    let row = db.ticket(ticket)?;
    let mut first = None;
    for held in db.holdings(id)?.into_iter().filter(|held| held.state == HoldingState::Alive) {
        let (term, grace) = (term(&held, now), begins(&held, now) + held.grace);
        let (due, rule) = match row.state {
            TicketState::Solved if grace <= term => (grace, "ticket-solved"),
            TicketState::Closed if grace <= term => (grace, "ticket-closed"),
            _ => (term, "term"),
        };
        db.set_due(id, held.class, Some(due), rule)?;
        first = [first, Some(due)].into_iter().flatten().min();
    }
    match first {
        Some(due) if row.state != TicketState::Open => notes::write(change, id, Says::Closing { due }),
        _ => Ok(()),
    }
}

struct Living {
    request: RequestId,
    arrived: u64,
    /// When it came to this ticket by a merge; 0 where it always was there.
    joined: u64,
    held: HoldingRow,
}

/// Every living holding of a ticket that something arrived or was sent for.
fn alive(change: &Change<'_>, ticket: &str) -> Result<Vec<Living>, DeskError> {
    let db = change.db();
    let mut found = Vec::new();
    for request in db.requests_of(ticket)? {
        let joined = db.joined(request.id)?;
        for round in db.rounds_of(request.id)? {
            // What was sent and could not be taken in ends like what was; its time counts from the asking.
            let stuck = (round.state == RoundState::Sent && round.problem.is_some()).then_some(round.opened);
            let Some(arrived) = round.arrived.or(stuck) else { continue };
            for held in db.holdings(round.box_id)? {
                if held.state == HoldingState::Alive {
                    found.push(Living { request: request.id, arrived, joined, held });
                }
            }
        }
    }
    Ok(found)
}

/// When something that arrived is destroyed if its ticket is closed at that moment:
/// `due = min(since + grace, arrival + term)`, never later than the customer was promised. UTC seconds.
pub fn due_if_closed(held: &HoldingRow, arrived: u64, since: u64) -> u64 {
    (begins(held, since.max(arrived)) + held.grace).min(term(held, arrived))
}

/// The longest it lives after it arrived, UTC seconds: a guarantee's time counts from the date it is kept until.
pub fn term(held: &HoldingRow, arrived: u64) -> u64 {
    (begins(held, arrived) + held.term).min(held.term_max)
}

fn begins(held: &HoldingRow, from: u64) -> u64 {
    from.max(held.kept_until.unwrap_or(0))
}

/// Every living holding, of these requests alone where some are named, ends as its ticket was closed, which the
/// customer is told.
fn set_ends(
    change: &Change<'_>,
    ticket: &str,
    since: u64,
    rule: &str,
    only: Option<&[RequestId]>,
) -> Result<Vec<(BoxId, DataClass, u64)>, DeskError> {
    let mut ends = Vec::new();
    for Living { request, arrived, joined, held } in alive(change, ticket)? {
        if only.is_some_and(|only| !only.contains(&request)) {
            continue;
        }
        // A ticket that was over long before another moved into it takes nothing of that one's grace.
        let since = since.max(joined);
        let due = due_if_closed(&held, arrived, since);
        let rule = if due == begins(&held, since.max(arrived)) + held.grace { rule } else { "term" };
        change.db().set_due(held.box_id, held.class, Some(due), rule)?;
        ends.push((held.box_id, held.class, due));
    }
    tell_ends(change, ticket, &ends)?;
    Ok(ends)
}

fn tell_ends(change: &Change<'_>, ticket: &str, ends: &[(BoxId, DataClass, u64)]) -> Result<(), DeskError> {
    tell_each(change, ticket, |id| {
        let due = ends.iter().filter(|(other, ..)| *other == id).map(|(.., due)| *due).min();
        due.map(|due| Says::Closing { due })
    })
}

fn reopen(change: &Change<'_>, ticket: &str) -> Result<(), DeskError> {
    let mut boxes = Vec::new();
    for Living { arrived, held, .. } in alive(change, ticket)? {
        let due = term(&held, arrived);
        // Whoever was not told of an end need not hear that it was taken back.
        if held.due != Some(due) {
            boxes.push(held.box_id);
        }
        change.db().set_due(held.box_id, held.class, Some(due), "term")?;
    }
    tell_each(change, ticket, |id| boxes.contains(&id).then_some(Says::Reopened {}))
}

/// One note to each of a ticket's boxes that `says` has something for; and every request on its shelf.
fn tell_each(
    change: &Change<'_>,
    ticket: &str,
    says: impl Fn(BoxId) -> Option<Says>,
) -> Result<(), DeskError> {
    let db = change.db();
    for request in db.requests_of(ticket)? {
        for round in db.rounds_of(request.id)? {
            if let Some(says) = says(round.box_id) {
                notes::write(change, round.box_id, says)?;
            }
        }
        reshelve(change, request.id)?;
    }
    Ok(())
}

fn revoke_waiting(
    change: &Change<'_>,
    ticket: &str,
    who: Who,
    revoked: &mut Vec<BoxId>,
) -> Result<(), DeskError> {
    for request in change.db().requests_of(ticket)? {
        for round in change.db().rounds_of(request.id)? {
            // What was already sent is collected first and then lives its grace; the relay decides which it is.
            if matches!(round.state, RoundState::Waiting | RoundState::Sending) {
                change.db().tell(round.box_id, &Message::Revoke)?;
                let by_helpdesk = matches!(who, Who::Desk);
                change.db().set_taken_back(round.box_id, if by_helpdesk { "helpdesk" } else { "closed" })?;
                revoked.push(round.box_id);
            }
        }
    }
    Ok(())
}

fn set_state(
    change: &mut Change<'_>,
    row: &TicketRow,
    to: TicketState,
    told: Told<'_>,
) -> Result<(), DeskError> {
    let what = What::TicketChanged {
        ticket: row.reference.parse().map_err(|_| DeskError::Ticket)?,
        from: ledger_state(row.state),
        to: ledger_state(to),
        source: told.source.parse().map_err(|_| VaultError::Internal("code"))?,
    };
    change.record(told.who, what)?;
    let mut row = row.clone();
    row.state = to;
    row.by_hand = !matches!(told.who, Who::Desk);
    // Decided: what a webhook claims of it is of no interest any more.
    change.db().drop_claim(&row.reference)?;
    match to {
        TicketState::Open => (row.solved, row.closed) = (None, None),
        TicketState::Solved => row.solved = Some(told.at),
        TicketState::Closed => row.closed = Some(told.at),
    }
    Ok(change.db().put_ticket(&row)?)
}

fn as_ticket(reference: &TicketRef, row: &TicketRow) -> Result<Ticket, DeskError> {
    let state = match row.state {
        TicketState::Open => helpdesk::TicketState::Open,
        TicketState::Solved => helpdesk::TicketState::Solved,
        TicketState::Closed => helpdesk::TicketState::Closed,
    };
    let merged_into =
        row.merged_into.as_deref().map(str::parse).transpose().map_err(|_| DeskError::Ticket)?;
    Ok(Ticket { reference: reference.clone(), state, merged_into })
}

fn ledger_state(state: TicketState) -> ledger::TicketState {
    match state {
        TicketState::Open => ledger::TicketState::Open,
        TicketState::Solved => ledger::TicketState::Solved,
        TicketState::Closed => ledger::TicketState::Closed,
    }
}
