use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name a helpdesk gives a ticket, as people write it: `#4821`, `RT-12`.
///
/// 1 to 64 visible characters with no space among them. What cannot be seen, or would turn the direction of the
/// text around it, is refused: a reference is shown beside what an agent is about to destroy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketRef(String);

impl TicketRef {
    /// The most characters (Unicode scalar values) a reference has.
    pub const MAX_CHARS: usize = 64;

    /// Reads a reference as a person typed or pasted it; white space around it is dropped.
    ///
    /// # Errors
    /// [`BadTicketRef`] when nothing is left, it is too long, or something in it cannot be seen.
    pub fn parse(text: &str) -> Result<Self, BadTicketRef> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadTicketRef::Empty);
        }
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(BadTicketRef::TooLong);
        }
        if !text.chars().all(is_visible) {
            return Err(BadTicketRef::Unreadable);
        }
        Ok(Self(text.to_owned()))
    }

    /// The reference as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether two spellings mean one ticket: `#4821` and `4821`, `rt-12` and `RT-12`.
    #[must_use]
    pub fn same_ticket(&self, other: &Self) -> bool {
        self.bare().eq_ignore_ascii_case(other.bare())
    }

    fn bare(&self) -> &str {
        match self.0.trim_start_matches('#') {
            "" => &self.0,
            bare => bare,
        }
    }
}

impl fmt::Display for TicketRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TicketRef {
    type Err = BadTicketRef;

    fn from_str(text: &str) -> Result<Self, BadTicketRef> {
        Self::parse(text)
    }
}

impl TryFrom<String> for TicketRef {
    type Error = BadTicketRef;

    fn try_from(text: String) -> Result<Self, BadTicketRef> {
        Self::parse(&text)
    }
}

impl From<TicketRef> for String {
    fn from(reference: TicketRef) -> Self {
        reference.0
    }
}

/// Why a text is no ticket reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTicketRef {
    /// Nothing but white space.
    #[error("the ticket reference is empty; type the number your helpdesk shows, such as #4821")]
    Empty,
    /// More than [`TicketRef::MAX_CHARS`] characters.
    #[error("the ticket reference is longer than 64 characters; use the ticket's number, not its title")]
    TooLong,
    /// A space, a control character, or something that cannot be seen.
    #[error(
        "the ticket reference holds a space or a character that cannot be seen; type it by hand instead of pasting"
    )]
    Unreadable,
}

/// Letters and digits of any script, ASCII punctuation and the number sign. Everything invisible or
/// direction-changing (Unicode categories Cc, Cf, Zs, Zl, Zp, Mn, Co) falls outside of these.
fn is_visible(c: char) -> bool {
    // The Hangul fillers are letters by category and blank on screen.
    let blank_letter = matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}');
    (c.is_ascii_graphic() || (c.is_alphanumeric() && !blank_letter)) || c == '№'
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_helpdesks_write_is_read() {
        for text in ["#4821", "RT-12", "4821", "INC0012345", "JSM-7/3", "№17", "خدمة-12", "#"] {
            assert_eq!(TicketRef::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(TicketRef::parse(" \t#4821\r\n").unwrap().as_str(), "#4821");
    }

    #[test]
    fn spellings_of_one_ticket_are_the_same() {
        let read = |text: &str| text.parse::<TicketRef>().unwrap();
        assert!(read("#4821").same_ticket(&read("4821")));
        assert!(read("rt-12").same_ticket(&read("RT-12")));
        assert!(!read("#4821").same_ticket(&read("#48210")));
        assert!(!read("#").same_ticket(&read("##")));
    }

    #[test]
    fn an_empty_reference_is_refused() {
        for text in ["", " ", "\n\t", "\u{3000}"] {
            assert_eq!(TicketRef::parse(text), Err(BadTicketRef::Empty));
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(TicketRef::parse(&"9".repeat(64)).is_ok());
        assert!(TicketRef::parse(&"é".repeat(64)).is_ok());
        assert_eq!(TicketRef::parse(&"9".repeat(65)), Err(BadTicketRef::TooLong));
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        let unseen = [
            '\0',
            '\u{7}',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            ' ',
            '\u{a0}',
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{2028}',
            '\u{feff}',
            '\u{fe0f}',
            '\u{301}',
            '\u{3164}',
            '\u{115f}',
            '\u{e000}',
            '\u{e0041}',
        ];
        for c in unseen {
            assert_eq!(TicketRef::parse(&format!("48{c}21")), Err(BadTicketRef::Unreadable), "{c:?}");
        }
    }

    #[test]
    fn what_turns_text_around_is_refused() {
        let turning = ['\u{61c}', '\u{200e}', '\u{200f}'];
        for c in turning.into_iter().chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert_eq!(TicketRef::parse(&format!("#{c}4821")), Err(BadTicketRef::Unreadable), "{c:?}");
        }
    }

    #[test]
    fn json_is_checked_as_typing_is() {
        let read: TicketRef = serde_json::from_str(r##""#4821""##).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r##""#4821""##);
        assert!(serde_json::from_str::<TicketRef>("\"4\\u202e8\"").is_err());
    }

    #[test]
    fn an_error_never_quotes_its_input() {
        let text = "4111111111111111 leaked";
        assert!(!TicketRef::parse(text).unwrap_err().to_string().contains("4111"));
    }

    proptest! {
        #[test]
        fn what_is_accepted_stays_as_it_is(text in ".{0,80}") {
            if let Ok(reference) = TicketRef::parse(&text) {
                let again = TicketRef::parse(reference.as_str()).unwrap();
                prop_assert_eq!(&again, &reference);
                prop_assert!((1..=64).contains(&reference.as_str().chars().count()));
                prop_assert!(!reference.as_str().chars().any(|c| c.is_control() || c.is_whitespace()));
                prop_assert!(reference.same_ticket(&again));
            }
        }
    }
}
