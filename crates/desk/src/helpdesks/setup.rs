//! What a person types to connect a helpdesk, read strictly.

use super::mapping::PREFIX_MAX;
use crate::DeskError;
use helpdesk::{
    Address, Freshdesk, Helpdesk, Jira, JiraAccount, ProjectKey, QueueName, RequestTracker, TicketRef,
    Zendesk, ZendeskAccount,
};

/// Characters that a connection's name may have.
const NAME_MAX: usize = 60;
/// Characters that an account's name may have.
const ACCOUNT_MAX: usize = 254;

/// A kind of helpdesk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HelpdeskKind {
    /// Zendesk Support.
    Zendesk,
    /// Freshdesk.
    Freshdesk,
    /// Jira Service Management.
    Jira,
    /// Request Tracker.
    RequestTracker,
    /// Intercom, by its webhooks alone.
    Intercom,
    /// Anything that can send a webhook with an HMAC of ours.
    Webhook,
}

impl HelpdeskKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Zendesk, Self::Freshdesk, Self::Jira, Self::RequestTracker, Self::Intercom, Self::Webhook];

    /// Its code, in the database and in the ledger.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zendesk => "zendesk",
            Self::Freshdesk => "freshdesk",
            Self::Jira => "jira",
            Self::RequestTracker => "request-tracker",
            Self::Intercom => "intercom",
            Self::Webhook => "webhook",
        }
    }

    /// From its code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Its name, as people know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zendesk => "Zendesk",
            Self::Freshdesk => "Freshdesk",
            Self::Jira => "Jira Service Management",
            Self::RequestTracker => "Request Tracker",
            Self::Intercom => "Intercom",
            Self::Webhook => "Another helpdesk",
        }
    }

    /// Whether the desk can ask it, besides being told.
    pub const fn is_asked(self) -> bool {
        !matches!(self, Self::Intercom | Self::Webhook)
    }
}

/// A connection to be made, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHelpdesk {
    /// What kind of helpdesk.
    pub kind: HelpdeskKind,
    /// What people here call it; the kind's name if empty.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Whose token it is. Zendesk, Jira: an e-mail address, or nothing for a token that needs none.
    pub account: String,
    /// Queues of Request Tracker, projects of Jira, with commas between; empty: all.
    pub scope: String,
    /// What references of its tickets begin with; empty: any.
    pub prefix: String,
}

impl NewHelpdesk {
    /// The setup, the name and the beginning of references.
    pub(crate) fn parse(&self) -> Result<(Option<Helpdesk>, String, String), DeskError> {
        let wrong = |error: &dyn std::fmt::Display| DeskError::HelpdeskSetup(error.to_string());
        let setup = if self.kind.is_asked() {
            let address = Address::parse(&self.address).map_err(|error| wrong(&error))?;
            Some(self.setup(address)?)
        } else {
            None
        };
        let name = match self.name.trim() {
            "" => self.kind.name(),
            name => name,
        };
        if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(DeskError::Helpdesk("the name is longer than 60 characters; shorten it"));
        }
        let prefix = self.prefix.trim().trim_start_matches('#');
        let reads = format!("{prefix}1").parse::<TicketRef>().is_ok();
        if prefix.chars().count() > PREFIX_MAX || !reads {
            return Err(DeskError::Helpdesk(
                "references cannot begin like this; use a few letters without spaces, such as RT-, or nothing",
            ));
        }
        Ok((setup, name.to_owned(), prefix.to_owned()))
    }

    fn setup(&self, address: Address) -> Result<Helpdesk, DeskError> {
        let account = self.account.trim().to_owned();
        if account.chars().count() > ACCOUNT_MAX || account.chars().any(|c| c.is_control() || c == ':') {
            return Err(DeskError::Helpdesk("this is no account; use the e-mail address it signs in with"));
        }
        let signs_in_by_mail = !account.is_empty();
        let wrong = |error: &dyn std::fmt::Display| DeskError::HelpdeskSetup(error.to_string());
        let scope = || self.scope.split(',').map(str::trim).filter(|part| !part.is_empty());
        Ok(match self.kind {
            HelpdeskKind::Zendesk => Helpdesk::Zendesk(Zendesk {
                address,
                account: if signs_in_by_mail {
                    ZendeskAccount::ApiToken(account)
                } else {
                    ZendeskAccount::OAuth
                },
            }),
            HelpdeskKind::Jira => Helpdesk::Jira(Jira {
                address,
                account: if signs_in_by_mail { JiraAccount::Cloud(account) } else { JiraAccount::DataCenter },
                projects: scope().map(ProjectKey::parse).collect::<Result<_, _>>().map_err(|e| wrong(&e))?,
            }),
            HelpdeskKind::RequestTracker => Helpdesk::RequestTracker(RequestTracker {
                address,
                queues: scope().map(QueueName::parse).collect::<Result<_, _>>().map_err(|e| wrong(&e))?,
            }),
            HelpdeskKind::Freshdesk | HelpdeskKind::Intercom | HelpdeskKind::Webhook => {
                Helpdesk::Freshdesk(Freshdesk { address, statuses: std::collections::BTreeMap::new() })
            }
        })
    }
}
