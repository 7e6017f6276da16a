//! Words an entry may carry: policy codes and ticket references. Both are narrow on purpose, so that no sentence about
//! a customer can slip into the ledger.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::{fmt, str::FromStr};

/// A text that may not stand in a ledger entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// See [`Code`].
    #[error("not a code; use 1 to 40 of a-z, 0-9 and -, starting with a letter")]
    Code,
    /// See [`TicketRef`].
    #[error("not a ticket reference; use 1 to 100 characters without control characters")]
    Ticket,
}

/// A reason, rule, source or alarm by its policy code: 1 to 40 of `a-z 0-9 -`, starting with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Code(String);

impl Code {
    /// The code's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let narrow = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let named = text.starts_with(|c: char| c.is_ascii_lowercase());
        if narrow && named && text.len() <= 40 { Ok(Self(text.to_owned())) } else { Err(TextError::Code) }
    }
}

/// The helpdesk's reference of a ticket (`#4821`): 1 to 100 characters, none that moves a terminal's cursor or turns
/// the direction of writing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TicketRef(String);

impl TicketRef {
    /// The reference as the helpdesk writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TicketRef {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let plain = text.chars().all(|c| !c.is_control() && !turns(c));
        if plain && (1..=100).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::Ticket)
        }
    }
}

macro_rules! parsed_text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

parsed_text!(Code, TicketRef);
