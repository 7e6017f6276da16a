//! Request Tracker 5: docs.bestpractical.com/rt/5.0.3, `RT::REST2`; tried against the real one (`tests/`).
//!
//! Resolved, rejected and deleted all end a ticket; a reply, or a person, opens it again. What is merged away, or
//! deleted, leaves the searches, so the history is asked for that after the tickets.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::helpdesk::numbered;
use crate::pull::Place;
use crate::{
    Address, Answer, Call, Confirmation, Method, Page, Proof, Pull, Said, Step, TicketNews, TicketSignal,
    Trouble, time,
};

/// The most Request Tracker gives at once.
const PER_PAGE: usize = 100;
const BETWEEN_ROUNDS: u64 = 15;
/// A call arrives a little after it was made.
const SLACK: u64 = 60;

/// A Request Tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestTracker {
    /// `https://help.example.com/rt`.
    pub address: Address,
    /// The queues to look at; all that the account sees when empty.
    #[serde(default)]
    pub queues: Vec<QueueName>,
}

/// The name of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QueueName(String);

impl QueueName {
    /// Reads a name as a person typed it: 1 to 200 characters, no quote, no backslash, nothing that cannot be seen.
    ///
    /// # Errors
    /// [`BadQueue`].
    pub fn parse(text: &str) -> Result<Self, BadQueue> {
        let name = text.trim();
        let right = (1..=200).contains(&name.chars().count())
            && !name.chars().any(|c| c.is_control() || matches!(c, '\'' | '"' | '\\'));
        if right { Ok(Self(name.to_owned())) } else { Err(BadQueue) }
    }

    /// As it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for QueueName {
    type Error = BadQueue;

    fn try_from(text: String) -> Result<Self, BadQueue> {
        Self::parse(&text)
    }
}

impl From<QueueName> for String {
    fn from(name: QueueName) -> Self {
        name.0
    }
}

/// A text that is no queue's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no name of a queue; type it as Request Tracker shows it, without quotation marks")]
pub struct BadQueue;

impl RequestTracker {
    pub(crate) fn check(&self) -> Call {
        Call::get(self.address.at("/REST/2.0/rt"))
    }

    pub(crate) fn checked(answer: &Answer) -> Result<(), Trouble> {
        #[derive(Deserialize)]
        struct Rt {
            #[serde(rename = "Version")]
            _version: String,
        }
        serde_json::from_slice::<Rt>(&answer.body).map(|_| ()).map_err(|_| Trouble::NotThisHelpdesk)
    }

    /// A query reads absolute times in the time zone of whoever asks, so this asks for the last so-many seconds, in
    /// eight digits: four it takes for a time of day or a year, six for a date, and finds other tickets or none. By number,
    /// which never changes: whatever happens to tickets while the pages are read, none slips past.
    pub(crate) fn pull_call(&self, pull: &mut Pull, now: u64) -> Call {
        let ago = pull.back(now).saturating_add(SLACK);
        match pull.place {
            Place::Gone { id } => {
                let query = format!(
                    "ObjectType = 'RT::Ticket' AND id > {id} AND Created > '{ago:08} seconds ago' AND ( \
                     ( Type = 'AddLink' AND Field = 'MergedInto' ) OR ( Type = 'Status' AND NewValue = 'deleted' ) ){}",
                    self.within("TicketQueue")
                );
                self.list("transactions", &query, "Type,NewValue,ObjectId,Created")
            }
            ref place => {
                let id = if let Place::Behind { id } = place { *id } else { 0 };
                let query =
                    format!("id > {id} AND LastUpdated > '{ago:08} seconds ago'{}", self.within("Queue"));
                self.list("tickets", &query, "Status,LastUpdated")
            }
        }
    }

    fn within(&self, field: &str) -> String {
        if self.queues.is_empty() {
            return String::new();
        }
        let any: Vec<_> = self.queues.iter().map(|queue| format!("{field} = '{}'", queue.as_str())).collect();
        format!(" AND ( {} )", any.join(" OR "))
    }

