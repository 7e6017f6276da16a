use std::fmt;

/// Text on its way out of Cloakroom: into a ticket, a mail, a clipboard. Built only from text without a card number.
///
/// A card number is 13 to 19 digits, of any script, whose last one is right (Luhn, ISO/IEC 7812-1 annex B), together or
/// in groups with spaces, dashes, dots, line ends, quotation marks of mail and the like between them. In groups, or in
/// the middle of a longer row of digits, it must besides begin as cards do, or be grouped as they are: the numbers of
/// tickets and telephones, and dates, stand side by side often enough. What looks like a list, with `, ` or ` #` between
/// its numbers, is one only where it goes up or down, or is not grouped exactly as cards are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing(String);

impl Outgoing {
    /// Looks for card numbers.
    ///
    /// # Errors
    /// [`HoldsCardNumber`], which does not say which.
    pub fn parse(text: &str) -> Result<Self, HoldsCardNumber> {
        if holds_card_number(text) { Err(HoldsCardNumber) } else { Ok(Self(text.to_owned())) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that must not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this text holds what looks like a card number, so it was not sent; take the number out. If it is none, write its digits in words"
)]
pub struct HoldsCardNumber;

/// The digits of a card.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;
/// The digits of most cards; a longer row may be one with something behind it.
const COMMON: usize = 16;
/// The groups of most cards.
const GROUPS: usize = 4;
/// The most digits of a telephone number behind its `+` (ITU-T E.164).
const TELEPHONE: usize = 15;
/// The longest that stands between two groups of one number: a line end, an indent, a quotation mark of mail.
const BETWEEN: usize = 6;

fn holds_card_number(text: &str) -> bool {
    let (mut rows, mut list) = (Rows::default(), List::default());
    for c in text.chars() {
        if rows.push(c) || list.push(c) {
            return true;
        }
    }
    rows.ended() || list.ended()
}

/// Groups of digits that may belong together.
#[derive(Default)]
struct Rows {
    digits: Vec<u8>,
    /// Where each group begins in `digits`.
    groups: Vec<usize>,
    /// Visible characters since the last digit.
    between: usize,
    in_group: bool,
    /// A `+` stands before the first digit.
    telephone: bool,
    plus: bool,
    /// The last character may divide numbers of a list.
    mark: bool,
}

impl Rows {
    /// Takes one character; whether a card number ended before it.
    fn push(&mut self, c: char) -> bool {
        if let Some(digit) = digit(c) {
            if !self.in_group {
                if self.digits.is_empty() {
                    self.telephone = self.plus;
                }
                self.groups.push(self.digits.len());
                self.in_group = true;
            }
            self.digits.push(digit);
            (self.between, self.plus, self.mark) = (0, false, false);
            return false;
        }
        self.in_group = false;
        if is_unseen(c) {
            return false;
        }
        // A list of numbers is not one number: `4821, 4822`; nor are `+49 … +49 …`, `(030) … (040) …`, `#4821 #4822`.
        // Between two digits such a sign is only one more that somebody wrote there.
        let is_sign = matches!(c, '+' | '(' | ')' | '#');
        let list =
            (self.mark && c.is_whitespace()) || (is_sign && (self.between > 0 || self.digits.is_empty()));
        self.between += 1;
        self.mark = is_sign || matches!(c, ',' | ';');
        if list || c.is_alphabetic() || self.between > BETWEEN {
            let found = self.ended();
            *self = Self { plus: c == '+', ..Self::default() };
            return found;
        }
        false
    }

    /// Whether the groups so far hold a card number: any that stand side by side, at most as many as a card has digits.
    fn ended(&self) -> bool {
        if self.telephone && self.digits.len() <= TELEPHONE {
            return false;
        }
        let bounds: Vec<_> = self.groups.iter().copied().chain([self.digits.len()]).collect();
        (0..self.groups.len()).any(|first| {
            let near = bounds.get(first..bounds.len().min(first + LENGTHS.end() + 1)).unwrap_or_default();
            (2..=near.len()).any(|count| {
                let Some(of_row @ [start, .., end]) = near.get(..count) else { return false };
                let row = self.digits.get(*start..*end).unwrap_or_default();
                if count == 2 { is_card_alone(row) } else { is_card_in_groups(row, of_row) }
            })
        })
    }
}

fn is_card_alone(row: &[u8]) -> bool {
    if row.len() > *LENGTHS.end() {
        return LENGTHS
            .rev()
            .any(|length| row.windows(length).any(|part| begins_as_card(part) && luhn(part)));
    }
    // No card begins with 0 or 1; telephone numbers and times do.
    let whole = LENGTHS.contains(&row.len()) && row.first().is_some_and(|first| *first > 1) && luhn(row);
    whole || (row.len() > COMMON && is_card_at_an_end(row))
}

/// A card with its expiry or code right behind it, or with something before it.
fn is_card_at_an_end(row: &[u8]) -> bool {
    let is_card = |part: Option<&[u8]>| part.is_some_and(|part| begins_as_card(part) && luhn(part));
    (*LENGTHS.start()..row.len())
        .any(|length| is_card(row.get(..length)) || is_card(row.get(row.len() - length..)))
}

/// Groups exactly as cards have them, whatever divides them.
#[derive(Default)]
struct List {
    groups: Vec<Vec<u8>>,
    between: usize,
}

impl List {
    fn push(&mut self, c: char) -> bool {
        if let Some(digit) = digit(c) {
            match self.groups.last_mut().filter(|_| self.between == 0) {
                Some(group) => group.push(digit),
                None => self.groups.push(vec![digit]),
            }
            self.between = 0;
            return false;
        }
        if is_unseen(c) {
            return false;
        }
        let found = self.between == 0 && self.ended();
        self.between += 1;
        if c.is_alphabetic() || self.between > BETWEEN {
            self.groups.clear();
        } else if self.groups.len() > GROUPS {
            self.groups.remove(0);
        }
        found
    }

