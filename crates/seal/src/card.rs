//! A payment card. There is no field for the security code, and a document that has one is refused (PCI DSS 3.3.1).

use crate::{json::JsonError, request::Brand};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// The media type of a card's plaintext.
pub const CARD_TYPE: &str = "application/vnd.cloakroom.card+json";

const DIGITS_MIN: usize = 12;
const DIGITS_MAX: usize = 19;
const BIN: usize = 6;
const LAST: usize = 4;

/// A primary account number: 12 to 19 digits whose Luhn sum is right (ISO/IEC 7812-1, annex B).
pub struct Pan(Zeroizing<String>);

/// A text that is no card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a card number; check its digits")]
pub struct NotAPan;

impl Pan {
    /// From digits as a person types them: spaces and hyphens between them are passed over.
    pub fn parse(text: &str) -> Result<Self, NotAPan> {
        let mut digits = Zeroizing::new(String::with_capacity(DIGITS_MAX));
        for c in text.chars().filter(|c| !matches!(c, ' ' | '-')) {
            if !c.is_ascii_digit() || digits.len() == DIGITS_MAX {
                return Err(NotAPan);
            }
            digits.push(c);
        }
        if digits.len() < DIGITS_MIN || !luhn(&digits) { Err(NotAPan) } else { Ok(Self(digits)) }
    }

    /// All the digits, to be shown to a person who gave a reason.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// BIN and last four.
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

/// Whose card a number is, by its first digits (ISO/IEC 7812-1 issuer identification numbers).
pub fn brand(pan: &Pan) -> Option<Brand> {
    let digits = pan.expose();
    let starts = |length: usize| digits.get(..length).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    match (starts(2), starts(4), digits.len()) {
        (40..=49, _, 13 | 16 | 19) => Some(Brand::Visa),
        (51..=55, _, 16) | (_, 2221..=2720, 16) => Some(Brand::Mastercard),
        (34 | 37, _, 15) => Some(Brand::Amex),
        _ => None,
    }
}

/// Masked.
impl std::fmt::Display for Pan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Masks a card number for a manifest's preview: the first six digits, dots, the last four.
pub fn mask_pan(text: &str) -> Result<String, NotAPan> {
    Pan::parse(text).map(|pan| pan.masked())
}

/// What a card slot holds.
pub struct Card {
    /// Its number.
    pub number: Pan,
    /// Month of expiry, 1 to 12.
    pub month: u8,
    /// Year of expiry, four digits.
    pub year: u16,
    /// The name on it.
    pub holder: Zeroizing<String>,
}

/// Why a card's plaintext is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Not the JSON expected, or with more fields than a card has.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The number is none.
    #[error(transparent)]
    Number(#[from] NotAPan),
    /// The date is none.
    #[error("the card's expiry is not a month; ask the customer to check it")]
    Expiry,
}

impl Card {
    /// The JSON that is sealed.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, JsonError> {
        let fields =
            Fields { number: self.number.expose(), month: self.month, year: self.year, holder: &self.holder };
        // Large enough that it never moves and leaves a copy: every byte of the holder may need six.
        let mut text = Zeroizing::new(Vec::with_capacity(128 + 6 * self.holder.len()));
        serde_json::to_writer(&mut *text, &fields).map_err(|_| JsonError::Malformed)?;
        Ok(text)
    }

    /// Parses the plaintext of a card item, already cut to its true length.
    pub fn parse(text: &[u8]) -> Result<Self, CardError> {
        let mut read: Owned = serde_json::from_slice(text).map_err(|_| JsonError::Malformed)?;
        let number = Pan::parse(&read.number);
        read.number.zeroize();
        let holder = Zeroizing::new(std::mem::take(&mut read.holder));
        let number = number?;
        if !(1..=12).contains(&read.month) || !(2000..=2099).contains(&read.year) {
            return Err(CardError::Expiry);
        }
        Ok(Self { number, month: read.month, year: read.year, holder })
    }
}

#[derive(Serialize)]
struct Fields<'a> {
    number: &'a str,
    month: u8,
    year: u16,
    holder: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Owned {
    number: String,
    month: u8,
    year: u16,
    holder: String,
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.number.zeroize();
        self.holder.zeroize();
    }
}

fn mask(digits: &str) -> String {
    let hidden = digits.len().saturating_sub(BIN + LAST);
    let bin = digits.get(..BIN).unwrap_or_default();
    let last = digits.get(BIN + hidden..).unwrap_or_default();
    format!("{bin}{}{last}", "•".repeat(hidden))
}

fn luhn(digits: &str) -> bool {
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| u32::from(if at % 2 == 1 { doubled(byte - b'0') } else { byte - b'0' }))
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn luhn_decides() {
        for good in ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6304000000000000"] {
            assert!(Pan::parse(good).is_ok(), "{good}");
        }
        for bad in ["4111111111111112", "41111111111", "41111111111111111111", "4111x11111111111", ""] {
            assert!(Pan::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn first_digits_tell_the_brand() {
        let of = |text| brand(&Pan::parse(text).unwrap());
        assert_eq!(of("4111111111111111"), Some(Brand::Visa));
        assert_eq!(of("5555555555554444"), Some(Brand::Mastercard));
        assert_eq!(of("2223003122003222"), Some(Brand::Mastercard));
        assert_eq!(of("378282246310005"), Some(Brand::Amex));
        assert_eq!(of("6011111111111117"), None);
    }

    #[test]
    fn only_ends_are_shown() {
        assert_eq!(mask_pan("4111111111111111").unwrap(), "411111••••••1111");
        assert_eq!(Pan::parse("378282246310005").unwrap().to_string(), "378282•••••0005");
    }

    #[test]
    fn card_round_trips_and_refuses_a_security_code() {
        let text = br#"{"number":"4111111111111111","month":8,"year":2030,"holder":"Ana \"N\" Example"}"#;
        let card = Card::parse(text).unwrap();
        assert_eq!(card.encode().unwrap().as_slice(), text);
        let with_code = br#"{"number":"4111111111111111","month":8,"year":2030,"holder":"A","cvc":"123"}"#;
        assert!(matches!(Card::parse(with_code), Err(CardError::Json(_))));
        let no_month = br#"{"number":"4111111111111111","month":13,"year":2030,"holder":"A"}"#;
        assert!(matches!(Card::parse(no_month), Err(CardError::Expiry)));
    }
}
