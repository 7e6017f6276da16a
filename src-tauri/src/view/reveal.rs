use super::{DataClass, Described, ItemKind, Look};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why an item may be opened.
#[derive(Serialize, TS)]
pub(crate) struct Reason {
    pub(crate) code: String,
    pub(crate) text: String,
}

/// What a reveal window is about, before anything is opened.
#[derive(Serialize, TS)]
pub(crate) struct Subject {
    pub(crate) ticket: String,
    pub(crate) label: String,
    pub(crate) class: DataClass,
    pub(crate) kind: ItemKind,
    pub(crate) described: Option<Described>,
    pub(crate) arrived: u64,
    /// Who looked at it before.
    pub(crate) looks: Vec<Look>,
    pub(crate) reasons: Vec<Reason>,
    /// How long it stays open.
    pub(crate) seconds: u32,
    /// Whose name is written across it.
    pub(crate) person: String,
    pub(crate) theme: super::Theme,
}

/// Why somebody opens it.
#[derive(Deserialize, TS)]
pub(crate) struct RevealAsk {
    /// One of the subject's codes.
    pub(crate) reason: String,
    /// In their own words; sealed, and gone with the item.
    pub(crate) note: Option<String>,
}

/// What was opened; the value itself waits at the address.
#[derive(Serialize, TS)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Shown {
    /// RGBA, `width` × `height` × 4 bytes.
    Picture { address: String, width: u32, height: u32, seconds: u32, at: u64 },
    /// JSON `{number, month, year, holder}`.
    Card { address: String, seconds: u32, at: u64 },
    /// UTF-8.
    Text { address: String, seconds: u32, at: u64 },
    /// This version does not show it.
    #[serde(rename_all = "camelCase")]
    NotViewable { media_type: String },
}
