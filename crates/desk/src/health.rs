//! How it stands with a relay: what every call brought back, for a person to see.

use crate::{NoAnswer, desk::guard, relay_client::Heard};
use std::sync::Mutex;
use vault::tables::relay::{RelayId, RelayState};

/// A clock that differs by more than this from a relay's is wrong, in seconds.
pub(crate) const CLOCKS: u64 = 300;

/// A relay this desk speaks to, and how that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayHealth {
    /// Which, in this vault.
    pub id: RelayId,
    /// Its origin.
    pub origin: String,
    /// Whether it is the one inside this desk.
    pub inside: bool,
    /// As its operator calls this desk.
    pub name: Option<String>,
    /// Whether new requests are made on it, or what there is is finished there.
    pub state: RelayState,
    /// Requests' rounds that still need it.
    pub left: u64,
    /// By when the last of what was made on it ends, whatever becomes of it, UTC seconds.
    pub ends: Option<u64>,
    /// Nothing that was made on it opens any more, and it has not confirmed everything: it can be given up on.
    pub is_over: bool,
    /// How the last calls went.
    pub calls: Calls,
}

/// How the last calls to a relay went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// Since when every call was answered, UTC seconds; none while the last one was not.
    pub connected: Option<u64>,
    /// When it last answered, UTC seconds.
    pub heard: Option<u64>,
    /// How its events come.
    pub news: NewsBy,
    /// Seconds that its clock is ahead of this computer's; behind, where negative.
    pub ahead: Option<i64>,
    /// Its version.
    pub version: Option<String>,
    /// Why the last call brought no answer.
    pub no_answer: Option<NoAnswer>,
}

/// How a relay's events come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NewsBy {
    /// Not at all, so far.
    #[default]
    Nothing,
    /// By a stream.
    Stream,
    /// By asking again and again: something on the way cuts streams.
    Asking,
}

/// Follows the calls to one relay.
#[derive(Default)]
pub(crate) struct Health(Mutex<Calls>);

impl Health {
    pub(crate) fn calls(&self) -> Calls {
        guard(&self.0).clone()
    }

    /// Whether the last call brought nothing.
    pub(crate) fn is_down(&self) -> bool {
        guard(&self.0).no_answer.is_some()
    }

    /// Notes what a call brought; `true` when a person would see a difference.
    pub(crate) fn note(&self, heard: Heard, now: u64, wall: u64) -> bool {
        let mut calls = guard(&self.0);
        match heard {
            Heard::Answer { date } => {
                let changed = calls.connected.is_none();
                calls.connected.get_or_insert(now);
                calls.heard = Some(now);
                calls.no_answer = None;
                let ahead = date.and_then(|date| date.checked_signed_diff(wall));
                calls.ahead = ahead.or(calls.ahead);
                changed
            }
            Heard::Nothing(why) => {
                let changed = calls.no_answer != Some(why);
                calls.connected = None;
                calls.no_answer = Some(why);
                changed
            }
        }
    }

    pub(crate) fn by(&self, news: NewsBy) {
        guard(&self.0).news = news;
    }

    pub(crate) fn version(&self, version: String) {
        guard(&self.0).version = Some(version);
    }

    /// What to say where the two clocks are too far apart.
    pub(crate) fn clock_trouble(&self) -> Option<String> {
        let ahead = guard(&self.0).ahead?;
        let apart = apart(ahead.unsigned_abs());
        let way = if ahead > 0 { "behind" } else { "ahead of" };
        (ahead.unsigned_abs() > CLOCKS).then(|| {
            format!(
                "This computer's clock is {apart} {way} the relay's. A wrong clock destroys too early or too late: set this \
                 computer's clock right, or tell whoever runs the relay."
            )
        })
    }
}
/// A time in its largest unit, for people: `90 minutes`, `4 hours`, `3 days`.
fn apart(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
