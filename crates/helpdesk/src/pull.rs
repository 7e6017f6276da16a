use serde::{Deserialize, Serialize};

use crate::TicketNews;

/// How far the next round looks back behind the last one, seconds: helpdesks write times of seconds or minutes, and
/// their search indexes lag. What is seen twice changes nothing.
pub(crate) const OVERLAP: u64 = 5 * 60;

/// Where a pull goes on: in the middle of a round, or at the next one. Opaque text to the desk, which keeps it once it
/// has heard the page's news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// This round is about what changed at or after this, UTC seconds.
    pub(crate) since: u64,
    /// When the round's first call was made, by the desk's clock.
    pub(crate) asked: u64,
    /// The newest change seen in any round, by the helpdesk's clock.
    pub(crate) newest: u64,
    pub(crate) place: Place,
}

/// How far within a round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "lowercase")]
pub(crate) enum Place {
    #[default]
    Start,
    /// The helpdesk's own pointer.
    Cursor { cursor: String },
    /// The page of this number.
    Page { page: u32 },
    /// Behind the ticket of this number.
    Behind { id: u64 },
    /// After the tickets, in the history, behind the entry of this number: what was merged or deleted.
    Gone { id: u64 },
}

impl Pull {
    /// The longest text of one.
    pub const MAX: usize = 4096;

    pub(crate) fn since(since: u64) -> Self {
        Self { since, asked: 0, newest: since, place: Place::Start }
    }

    /// For the database.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Plain numbers and texts: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Out of the database.
    ///
    /// # Errors
    /// [`BadPull`]; begin a new one then.
    pub fn from_text(text: &str) -> Result<Self, BadPull> {
        if text.len() > Self::MAX {
            return Err(BadPull);
        }
        serde_json::from_str(text).map_err(|_| BadPull)
    }

    pub(crate) fn has_cursor(&self) -> bool {
        matches!(self.place, Place::Cursor { .. })
    }

    /// The round again, from its times alone.
    pub(crate) fn without_cursor(&self) -> Self {
        Self { place: Place::Start, ..self.clone() }
    }

    /// A call is made; how many seconds back it has to look, by the desk's clock.
    pub(crate) fn back(&mut self, now: u64) -> u64 {
        if self.place == Place::Start {
            self.asked = now;
        }
        now.saturating_sub(self.since)
    }

    /// Further within the round.
    pub(crate) fn at(&self, place: Place) -> Self {
        Self { place, ..self.clone() }
    }

    /// The next round, where the helpdesk's clock counts: a little before the newest change seen.
    pub(crate) fn after_newest(&self, newest: u64) -> Self {
        let newest = newest.max(self.newest);
        Self { since: newest.saturating_sub(OVERLAP), asked: 0, newest, place: Place::Start }
    }

    /// The next round, where only how long ago counts: a little before this one began.
    pub(crate) fn after_asked(&self) -> Self {
        let since = self.asked.saturating_sub(OVERLAP).max(self.since.min(self.asked));
        Self { since, asked: 0, newest: self.newest, place: Place::Start }
    }
}

/// What one answer of a pull brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In no order to rely on; [`crate::Heard`] puts it into one.
    pub news: Vec<TicketNews>,
    /// Where to go on. Keep it only after `news` was heard.
    pub next: Pull,
    /// Whether the round goes on; otherwise everything there was has been seen.
    pub more: bool,
    /// The least seconds before the next call to this helpdesk.
    pub wait: u64,
}

/// A text that is no [`Pull`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("where the last pull from the helpdesk ended cannot be read; a new one begins")]
pub struct BadPull;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn its_text_comes_back() {
        for place in [
            Place::Start,
            Place::Cursor { cursor: "MTU3NjYxMzUzOS4wfHw0Njd8".into() },
            Place::Page { page: 3 },
            Place::Behind { id: 4821 },
            Place::Gone { id: 2 },
        ] {
            let pull = Pull { since: 5, asked: 8, newest: 9, place };
            assert_eq!(Pull::from_text(&pull.to_text()), Ok(pull));
        }
        for text in ["", "{}", "[1]", "{\"since\":1}"] {
            assert_eq!(Pull::from_text(text), Err(BadPull));
        }
        assert_eq!(Pull::from_text(&" ".repeat(5000)), Err(BadPull));
    }

    #[test]
    fn rounds_overlap() {
        let mut pull = Pull::since(10_000);
        assert_eq!(pull.back(20_000), 10_000);
        assert_eq!(pull.at(Place::Page { page: 2 }).back(20_007), 10_007);
        assert_eq!(pull.after_asked().since, 20_000 - OVERLAP);
        assert_eq!(pull.after_newest(19_000).since, 19_000 - OVERLAP);
        assert_eq!(pull.after_newest(0).since, 10_000 - OVERLAP);
        // A clock that was set back looks back no less than the overlap.
        let mut later = pull.after_asked();
        assert_eq!(later.back(15_000), 0);
        assert_eq!(later.after_asked().since, 15_000);
    }
}
