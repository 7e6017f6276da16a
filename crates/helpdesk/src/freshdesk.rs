//! Freshdesk: developers.freshdesk.com/api, "List All Tickets", "View a Ticket", "Create a Note".
//!
//! Resolved and closed both turn back to open by a reply. A ticket that is merged away is closed, and only a note in
//! it says so, in English: a close that a list shows is asked about before it counts. Where that note was edited,
//! translated or removed, a merge cannot be told from a close.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::helpdesk::numbered;
use crate::pull::Place;
use crate::{
    Address, Answer, Call, Confirmation, Method, Page, Proof, Pull, Said, Step, TicketNews, TicketSignal,
    TicketState, Trouble,
    confirm::{PAGES_MAX, Stage},
    time,
};

/// The most Freshdesk gives at once.
const PER_PAGE: usize = 100;
/// Between two pages, and two rounds: the smallest plan allows 20 lists of tickets a minute, to everybody together.
const BETWEEN_PAGES: u64 = 4;
const BETWEEN_ROUNDS: u64 = 60;
/// A conversation's source.
const NOTE: u32 = 2;
/// Calls left to the whole company this minute; below this the desk waits for the next one.
const SCARCE: u64 = 10;

/// A Freshdesk account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshdesk {
    /// `https://company.freshdesk.com`.
    pub address: Address,
    /// What the company's own statuses mean, by their number; nothing is guessed of the others.
    #[serde(default)]
    pub statuses: BTreeMap<u32, TicketState>,
}

impl Freshdesk {
    pub(crate) fn check(&self) -> Call {
        Call::get(self.address.at("/api/v2/agents/me"))
    }

    pub(crate) fn checked(answer: &Answer) -> Result<(), Trouble> {
        #[derive(Deserialize)]
        struct Me {
            #[serde(rename = "id")]
            _id: u64,
        }
        serde_json::from_slice::<Me>(&answer.body).map(|_| ()).map_err(|_| Trouble::NotThisHelpdesk)
    }

    /// Oldest change first. Each page begins at the last time of the one before: whatever changes in between moves to
    /// the end, and nothing slips past.
    pub(crate) fn pull_call(&self, pull: &Pull) -> Call {
        let page = if let Place::Page { page } = pull.place { page } else { 1 };
        let since = time::print(pull.since).replace(':', "%3A");
        Call::get(self.address.at(&format!(
            "/api/v2/tickets?updated_since={since}&order_by=updated_at&order_type=asc&per_page={PER_PAGE}&page={page}"
        )))
    }

    pub(crate) fn pulled(&self, pull: &Pull, answer: &Answer) -> Result<Page, Trouble> {
        let tickets: Vec<Ticket> = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
        let news = tickets.iter().map(|ticket| self.news(ticket)).collect::<Result<Vec<_>, _>>()?;
        let scarce = answer.number("x-ratelimit-remaining").is_some_and(|left| left < SCARCE);
        let page = crate::keyset::page(pull, news, PER_PAGE);
        let wait = if page.more && !scarce { BETWEEN_PAGES } else { BETWEEN_ROUNDS };
        Ok(Page { wait, ..page })
    }

    pub(crate) fn confirm_call(&self, number: &str, stage: &Stage) -> Call {
        match stage {
            Stage::Ticket => Call::get(self.address.at(&format!("/api/v2/tickets/{number}"))),
            Stage::History { place, .. } => {
                let page = if let Place::Page { page } = place { *page } else { 1 };
                let path = format!("/api/v2/tickets/{number}/conversations?per_page={PER_PAGE}&page={page}");
                Call::get(self.address.at(&path))
            }
        }
    }

    pub(crate) fn confirmed(&self, confirmation: Confirmation, answer: &Answer) -> Result<Step, Trouble> {
        match confirmation.stage {
            Stage::Ticket => {
                let ticket: Ticket = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
                let news = TicketNews { proof: Proof::Pulled, ..self.news(&ticket)? };
                if !news.reference.same_ticket(&confirmation.reference) {
                    return Err(Trouble::Malformed);
                }
                Ok(match news.said {
                    Said::Is(TicketSignal::Closed) => {
                        let stage = Stage::History { news, into: None, place: Place::Start };
                        Step::Ask(Confirmation { stage, ..confirmation })
                    }
                    _ => Step::Done(news),
                })
            }
            Stage::History { news, into, place } => {
                let notes: Vec<Note> =
                    serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
                // The merge is the last thing that happened to it; oldest first.
                let told = notes.iter().rev().filter(|note| note.is_an_agents());
                let here = told.filter_map(|note| told_into(note.body_text.as_deref()?)).next();
                let here = here.map(numbered).transpose()?.filter(|into| !into.same_ticket(&news.reference));
                let into = here.or(into);
                let page = if let Place::Page { page } = place { page } else { 1 };
                if notes.len() >= PER_PAGE && page < PAGES_MAX {
                    let stage = Stage::History { news, into, place: Place::Page { page: page + 1 } };
                    return Ok(Step::Ask(Confirmation { stage, ..confirmation }));
                }
                let said = into.map_or(news.said.clone(), |into| Said::Is(TicketSignal::Merged(into)));
                Ok(Step::Done(TicketNews { said, ..news }))
            }
        }
    }

    pub(crate) fn note(&self, number: &str, text: &str) -> Call {
        let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let body = json!({ "body": html, "private": true });
        Call::send(Method::Post, self.address.at(&format!("/api/v2/tickets/{number}/notes")), &body)
    }

    fn news(&self, ticket: &Ticket) -> Result<TicketNews, Trouble> {
        let said = if ticket.deleted || ticket.spam {
            Said::Is(TicketSignal::Closed)
        } else {
            self.said(ticket.status)
        };
        // A list cannot tell a close from a merge.
        let proof = if said == Said::Is(TicketSignal::Closed) { Proof::Hint } else { Proof::Pulled };
        Ok(TicketNews {
            reference: numbered(ticket.id)?,
            said,
            at: time::parse(&ticket.updated_at).ok_or(Trouble::Malformed)?,
            proof,
        })
    }

    fn said(&self, status: u32) -> Said {
        Said::Is(match (status, self.statuses.get(&status)) {
            // Open and pending, and the two that come with every new account: waiting on customer, on third party.
            (2 | 3, _) | (6 | 7, None) | (_, Some(TicketState::Open)) => TicketSignal::Open,
            (4, _) | (_, Some(TicketState::Solved)) => TicketSignal::Solved,
            (5, _) | (_, Some(TicketState::Closed)) => TicketSignal::Closed,
            (_, None) => return Said::Unknown,
        })
    }
}

#[derive(Deserialize)]
struct Ticket {
    id: u64,
    status: u32,
    updated_at: String,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    spam: bool,
}

#[derive(Deserialize)]
struct Note {
    #[serde(default)]
    incoming: bool,
    /// 2: a note, public or private; others are replies, and what came in.
    source: Option<u32>,
    body_text: Option<String>,
}

impl Note {
    /// No customer writes notes.
    fn is_an_agents(&self) -> bool {
        !self.incoming && self.source.is_none_or(|source| source == NOTE)
    }
}

/// `This ticket is closed and merged into ticket 20`
fn told_into(note: &str) -> Option<u64> {
    let (_, after) = note.split_once("merged into ticket")?;
    let after = after.trim_start_matches([' ', '\u{a0}', '#']);
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    after.get(..digits)?.parse().ok()
}

#[cfg(test)]
#[path = "freshdesk_tests.rs"]
mod tests;
