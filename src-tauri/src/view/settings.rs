use super::{Counts, Ledger};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whom a customer can ask: a name, and at least one way to reach them.
#[derive(Clone, Serialize, Deserialize, TS)]
pub(crate) struct Help {
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) web: Option<String>,
}

/// Who asks, as customers read it.
#[derive(Clone, Serialize, Deserialize, TS)]
pub(crate) struct Company {
    pub(crate) name: String,
    /// `#rrggbb`.
    pub(crate) colour: String,
    pub(crate) help: Help,
}

/// What a first start is told besides the passphrase.
#[derive(Deserialize, TS)]
pub(crate) struct Founding {
    /// The agent's name.
    pub(crate) person: String,
    pub(crate) company: Company,
}

/// What does not go well, until it does. `about` is one of `collect`, `purge`, `relay`, `clock`, `events`, `replace`, `alarm`.
#[derive(Serialize, TS)]
pub(crate) struct Trouble {
    pub(crate) about: String,
    pub(crate) text: String,
}

/// A clock that is not believed yet: what was confirmed, and what the machine claims.
#[derive(Serialize, TS)]
pub(crate) struct Clock {
    pub(crate) confirmed: u64,
    pub(crate) claimed: u64,
}

/// What the main window always shows.
#[derive(Serialize, TS)]
pub(crate) struct State {
    /// Counts up whenever anything changed; `wait` takes it.
    pub(crate) news: u64,
    pub(crate) person: String,
    pub(crate) company: Company,
    pub(crate) counts: Counts,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) clock: Option<Clock>,
    /// Retention time.
    pub(crate) now: u64,
    /// Where links point.
    pub(crate) origin: String,
    pub(crate) ledger: Ledger,
    pub(crate) preferences: Preferences,
    /// A ticket's link waits to be filled in; `from_ticket` takes it.
    pub(crate) incoming: bool,
}

/// Light or dark.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    System,
    Light,
    Dark,
}

/// How the app behaves for the person in front of it.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Preferences {
    /// Minutes without use until it locks, 1 to 15.
    pub(crate) lock_after: u8,
    pub(crate) theme: Theme,
    pub(crate) notify: bool,
    pub(crate) single_keys: bool,
}

/// What the settings show.
#[derive(Serialize, TS)]
pub(crate) struct SettingsView {
    pub(crate) company: Company,
    pub(crate) person: String,
    pub(crate) preferences: Preferences,
    pub(crate) origin: String,
    pub(crate) folder: String,
    pub(crate) version: String,
}

/// What the settings change.
#[derive(Deserialize, TS)]
pub(crate) struct Settings {
    pub(crate) company: Company,
    pub(crate) preferences: Preferences,
}

impl From<desk::Company> for Company {
    fn from(company: desk::Company) -> Self {
        let desk::Help { name, phone, email, web } = company.help;
        Self { name: company.name, colour: company.colour, help: Help { name, phone, email, web } }
    }
}

impl From<Company> for desk::Company {
    fn from(company: Company) -> Self {
        let Help { name, phone, email, web } = company.help;
        Self { name: company.name, colour: company.colour, help: desk::Help { name, phone, email, web } }
    }
}

impl From<desk::Preferences> for Preferences {
    fn from(kept: desk::Preferences) -> Self {
        let desk::Preferences { lock_after, theme, notify, single_keys } = kept;
        Self { lock_after, theme: theme.into(), notify, single_keys }
    }
}

impl From<Preferences> for desk::Preferences {
    fn from(chosen: Preferences) -> Self {
        let Preferences { lock_after, theme, notify, single_keys } = chosen;
        let theme = match theme {
            Theme::System => desk::Theme::System,
            Theme::Light => desk::Theme::Light,
            Theme::Dark => desk::Theme::Dark,
        };
        Self { lock_after, theme, notify, single_keys }
    }
}

impl From<desk::Theme> for Theme {
    fn from(theme: desk::Theme) -> Self {
        match theme {
            desk::Theme::System => Self::System,
            desk::Theme::Light => Self::Light,
            desk::Theme::Dark => Self::Dark,
        }
    }
}