    fn list(&self, what: &str, query: &str, fields: &str) -> Call {
        let query = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC);
        Call::get(self.address.at(&format!(
            "/REST/2.0/{what}?query={query}&fields={fields}&orderby=id&order=ASC&per_page={PER_PAGE}"
        )))
    }

    pub(crate) fn pulled(pull: &Pull, answer: &Answer) -> Result<Page, Trouble> {
        if matches!(pull.place, Place::Gone { .. }) {
            return gone(pull, answer);
        }
        let found: Found<Ticket> = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
        let news = found.items.iter().map(Ticket::news).collect::<Result<Vec<_>, _>>()?;
        // Then what left the searches.
        let place = found.last(|ticket| ticket.id).map_or(Place::Gone { id: 0 }, |id| Place::Behind { id });
        Ok(Page { news, next: pull.at(place), more: true, wait: 0 })
    }

    pub(crate) fn confirm_call(&self, number: &str) -> Call {
        Call::get(self.address.at(&format!("/REST/2.0/ticket/{number}")))
    }

    pub(crate) fn confirmed(confirmation: Confirmation, answer: &Answer) -> Result<Step, Trouble> {
        let ticket: Ticket = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
        let news = ticket.news()?;
        if news.reference.same_ticket(&confirmation.reference) {
            return Ok(Step::Done(news));
        }
        // Asked for a ticket that was merged away, it answers with the one it was merged into.
        let said = Said::Is(TicketSignal::Merged(news.reference));
        Ok(Step::Done(TicketNews { reference: confirmation.reference, said, ..news }))
    }

    /// A comment, which only agents see; never correspondence, which goes to the customer.
    pub(crate) fn note(&self, number: &str, text: &str) -> Call {
        let body = json!({ "Content": text, "ContentType": "text/plain" });
        Call::send(Method::Post, self.address.at(&format!("/REST/2.0/ticket/{number}/comment")), &body)
    }
}

/// What was merged away or deleted, from the history.
fn gone(pull: &Pull, answer: &Answer) -> Result<Page, Trouble> {
    let found: Found<Transaction> = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
    // The target of a merge notes it too, as one into itself.
    let told =
        found.items.iter().map(Transaction::news).filter(|news| !news.as_ref().is_ok_and(is_into_itself));
    let news = told.collect::<Result<Vec<_>, _>>()?;
    Ok(match found.last(|transaction| transaction.id) {
        Some(id) => Page { news, next: pull.at(Place::Gone { id }), more: true, wait: 0 },
        None => Page { news, next: pull.after_asked(), more: false, wait: BETWEEN_ROUNDS },
    })
}

fn is_into_itself(news: &TicketNews) -> bool {
    matches!(&news.said, Said::Is(TicketSignal::Merged(into)) if into.same_ticket(&news.reference))
}

/// A page of a list.
#[derive(Deserialize)]
struct Found<T> {
    items: Vec<T>,
    /// Known only where the account sees everything that the query finds.
    total: Option<u64>,
}

impl<T> Found<T> {
    /// Where the next page begins, if there may be one. Where the account does not see everything, what it may not see
    /// is missing from pages that were full; only an empty one is the end then.
    fn last(&self, id: impl Fn(&T) -> u64) -> Option<u64> {
        let full = self.items.len() >= PER_PAGE || self.total.is_none();
        self.items.iter().map(id).max().filter(|_| full)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ticket {
    #[serde(rename = "id", deserialize_with = "number")]
    id: u64,
    status: String,
    last_updated: String,
}

impl Ticket {
    fn news(&self) -> Result<TicketNews, Trouble> {
        Ok(TicketNews {
            reference: numbered(self.id)?,
            said: said(&self.status),
            at: time::parse(&self.last_updated).ok_or(Trouble::Malformed)?,
            proof: Proof::Pulled,
        })
    }
}

/// The statuses of the lifecycle every installation begins with; a company's own are not guessed at.
fn said(status: &str) -> Said {
    match status {
        "new" | "open" | "stalled" => Said::Is(TicketSignal::Open),
        "resolved" | "rejected" | "deleted" => Said::Is(TicketSignal::Closed),
        _ => Said::Unknown,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction {
    #[serde(rename = "id", deserialize_with = "number")]
    id: u64,
    r#type: String,
    new_value: Option<String>,
    #[serde(deserialize_with = "number")]
    object_id: u64,
    created: String,
}

impl Transaction {
    fn news(&self) -> Result<TicketNews, Trouble> {
        let said = match (self.r#type.as_str(), self.new_value.as_deref()) {
            ("AddLink", Some(into)) => {
                Said::Is(TicketSignal::Merged(linked(into).ok_or(Trouble::Malformed)?))
            }
            ("Status", Some(status)) => said(status),
            _ => return Err(Trouble::Malformed),
        };
        let at = time::parse(&self.created).ok_or(Trouble::Malformed)?;
        Ok(TicketNews { reference: numbered(self.object_id)?, said, at, proof: Proof::Pulled })
    }
}

/// `fsck.com-rt://example.com/ticket/2`
fn linked(uri: &str) -> Option<crate::TicketRef> {
    let (_, number) = uri.rsplit_once("/ticket/")?;
    numbered(number.parse().ok()?).ok()
}

/// A number, which Request Tracker sometimes writes as a text.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(|_| serde::de::Error::custom("no number")),
    }
}

#[cfg(test)]
#[path = "request_tracker_tests.rs"]
mod tests;
