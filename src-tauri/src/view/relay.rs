use desk::{NewsBy, tables::relay::RelayState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the settings show of relays.
#[derive(Serialize, TS)]
pub(crate) struct RelaySettings {
    /// Those in use, the current one first.
    pub(crate) relays: Vec<RelayView>,
    /// Whether new requests on a relay elsewhere need its part of their keys.
    pub(crate) shares: bool,
}

/// A relay in use, and how it goes.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RelayView {
    /// Its number in this vault.
    pub(crate) id: u32,
    pub(crate) origin: String,
    /// The one inside this desk.
    pub(crate) inside: bool,
    /// As its operator calls this desk.
    pub(crate) name: Option<String>,
    /// New requests are made on it; otherwise it finishes what was made on it.
    pub(crate) current: bool,
    /// Rounds of requests that still need it.
    pub(crate) left: u64,
    /// By when the last of what was made on it ends.
    pub(crate) ends: Option<u64>,
    /// Everything on it has ended, and it has not confirmed that: it can be let go of.
    pub(crate) over: bool,
    /// Since when every call was answered.
    pub(crate) connected: Option<u64>,
    /// When it last answered.
    pub(crate) heard: Option<u64>,
    pub(crate) news: RelayNews,
    /// Seconds its clock is ahead of this computer's.
    pub(crate) ahead: Option<i64>,
    pub(crate) version: Option<String>,
    /// Why it does not answer, in words.
    pub(crate) problem: Option<String>,
}

/// How a relay's news come.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RelayNews {
    Nothing,
    Stream,
    Asking,
}

/// A relay to take up: what a person typed.
#[derive(Deserialize, TS)]
pub(crate) struct Enrolment {
    pub(crate) address: String,
    pub(crate) code: String,
}

/// A rule of the desk, on or off.
#[derive(Deserialize, TS)]
pub(crate) struct Rule {
    pub(crate) on: bool,
}

impl From<desk::RelayHealth> for RelayView {
    fn from(health: desk::RelayHealth) -> Self {
        let desk::RelayHealth { id, origin, inside, name, state, left, ends, is_over, calls } = health;
        Self {
            id: id.number(),
            origin,
            inside,
            name,
            current: state == RelayState::Current,
            left,
            ends,
            over: is_over,
            connected: calls.connected,
            heard: calls.heard,
            news: match calls.news {
                NewsBy::Nothing => RelayNews::Nothing,
                NewsBy::Stream => RelayNews::Stream,
                NewsBy::Asking => RelayNews::Asking,
            },
            ahead: calls.ahead,
            version: calls.version,
            problem: calls.no_answer.map(|why| crate::view::sentences(&why.to_string())),
        }
    }
}
