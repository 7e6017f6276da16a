//! Jira Service Management: developer.atlassian.com, "Issue search" (Cloud REST 3, Data Center REST 2), "Service desk:
//! request comments".
//!
//! What a status is called is the company's own; its *category* is one of `new`, `indeterminate`, `done`. Done can be
//! taken back. Jira has no merge, but an issue that is moved to another project gets another key: that moves its
//! requests.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::pull::Place;
use crate::{
    Address, Answer, Authorization, Call, Confirmation, Credential, Method, Page, Proof, Pull, Said, Step,
    TicketNews, TicketRef, TicketSignal, Trouble, time,
};

/// The most Jira gives at once.
const PER_PAGE: usize = 100;
const BETWEEN_PAGES: u64 = 1;
const BETWEEN_ROUNDS: u64 = 30;
/// Where the documented headers say that little is left.
const NEAR_LIMIT: u64 = 60;

/// A Jira site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jira {
    /// `https://company.atlassian.net`.
    pub address: Address,
    /// Which Jira, and who the credential belongs to.
    pub account: JiraAccount,
    /// The service projects to look at; all that the account sees when empty.
    #[serde(default)]
    pub projects: Vec<ProjectKey>,
}

/// How the desk signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JiraAccount {
    /// Cloud: an API token of the account with this e-mail address.
    Cloud(String),
    /// Data Center: a personal access token.
    DataCenter,
}

/// The key of a project: `IT`, `HELP2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectKey(String);

impl ProjectKey {
    /// Reads a key as a person typed it.
    ///
    /// # Errors
    /// [`BadProject`].
    pub fn parse(text: &str) -> Result<Self, BadProject> {
        let key = text.trim().to_ascii_uppercase();
        if is_project(&key) { Ok(Self(key)) } else { Err(BadProject) }
    }

    /// As it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProjectKey {
    type Error = BadProject;

    fn try_from(text: String) -> Result<Self, BadProject> {
        Self::parse(&text)
    }
}

impl From<ProjectKey> for String {
    fn from(key: ProjectKey) -> Self {
        key.0
    }
}

/// A text that is no project's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no project key; use the letters in front of its ticket numbers, such as IT")]
pub struct BadProject;

/// `it-12` → `IT-12`.
pub(crate) fn issue_key(text: &str) -> Option<String> {
    let key = text.to_ascii_uppercase();
    let (project, number) = key.rsplit_once('-')?;
    let number = (1..=12).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    (number && is_project(project)).then_some(key)
}

fn is_project(key: &str) -> bool {
    (1..=32).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_uppercase())
        && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

impl Jira {
    pub(crate) fn authorization(&self, credential: &Credential) -> Authorization {
        match &self.account {
            JiraAccount::Cloud(email) => credential.as_password_of(email.trim()),
            JiraAccount::DataCenter => credential.as_bearer(),
        }
    }

    pub(crate) fn check(&self) -> Call {
        Call::get(self.address.at("/rest/api/2/myself"))
    }

    pub(crate) fn checked(answer: &Answer) -> Result<(), Trouble> {
        #[derive(Deserialize)]
        struct Me {
            #[serde(rename = "self")]
            _address: String,
        }
        serde_json::from_slice::<Me>(&answer.body).map(|_| ()).map_err(|_| Trouble::NotThisHelpdesk)
    }

    /// JQL reads absolute times in the time zone of whoever asks, so this asks for the last so-many minutes. Newest
    /// first: what changes while the pages are read comes twice instead of not at all.
    pub(crate) fn pull_call(&self, pull: &mut Pull, now: u64) -> Call {
        let back = pull.back(now);
        // A token belongs to the very question it was given for.
        let back = if pull.has_cursor() { pull.asked.saturating_sub(pull.since) } else { back };
        let keys: Vec<_> = self.projects.iter().map(ProjectKey::as_str).collect();
        let within = if keys.is_empty() {
            String::new()
        } else {
            format!("project in (\"{}\") AND ", keys.join("\", \""))
        };
        let minutes = back.div_ceil(60) + 1;
        let jql = format!("{within}updated >= \"-{minutes}m\" ORDER BY updated DESC");
        let fields = ["status", "updated"];
        match (&self.account, &pull.place) {
            (JiraAccount::Cloud(_), Place::Cursor { cursor }) => self.search(
                "/rest/api/3/search/jql",
                &json!({ "jql": jql, "maxResults": PER_PAGE, "fields": fields, "nextPageToken": cursor }),
            ),
            (JiraAccount::Cloud(_), _) => self.search(
                "/rest/api/3/search/jql",
                &json!({ "jql": jql, "maxResults": PER_PAGE, "fields": fields }),
            ),
            (JiraAccount::DataCenter, place) => {
                let skip = if let Place::Page { page } = place { page.saturating_sub(1) } else { 0 };
                let skip = u64::from(skip) * PER_PAGE as u64;
                self.search(
                    "/rest/api/2/search",
                    &json!({ "jql": jql, "startAt": skip, "maxResults": PER_PAGE, "fields": fields }),
                )
            }
        }
    }