    fn ended(&self) -> bool {
        (3..=GROUPS).any(|count| {
            let from = self.groups.len().checked_sub(count);
            let Some(groups) = from.and_then(|from| self.groups.get(from..)) else { return false };
            let lengths: Vec<_> = groups.iter().map(Vec::len).collect();
            let exact = matches!(lengths[..], [4, 6, 4 | 5] | [4, 4, 4, 4]);
            // Tickets in a list go up, or down.
            let goes = groups.is_sorted_by(|a, b| a < b) || groups.is_sorted_by(|a, b| a > b);
            let row = groups.concat();
            exact && !(goes && count == GROUPS) && begins_as_card(&row) && luhn(&row)
        })
    }
}

/// `bounds`: where each of its groups begins, and the end.
fn is_card_in_groups(row: &[u8], bounds: &[usize]) -> bool {
    if !LENGTHS.contains(&row.len()) || !luhn(row) {
        return false;
    }
    let lengths: Vec<_> = bounds.iter().zip(bounds.iter().skip(1)).map(|(start, end)| end - start).collect();
    let grouped_as_card = matches!(lengths[..], [4, 6, 4 | 5] | [4, 4, 4, 1..=4] | [4, 4, 4, 4, 1..=3]);
    begins_as_card(row) || (grouped_as_card && row.first().is_some_and(|first| *first > 1))
}

/// The beginnings and lengths that card schemes use (ISO/IEC 7812-1, and the schemes' own tables).
fn begins_as_card(row: &[u8]) -> bool {
    let number =
        |digits: usize| row.iter().take(digits).fold(0u32, |number, digit| number * 10 + u32::from(*digit));
    let (one, two, three, four) = (number(1), number(2), number(3), number(4));
    match row.len() {
        13 => one == 4 || maestro(two),
        14 => two == 36 || two == 38 || two == 39 || (300..=305).contains(&three) || maestro(two),
        15 => two == 34 || two == 37 || maestro(two),
        16 => {
            one == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || (2200..=2204).contains(&four)
                || (3528..=3589).contains(&four)
                || matches!(two, 36 | 38 | 39 | 60 | 62 | 64 | 65 | 81 | 82)
                || four == 9792
                || maestro(two)
        }
        17 | 18 => matches!(two, 62 | 36) || maestro(two),
        19 => one == 4 || matches!(two, 62 | 36) || maestro(two),
        _ => false,
    }
}

fn maestro(two: u32) -> bool {
    two == 50 || (56..=69).contains(&two)
}

fn luhn(row: &[u8]) -> bool {
    let sum: u32 = row
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// What takes no room: it neither divides a number nor ends one.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{20e3}' | '\u{300}'..='\u{36f}'
    )
}

/// What a character is worth where digits of all scripts, circled and raised ones count (Unicode 14, property
/// `Numeric_Type` Decimal or Digit).
fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
    }
    let code = u32::from(c);
    let decimal = TENS.iter().find_map(|zero| code.checked_sub(*zero).filter(|digit| *digit < 10));
    let other = || {
        OTHERS.iter().find_map(|(first, worth, count)| {
            code.checked_sub(*first).filter(|place| place < count).map(|place| place + worth)
        })
    };
    decimal.or_else(other).and_then(|digit| u8::try_from(digit).ok())
}

/// Where ten digits in a row begin, zero first.
const TENS: [u32; 67] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0x2080, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
    0x1E140, 0x1E2F0, 0x1E950, 0x1F101, 0x1FBF0,
];

/// Digits that are fewer than ten in a row: the first, what it is worth, how many.
const OTHERS: [(u32, u32, u32); 19] = [
    (0xB2, 2, 2),
    (0xB9, 1, 1),
    (0x1369, 1, 9),
    (0x19DA, 1, 1),
    (0x2070, 0, 1),
    (0x2074, 4, 6),
    (0x2460, 1, 9),
    (0x2474, 1, 9),
    (0x2488, 1, 9),
    (0x24EA, 0, 1),
    (0x24F5, 1, 9),
    (0x24FF, 0, 1),
    (0x2776, 1, 9),
    (0x2780, 1, 9),
    (0x278A, 1, 9),
    (0x10A40, 1, 4),
    (0x10E60, 1, 9),
    (0x11052, 1, 9),
    (0x1F100, 0, 1),
];

#[cfg(test)]
#[path = "outgoing_tests.rs"]
mod tests;
