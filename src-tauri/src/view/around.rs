use super::{DataClass, ItemKind, Keeps, NewLink, Reason};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What can be asked for again, and why.
#[derive(Serialize, TS)]
pub(crate) struct AgainOptions {
    pub(crate) slots: Vec<AgainSlot>,
    pub(crate) reasons: Vec<Reason>,
}

/// One thing that a request asks for.
#[derive(Serialize, TS)]
pub(crate) struct AgainSlot {
    pub(crate) slot: u8,
    pub(crate) label: String,
    pub(crate) class: DataClass,
    pub(crate) kind: ItemKind,
    /// Whether something of it is still held.
    pub(crate) held: bool,
}

/// Asking once more.
#[derive(Deserialize, TS)]
pub(crate) struct AskAgain {
    pub(crate) request: String,
    pub(crate) slots: Vec<u8>,
    /// One of the codes.
    pub(crate) reason: Option<String>,
    /// Whether what was sent before is destroyed now.
    pub(crate) destroy: bool,
}

/// A link that waits, to be sent once more.
#[derive(Serialize, TS)]
pub(crate) struct Reminder {
    /// Its message is the reminder.
    pub(crate) link: NewLink,
    /// How often, with this one.
    pub(crate) times: u32,
}

/// A longer term to offer.
#[derive(Deserialize, TS)]
pub(crate) struct LongerTerm {
    #[serde(rename = "box")]
    pub(crate) box_id: String,
    pub(crate) class: DataClass,
    pub(crate) until: u64,
}

/// Where something that came another way belongs.
#[derive(Clone, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum BringTo {
    /// A request that is there.
    Request { id: String },
    /// A new one, without a link.
    New { ticket: String, template: String, until: Option<u64> },
}

/// What the window is about in which something is taken in.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BringSubject {
    pub(crate) ticket: String,
    pub(crate) title: String,
    pub(crate) slots: Vec<BringSlot>,
    /// What the link asks for that waits: given all of it, the link ends.
    pub(crate) waits_for: Vec<u8>,
    pub(crate) keeps: Vec<Keeps>,
    /// Bytes, all together.
    pub(crate) limit: u64,
    pub(crate) theme: super::Theme,
}

/// One thing that can be taken in.
#[derive(Serialize, TS)]
pub(crate) struct BringSlot {
    pub(crate) slot: u8,
    pub(crate) label: String,
    pub(crate) kind: ItemKind,
    /// Media types of a document.
    pub(crate) media: Vec<String>,
    /// Brands of a card.
    pub(crate) brands: Vec<String>,
    /// Files of a document, characters of a text, at most.
    pub(crate) most: u32,
}

/// What a raw body holds, one after the other.
#[derive(Deserialize, TS)]
pub(crate) struct Bringing {
    pub(crate) items: Vec<BringItem>,
}

/// One thing in it.
#[derive(Deserialize, TS)]
pub(crate) struct BringItem {
    pub(crate) slot: u8,
    /// The file's name; empty for a card or a text.
    pub(crate) name: String,
    /// Its bytes in the body.
    pub(crate) length: u32,
    /// A picture that the window drew anew, so that nothing but its pixels is left.
    pub(crate) redrawn: bool,
}
