use super::{Cursor, DataClass};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The ledger, as last read from its first entry to its last.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ledger {
    pub(crate) entries: u64,
    pub(crate) verified_at: u64,
}

impl From<desk::LedgerSeen> for Ledger {
    fn from(seen: desk::LedgerSeen) -> Self {
        Self { entries: seen.entries, verified_at: seen.at }
    }
}

/// Which page of the history.
#[derive(Deserialize, TS)]
pub(crate) struct HistoryQuery {
    /// This ticket's alone, with those merged into it.
    pub(crate) ticket: Option<String>,
    pub(crate) before: Option<Cursor>,
    pub(crate) limit: u32,
}

/// A page of it.
#[derive(Serialize, TS)]
pub(crate) struct HistoryPage {
    /// What is not certified yet, oldest first; on the first page, at most 200.
    pub(crate) unfinished: Vec<PurgeView>,
    pub(crate) rows: Vec<PurgeView>,
    pub(crate) next: Option<Cursor>,
}

/// A file for another program.
#[derive(Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExportAs {
    Csv,
    Json,
}

/// What of the history is exported.
#[derive(Deserialize, TS)]
pub(crate) struct Export {
    /// Of tickets that start so; none for all.
    pub(crate) ticket: Option<String>,
    pub(crate) format: ExportAs,
}

/// How far a purge has come.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PurgeState {
    Destroying,
    Recorded,
    Removed,
    Certified,
}

impl PurgeState {
    /// As programs read it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Destroying => "destroying",
            Self::Recorded => "recorded",
            Self::Removed => "removed",
            Self::Certified => "certified",
        }
    }
}

/// How well it was erased: letters of R, H, P, B.
pub(crate) type Method = String;

/// One purge.
#[derive(Serialize, TS)]
pub(crate) struct PurgeView {
    pub(crate) id: String,
    pub(crate) ticket: String,
    pub(crate) classes: Vec<DataClass>,
    pub(crate) items: u32,
    pub(crate) bytes: u64,
    /// Why, in words.
    pub(crate) rule: String,
    /// Who asked for it, if not the rule alone.
    pub(crate) person: Option<String>,
    pub(crate) due: u64,
    pub(crate) begun: u64,
    pub(crate) completed: Option<u64>,
    pub(crate) state: PurgeState,
    #[ts(type = "string | null")]
    pub(crate) method: Option<Method>,
    /// The certificate's number, once there is one.
    pub(crate) certificate: Option<String>,
}

/// A name and a value.
#[derive(Serialize, TS)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A section of NIST SP 800-88's sample.
#[derive(Serialize, TS)]
pub(crate) struct Section {
    pub(crate) heading: String,
    pub(crate) lines: Vec<Line>,
}

/// The proof of one purge, checked just now as the shipped verifier does.
#[derive(Serialize, TS)]
#[ts(rename = "CertificateView")]
pub(crate) struct Certificate {
    pub(crate) number: String,
    /// One plain sentence.
    pub(crate) sentence: String,
    pub(crate) sections: Vec<Section>,
    /// The desk's own key, with which anyone checks it.
    pub(crate) key: String,
    pub(crate) json: String,
}

/// Where something was saved.
#[derive(Serialize, TS)]
pub(crate) struct Saved {
    pub(crate) path: String,
}