    fn search(&self, path: &str, body: &serde_json::Value) -> Call {
        Call::send(Method::Post, self.address.at(path), body)
    }

    pub(crate) fn pulled(&self, pull: &Pull, answer: &Answer) -> Result<Page, Trouble> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Found {
            issues: Vec<Issue>,
            next_page_token: Option<String>,
            is_last: Option<bool>,
        }
        let found: Found = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
        let news = found.issues.iter().map(Issue::news).collect::<Result<Vec<_>, _>>()?;
        let place = match self.account {
            JiraAccount::Cloud(_) => {
                let token = found.next_page_token.filter(|_| found.is_last != Some(true));
                token.filter(|token| (1..=2048).contains(&token.len())).map(|cursor| Place::Cursor { cursor })
            }
            // It may give fewer than were asked for, and more after them.
            JiraAccount::DataCenter => (!news.is_empty()).then(|| {
                let page = if let Place::Page { page } = pull.place { page } else { 1 };
                Place::Page { page: page.saturating_add(1) }
            }),
        };
        let near =
            answer.header("x-ratelimit-nearlimit").is_some_and(|near| near.eq_ignore_ascii_case("true"));
        let wait = if place.is_some() { BETWEEN_PAGES } else { BETWEEN_ROUNDS };
        let wait = if near { NEAR_LIMIT } else { wait };
        let more = place.is_some();
        let next = place.map_or_else(|| pull.after_asked(), |place| pull.at(place));
        Ok(Page { news, next, more, wait })
    }

    pub(crate) fn confirm_call(&self, key: &str) -> Call {
        Call::get(self.address.at(&format!("/rest/api/2/issue/{key}?fields=status,updated")))
    }

    pub(crate) fn confirmed(confirmation: Confirmation, answer: &Answer) -> Result<Step, Trouble> {
        let issue: Issue = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Malformed)?;
        let news = issue.news()?;
        if news.reference.same_ticket(&confirmation.reference) {
            return Ok(Step::Done(news));
        }
        // Asked for by its old key, a moved issue answers with its new one.
        let said = Said::Is(TicketSignal::Merged(news.reference));
        Ok(Step::Done(TicketNews { reference: confirmation.reference, said, ..news }))
    }

    pub(crate) fn note(&self, key: &str, text: &str) -> Call {
        let body = json!({ "body": text, "public": false });
        Call::send(
            Method::Post,
            self.address.at(&format!("/rest/servicedeskapi/request/{key}/comment")),
            &body,
        )
    }
}

#[derive(Deserialize)]
pub(crate) struct Issue {
    key: String,
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    status: Status,
    updated: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    status_category: Category,
}

#[derive(Deserialize)]
struct Category {
    key: String,
}

impl Issue {
    fn news(&self) -> Result<TicketNews, Trouble> {
        let at = time::parse(&self.fields.updated).ok_or(Trouble::Malformed)?;
        let reference = self.reference().ok_or(Trouble::Malformed)?;
        Ok(TicketNews { reference, said: self.said(), at, proof: Proof::Pulled })
    }

    pub(crate) fn reference(&self) -> Option<TicketRef> {
        TicketRef::parse(&issue_key(&self.key)?).ok()
    }

    /// By the category of its status, whatever the status is called.
    pub(crate) fn said(&self) -> Said {
        match self.fields.status.status_category.key.as_str() {
            "new" | "indeterminate" => Said::Is(TicketSignal::Open),
            "done" => Said::Is(TicketSignal::Closed),
            _ => Said::Unknown,
        }
    }
}

#[cfg(test)]
#[path = "jira_tests.rs"]
mod tests;
