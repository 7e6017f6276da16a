//! What happened so far, as somebody writes it down who sees desk, customers and helpdesk, and what DESIGN §5 makes of
//! it: when each thing may go at the earliest, and must at the latest.

use super::sender::Sender;
use std::collections::BTreeMap;
use vault::{RequestId, tables::ticket::TicketState};
use wire::{BoxId, DataClass};
use zeroize::Zeroizing;

/// What happened so far.
#[derive(Default)]
pub(crate) struct Book {
    /// Requests whose link came out.
    pub(crate) asked: Vec<Asked>,
    /// Rounds whose link somebody has.
    pub(crate) rounds: Vec<Known>,
    tickets: BTreeMap<String, Vec<(u64, Ticket)>>,
}

/// A request, and what an agent tried to do with it.
pub(crate) struct Asked {
    /// Its id.
    pub(crate) request: RequestId,
    /// The ticket it was asked for.
    pub(crate) ticket: String,
    /// Somebody wanted all of it erased.
    pub(crate) erase: bool,
    /// Somebody said "charged".
    pub(crate) charged: bool,
}

/// A round that customers know.
pub(crate) struct Known {
    /// Its box.
    pub(crate) box_id: BoxId,
    /// Its request.
    pub(crate) request: RequestId,
    /// The link's code.
    pub(crate) code: Zeroizing<String>,
    /// The browsers that opened it.
    pub(crate) senders: Vec<Sender>,
    /// What was said.
    pub(crate) words: Vec<Said>,
    /// An agent wanted it back.
    pub(crate) revoke: bool,
}

/// A word, from its first try on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    /// Take back, or withdraw.
    pub(crate) take_back: bool,
    /// The relay took it.
    pub(crate) heard: bool,
    /// What it was about had been accepted, from this very browser.
    pub(crate) own: bool,
}

/// A ticket at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Where it stands.
    pub(crate) state: TicketState,
    /// Since when grace counts.
    pub(crate) since: Option<u64>,
    /// When it was closed.
    pub(crate) closed: Option<u64>,
    /// The ticket it goes on as.
    pub(crate) merged: Option<String>,
}

/// What a helpdesk or a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Open, or open again.
    Open,
    /// Solved.
    Solved,
    /// Closed.
    Closed,
    /// A person takes a close back.
    Undo,
    /// Goes on as another.
    Merged(String),
}

/// One class of one round, as far as its end goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life<'a> {
    /// The ticket it was asked for.
    pub(crate) ticket: &'a str,
    /// Its class.
    pub(crate) class: DataClass,
    /// When it came into the vault.
    pub(crate) arrived: Option<u64>,
    /// Until when it is kept as a guarantee.
    pub(crate) kept_until: Option<u64>,
    /// The latest the customer was promised.
    pub(crate) promised: u64,
}

const OPEN: Ticket = Ticket { state: TicketState::Open, since: None, closed: None, merged: None };
const HOUR: u64 = 3_600;

/// Seconds after solved, and after arrival (DESIGN §5).
const fn terms(class: DataClass) -> (u64, u64) {
    match class {
        DataClass::Payment => (HOUR, 72 * HOUR),
        DataClass::Identity | DataClass::General => (72 * HOUR, 30 * 24 * HOUR),
    }
}

