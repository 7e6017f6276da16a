//! Zendesk Support: developer.zendesk.com, "Incremental Exports", "Tickets", "Ticket Audits".
//!
//! Solved turns back to open by a reply; closed comes 1 hour to 28 days later and is final. A ticket that is merged
//! away is closed at once and tagged `closed_by_merge`; what it was merged into stands in its history.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::helpdesk::numbered;
use crate::pull::Place;
use crate::{
    Address, Answer, Authorization, Call, Confirmation, Credential, Method, Page, Proof, Pull, Said, Step,
    TicketNews, TicketSignal, Trouble, confirm::Stage, time,
};

/// Tickets of one page; Zendesk's own limit is 1,000. A ticket brings its whole description along.
const PER_PAGE: u32 = 200;
/// The export gives nothing of the last minute.
const RECENT: u64 = 61;
/// Ten calls a minute are allowed; half of them are the desk's.
const BETWEEN_PAGES: u64 = 12;
const BETWEEN_ROUNDS: u64 = 60;
/// A tag that Zendesk puts on what is merged away.
const MERGED: &str = "closed_by_merge";

/// A Zendesk account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zendesk {
    /// `https://company.zendesk.com`.
    pub address: Address,
    /// Who the credential belongs to.
    pub account: ZendeskAccount,
}

/// How the desk signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZendeskAccount {
    /// An API token of the account with this e-mail address.
    ApiToken(String),
    /// An OAuth access token.
    OAuth,
}

impl Zendesk {
    pub(crate) fn authorization(&self, credential: &Credential) -> Authorization {
        match &self.account {
            ZendeskAccount::ApiToken(email) => credential.as_password_of(&format!("{}/token", email.trim())),
            ZendeskAccount::OAuth => credential.as_bearer(),
        }
    }

    pub(crate) fn check(&self) -> Call {
        Call::get(self.address.at("/api/v2/users/me.json"))
    }

    /// Whoever is not signed in is somebody without a number there, and no error.
    pub(crate) fn checked(answer: &Answer) -> Result<(), Trouble> {
        #[derive(Deserialize)]
        struct Me {
            user: User,
        }
        #[derive(Deserialize)]
        struct User {
            id: Option<u64>,
        }
        let me: Me = serde_json::from_slice(&answer.body).map_err(|_| Trouble::NotThisHelpdesk)?;
        me.user.id.map(|_| ()).ok_or(Trouble::SignIn)
    }

    pub(crate) fn pull_call(&self, pull: &Pull, now: u64) -> Call {
        let query = match &pull.place {
            Place::Cursor { cursor, .. } => format!("cursor={}", encoded(cursor)),
            _ => format!("start_time={}", pull.since.min(now.saturating_sub(RECENT))),
        };
        let path = format!("/api/v2/incremental/tickets/cursor.json?per_page={PER_PAGE}&{query}");
        Call::get(self.address.at(&path))
    }

    pub(crate) fn pulled(pull: &Pull, answer: &Answer) -> Result<Page, Trouble> {
        #[derive(Deserialize)]
        struct Export {
            tickets: Vec<Ticket>,
            after_cursor: Option<String>,
            end_of_stream: bool,
        }
        let export: Export = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
        let news = export.tickets.iter().map(Ticket::news).collect::<Result<Vec<_>, _>>()?;
        let newest = news.iter().map(|news| news.at).max().unwrap_or(0).max(pull.newest);
        // A cursor is a pointer of some dozen letters; without one the round begins again where it was.
        let cursor = export.after_cursor.filter(|cursor| (1..=1024).contains(&cursor.len()));
        let next = match cursor {
            Some(cursor) => Pull { place: Place::Cursor { cursor }, ..pull.after_newest(newest) },
            None if export.end_of_stream => pull.after_newest(newest),
            None => return Err(Trouble::Malformed),
        };
        let wait = if export.end_of_stream { BETWEEN_ROUNDS } else { BETWEEN_PAGES };
        let wait = if answer.number("x-rate-limit-remaining") == Some(0) { BETWEEN_ROUNDS } else { wait };
        Ok(Page { news, next, more: !export.end_of_stream, wait })
    }

    pub(crate) fn confirm_call(&self, number: &str, stage: &Stage) -> Call {
        match stage {
            Stage::Ticket => Call::get(self.address.at(&format!("/api/v2/tickets/{number}.json"))),
            // Oldest first, and the most that are given at once.
            Stage::History { place, .. } => {
                let after = match place {
                    Place::Cursor { cursor } => format!("&page%5Bafter%5D={}", encoded(cursor)),
                    _ => String::new(),
                };
                let path = format!("/api/v2/tickets/{number}/audits.json?page%5Bsize%5D=100{after}");
                Call::get(self.address.at(&path))
            }
        }
    }

