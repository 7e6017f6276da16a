use serde::Serialize;
use ts_rs::TS;

/// Whether a passphrase will do, and why not.
#[derive(Serialize, TS)]
pub(crate) struct PassphraseAdvice {
    pub(crate) ok: bool,
    pub(crate) text: String,
}

/// A value waits at `address` for exactly one reading by exactly this window.
#[derive(Serialize, TS)]
pub(crate) struct Once {
    pub(crate) address: String,
}

/// What the lock screen says, and nothing else.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LockState {
    pub(crate) news: u64,
    pub(crate) company: String,
    /// How many requests something arrived for that nobody looked at yet.
    pub(crate) arrived: u64,
    /// Until when no passphrase is tried, after too many wrong ones.
    pub(crate) wait_until: Option<u64>,
    pub(crate) theme: super::Theme,
    pub(crate) now: u64,
}