impl Book {
    /// The request a round belongs to.
    pub(crate) fn asked_of(&self, request: RequestId) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.request == request)
    }

    /// The round of a box.
    pub(crate) fn round(&self, id: BoxId) -> Option<&Known> {
        self.rounds.iter().find(|round| round.box_id == id)
    }

    /// A ticket as it stands.
    pub(crate) fn ticket(&self, name: &str) -> Ticket {
        self.tickets.get(name).and_then(|then| then.last()).map_or(OPEN, |(_, ticket)| ticket.clone())
    }

    /// What became of a ticket whose change was not seen to its end.
    pub(crate) fn found(&mut self, name: &str, at: u64, ticket: Ticket) {
        if self.ticket(name) != ticket {
            self.tickets.entry(name.to_owned()).or_default().push((at, ticket));
        }
    }

    /// What a signal makes of a ticket.
    pub(crate) fn hear(&mut self, name: &str, signal: &Signal, now: u64) {
        let mut ticket = self.ticket(name);
        if ticket.merged.is_some() {
            return;
        }
        match (ticket.state, signal) {
            (_, Signal::Merged(into)) => {
                let into = self.goes_on_as(into);
                if into == name {
                    return;
                }
                ticket.merged = Some(into);
            }
            (TicketState::Solved | TicketState::Closed, Signal::Undo)
            | (TicketState::Solved, Signal::Open) => {
                ticket = OPEN;
            }
            (TicketState::Closed, _)
            | (TicketState::Open, Signal::Open | Signal::Undo)
            | (TicketState::Solved, Signal::Solved) => return,
            (TicketState::Open, Signal::Solved) => {
                (ticket.state, ticket.since) = (TicketState::Solved, Some(now));
            }
            (_, Signal::Closed) => {
                ticket.state = TicketState::Closed;
                (ticket.since, ticket.closed) = (ticket.since.or(Some(now)), Some(now));
            }
        }
        self.tickets.entry(name.to_owned()).or_default().push((now, ticket));
    }

    /// The ticket that a number stands for after all merges.
    pub(crate) fn goes_on_as(&self, name: &str) -> String {
        let mut seen = vec![name.to_owned()];
        let mut name = name.to_owned();
        while let Some(into) = self.ticket(&name).merged {
            if seen.contains(&into) {
                return into;
            }
            seen.push(into.clone());
            name = into;
        }
        name
    }

    /// When it is to go as things stand now.
    pub(crate) fn due(&self, life: Life<'_>) -> u64 {
        due(&self.ticket(&self.goes_on_as(life.ticket)), self.moved(life.ticket), life)
    }

    /// When what was asked for a ticket last moved to another: a merge ends nothing, so grace counts from there at the
    /// earliest.
    fn moved(&self, name: &str) -> u64 {
        let (mut name, mut seen, mut moved) = (name.to_owned(), Vec::new(), 0);
        while let Some((at, into)) = self.merge(&name).filter(|_| !seen.contains(&name)) {
            moved = moved.max(at);
            seen.push(std::mem::replace(&mut name, into));
        }
        moved
    }

    fn merge(&self, name: &str) -> Option<(u64, String)> {
        self.tickets.get(name)?.iter().find_map(|(at, ticket)| Some((*at, ticket.merged.clone()?)))
    }

    /// The earliest it could have been due at a time: whatever its ticket was then, before and after what happened in
    /// that very second.
    pub(crate) fn earliest(&self, life: Life<'_>, at: u64) -> u64 {
        let mut found = Vec::new();
        self.then(life.ticket, at, (0, 0), &mut found);
        found.iter().map(|(ticket, moved)| due(ticket, *moved, life)).min().unwrap_or(life.promised)
    }

    /// Whether its ticket was closed at or before a time.
    pub(crate) fn was_closed(&self, name: &str, at: u64) -> bool {
        self.tickets.iter().any(|(other, then)| {
            (other == name || self.goes_on_as(name) == *other)
                && then.iter().any(|(when, ticket)| *when <= at && ticket.closed.is_some())
        })
    }

    fn then(&self, name: &str, at: u64, (depth, moved): (usize, u64), found: &mut Vec<(Ticket, u64)>) {
        let empty = Vec::new();
        let history = self.tickets.get(name).unwrap_or(&empty);
        let before =
            history.iter().rev().find(|(when, _)| *when < at).map_or(OPEN, |(_, ticket)| ticket.clone());
        let during = history.iter().filter(|(when, _)| *when == at).map(|(_, ticket)| ticket.clone());
        for ticket in std::iter::once(before).chain(during) {
            match &ticket.merged {
                Some(into) if depth < 8 => {
                    let moved = moved.max(self.merge(name).map_or(0, |(when, _)| when));
                    self.then(into, at, (depth + 1, moved), found);
                }
                _ => found.push((ticket, moved)),
            }
        }
    }
}

fn due(ticket: &Ticket, moved: u64, life: Life<'_>) -> u64 {
    let (grace, term) = terms(life.class);
    let Some(arrived) = life.arrived else { return life.promised };
    // A guarantee's time counts from the date until which it is kept.
    let from = |time: u64| time.max(life.kept_until.unwrap_or(0));
    let latest = (from(arrived) + term).min(life.promised);
    match (ticket.state, ticket.since) {
        (TicketState::Open, _) | (_, None) => latest,
        (_, Some(since)) => (from(since.max(arrived).max(moved)) + grace).min(latest),
    }
}