    pub(crate) fn confirmed(confirmation: Confirmation, answer: &Answer) -> Result<Step, Trouble> {
        #[derive(Deserialize)]
        struct Shown {
            ticket: Ticket,
        }
        match confirmation.stage {
            Stage::Ticket => {
                let shown: Shown = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
                let news = shown.ticket.news()?;
                if !news.reference.same_ticket(&confirmation.reference) {
                    return Err(Trouble::Malformed);
                }
                Ok(match news.said {
                    Said::MergedSomewhere => {
                        let stage = Stage::History { news, into: None, place: Place::Start };
                        Step::Ask(Confirmation { stage, ..confirmation })
                    }
                    _ => Step::Done(news),
                })
            }
            Stage::History { news, into, .. } => {
                let history: History =
                    serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
                let here = history.merged_into().map(numbered).transpose()?;
                let into = here.filter(|into| !into.same_ticket(&news.reference)).or(into);
                if let Some(cursor) = history.next() {
                    let stage = Stage::History { news, into, place: Place::Cursor { cursor } };
                    return Ok(Step::Ask(Confirmation { stage, ..confirmation }));
                }
                let said = into.map_or(Said::MergedSomewhere, |into| Said::Is(TicketSignal::Merged(into)));
                Ok(Step::Done(TicketNews { said, ..news }))
            }
        }
    }

    pub(crate) fn note(&self, number: &str, text: &str) -> Call {
        let body = json!({ "ticket": { "comment": { "body": text, "public": false } } });
        Call::send(Method::Put, self.address.at(&format!("/api/v2/tickets/{number}.json")), &body)
    }
}

/// What Zendesk's own word for a status means here.
pub(crate) fn said(status: &str) -> Said {
    match status {
        "new" | "open" | "pending" | "hold" => Said::Is(TicketSignal::Open),
        "solved" => Said::Is(TicketSignal::Solved),
        // A deleted ticket is over as well; whoever restores it makes it open again.
        "closed" | "deleted" => Said::Is(TicketSignal::Closed),
        _ => Said::Unknown,
    }
}

/// Whether a close is a merge.
pub(crate) fn said_with_tags(status: &str, tags: &[String]) -> Said {
    match said(status) {
        Said::Is(TicketSignal::Closed) if tags.iter().any(|tag| tag == MERGED) => Said::MergedSomewhere,
        said => said,
    }
}

#[derive(Deserialize)]
struct Ticket {
    id: u64,
    status: String,
    updated_at: String,
    #[serde(default)]
    tags: Vec<String>,
}

impl Ticket {
    fn news(&self) -> Result<TicketNews, Trouble> {
        Ok(TicketNews {
            reference: numbered(self.id)?,
            said: said_with_tags(&self.status, &self.tags),
            at: time::parse(&self.updated_at).ok_or(Trouble::Malformed)?,
            proof: Proof::Pulled,
        })
    }
}

#[derive(Deserialize)]
struct History {
    audits: Vec<Audit>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    has_more: bool,
    after_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Audit {
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    body: Option<String>,
    #[serde(default)]
    via: Option<Via>,
}

#[derive(Deserialize)]
struct Via {
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    rel: Option<String>,
    to: Option<End>,
}

#[derive(Deserialize)]
struct End {
    ticket_id: Option<u64>,
}

impl History {
    /// Where the next page begins. An empty page is the last, whatever it says.
    fn next(&self) -> Option<String> {
        let meta = self.meta.as_ref().filter(|meta| meta.has_more && !self.audits.is_empty())?;
        meta.after_cursor.clone().filter(|cursor| (1..=1024).contains(&cursor.len()))
    }

    /// From where the merge was made, or from the comment that Zendesk leaves in the ticket. A merge is the last thing
    /// that happens to it.
    fn merged_into(&self) -> Option<u64> {
        self.audits.iter().rev().flat_map(|audit| &audit.events).find_map(|event| {
            let source = event.via.as_ref().and_then(|via| via.source.as_ref());
            let merge = source.filter(|source| source.rel.as_deref() == Some("merge"));
            let to = merge.and_then(|source| source.to.as_ref()).and_then(|to| to.ticket_id);
            to.or_else(|| (event.kind == "Comment").then(|| told_into(event.body.as_deref()?)).flatten())
        })
    }
}

/// `This request was closed and merged into request #12 …`
fn told_into(comment: &str) -> Option<u64> {
    let (_, after) = comment.split_once("closed and merged into request #")?;
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    after.get(..digits)?.parse().ok()
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
#[path = "zendesk_tests.rs"]
mod tests;
