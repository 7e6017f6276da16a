use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A kind of helpdesk.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HelpdeskKind {
    Zendesk,
    Freshdesk,
    Jira,
    RequestTracker,
    Intercom,
    Webhook,
}

/// A connection to a helpdesk.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HelpdeskView {
    pub(crate) id: String,
    pub(crate) kind: HelpdeskKind,
    pub(crate) name: String,
    /// Empty for one that only sends webhooks.
    pub(crate) address: String,
    /// What references of its tickets begin with; empty: any.
    pub(crate) prefix: String,
    pub(crate) paused: bool,
    /// Whether it is told what became of a request.
    pub(crate) notes: bool,
    /// When it last answered.
    pub(crate) answered: Option<u64>,
    /// Why it does not, in words, and since when.
    pub(crate) failure: Option<String>,
    pub(crate) failing: Option<u64>,
    /// Where its webhooks go, once they were set up.
    pub(crate) hook: Option<String>,
    /// Whether the helpdesk still has another address, as far as is known.
    pub(crate) hook_moved: bool,
    /// Whether its token lies in the keychain; else it is sealed in the vault.
    pub(crate) keychain: bool,
    /// How many notes wait to be told.
    pub(crate) waiting: u64,
    /// How many notes it refused, and when the last.
    pub(crate) refused: u64,
    pub(crate) refused_at: Option<u64>,
    /// What was not believed of it, in words.
    pub(crate) disbelieved: Vec<String>,
    /// The part of it that somebody should look at.
    pub(crate) alarming: Vec<String>,
}

/// A connection to be made; its token travels as the raw body.
#[derive(Deserialize, TS)]
pub(crate) struct NewHelpdesk {
    pub(crate) kind: HelpdeskKind,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) account: String,
    /// Queues or projects, with commas between; empty: all.
    pub(crate) scope: String,
    pub(crate) prefix: String,
}

/// Whether a helpdesk is asked, and told.
#[derive(Deserialize, TS)]
pub(crate) struct HelpdeskUse {
    pub(crate) id: String,
    pub(crate) paused: bool,
    pub(crate) notes: bool,
}

/// Which connection's webhook is set up; a secret that the helpdesk made travels as the raw body.
#[derive(Deserialize, TS)]
pub(crate) struct HookOf {
    pub(crate) id: String,
}

/// A webhook that was set up.
#[derive(Serialize, TS)]
pub(crate) struct HookView {
    pub(crate) url: String,
    /// Where the secret that was made for it can be read once; none where the helpdesk made it.
    pub(crate) secret: Option<String>,
}

/// What a webhook says of a ticket and nothing confirmed.
#[derive(Serialize, TS)]
pub(crate) struct ClaimView {
    /// The connection's name.
    pub(crate) helpdesk: String,
    /// "solved", "closed", or "merged" where nobody says into which.
    pub(crate) says: String,
    pub(crate) at: u64,
}

/// A message to the customer, ready to be pasted into the ticket. States only.
#[derive(Serialize, TS)]
pub(crate) struct Reply {
    /// "Received" or "Deleted".
    pub(crate) title: String,
    pub(crate) text: String,
    /// Why the text is not there to be pasted.
    pub(crate) refused: Option<String>,
}

macro_rules! kinds {
    ($($kind:ident),+) => {
        impl From<desk::HelpdeskKind> for HelpdeskKind {
            fn from(kind: desk::HelpdeskKind) -> Self {
                match kind { $(desk::HelpdeskKind::$kind => Self::$kind),+ }
            }
        }

        impl From<HelpdeskKind> for desk::HelpdeskKind {
            fn from(kind: HelpdeskKind) -> Self {
                match kind { $(HelpdeskKind::$kind => Self::$kind),+ }
            }
        }
    };
}
kinds!(Zendesk, Freshdesk, Jira, RequestTracker, Intercom, Webhook);
