use super::{DataClass, ItemKind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Something a template asks for.
#[derive(Serialize, TS)]
pub(crate) struct Asks {
    pub(crate) label: String,
    pub(crate) class: DataClass,
    pub(crate) kind: ItemKind,
}

/// How long a class lives, as the customer reads it.
#[derive(Serialize, TS)]
pub(crate) struct Keeps {
    pub(crate) class: DataClass,
    pub(crate) rule: String,
}

/// What can be asked for in one step.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplateView {
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) purpose: String,
    pub(crate) asks: Vec<Asks>,
    pub(crate) keeps: Vec<Keeps>,
    /// Whether the agent chooses a date until which it is kept.
    pub(crate) takes_date: bool,
    /// How long a link works.
    pub(crate) days: u32,
}

/// What an agent asks for.
#[derive(Deserialize, TS)]
pub(crate) struct Ask {
    pub(crate) ticket: String,
    /// A template's code.
    pub(crate) template: String,
    /// Until when it is kept, where the template takes a date.
    pub(crate) until: Option<u64>,
}

/// What a ticket's link or a command line asks to be filled in.
#[derive(Clone, Serialize, TS)]
pub(crate) struct FromTicket {
    pub(crate) ticket: String,
    /// A template's code; the first in the list otherwise.
    pub(crate) template: Option<String>,
    /// Why nothing is filled in.
    pub(crate) problem: Option<String>,
}

impl FromTicket {
    pub(crate) fn problem(text: String) -> Self {
        Self { ticket: String::new(), template: None, problem: Some(text) }
    }
}

/// What the customer will see.
#[derive(Serialize, TS)]
pub(crate) struct Preview {
    /// The JSON that would be sealed.
    pub(crate) request: String,
}

/// A QR code.
#[derive(Serialize, TS)]
pub(crate) struct Qr {
    /// Modules a side.
    pub(crate) size: u32,
    /// An SVG path of the dark ones, a unit each.
    pub(crate) path: String,
}

/// A link to hand to the customer.
#[derive(Serialize, TS)]
pub(crate) struct NewLink {
    pub(crate) request: String,
    #[serde(rename = "box")]
    pub(crate) box_id: String,
    pub(crate) url: String,
    /// A message around the link, ready to be pasted into the ticket.
    pub(crate) message: String,
    /// Five words that the customer's page shows as well.
    pub(crate) phrase: String,
    pub(crate) expires: u64,
    pub(crate) qr: Qr,
}
