//! How the app behaves for the person in front of it.

use crate::{Desk, DeskError};
use serde::{Deserialize, Serialize};

const SETTING: &str = "preferences";
/// PCI DSS 4.0.1, 8.2.8: a session locks after at most 15 minutes without use.
const LOCK_AFTER_MAX: u8 = 15;

/// What a person may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Minutes without use until the desk locks, 1 to 15.
    pub lock_after: u8,
    /// Light, dark, or as the system is.
    pub theme: Theme,
    /// Whether the system is asked to show notifications; they hold a ticket reference and nothing else.
    pub notify: bool,
    /// Whether single keys are shortcuts; who speaks to the computer is better off without (WCAG 2.2, 2.1.4).
    pub single_keys: bool,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { lock_after: 10, theme: Theme::System, notify: true, single_keys: true }
    }
}

impl Desk {
    /// What the person chose, or the defaults.
    pub async fn preferences(&self) -> Result<Preferences, DeskError> {
        let text = self.read(|db| Ok(db.setting(SETTING)?)).await?;
        let kept: Preferences = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(kept.bounded())
    }

    /// Changes them. A longer time until it locks than allowed becomes the longest allowed.
    pub async fn set_preferences(&self, preferences: Preferences) -> Result<(), DeskError> {
        self.session()?;
        let text = serde_json::to_string(&preferences.bounded()).map_err(|_| DeskError::Settings)?;
        self.vault(move |vault, now| Ok(vault.change(now, |change| change.db().set_setting(SETTING, &text))?))
            .await
    }
}

impl Preferences {
    fn bounded(self) -> Self {
        Self { lock_after: self.lock_after.clamp(1, LOCK_AFTER_MAX), ..self }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_time_until_it_locks_is_never_longer_than_the_standard_allows() {
        let kept: Preferences = serde_json::from_str(r#"{"lock_after":200,"theme":"dark"}"#).unwrap();
        assert_eq!(
            kept.bounded(),
            Preferences { lock_after: 15, theme: Theme::Dark, ..Preferences::default() }
        );
        assert_eq!(Preferences { lock_after: 0, ..kept }.bounded().lock_after, 1);
    }
}
