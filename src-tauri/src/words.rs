//! Codes and ids as windows know them: codes in words, ids as text.

pub(crate) use crate::view::sentences;
use crate::view::{Failure, FailureCode};
use desk::{Desk, ItemRef, PersonId};

/// Why something is or was destroyed.
pub(crate) fn rule(code: &str) -> String {
    match code {
        "promise" => "the date promised to the customer",
        "ticket-solved" => "the ticket was solved",
        "ticket-closed" => "the ticket was closed",
        "term" => "the longest time after arrival",
        "charged" => "the card was charged",
        "erase-now" => "erased by hand",
        "withdrawn" => "the customer asked for it",
        "taken-back" => "the customer took it back to replace it",
        "asked-again" => "the customer was asked for it again",
        "agreed" => "the longer time that the customer agreed to",
        "expired" => "the link ran out and nothing came",
        "revoked" => "the link was taken back",
        "not-opened" => "the link could not be made",
        "status-ended" => "the customer's status page ended",
        other => return other.replace('-', " "),
    }
    .to_owned()
}

/// Why something was opened.
pub(crate) fn reason(code: &str) -> String {
    match code {
        "verify-identity" => "Check who they are",
        "charge-card" => "Charge the card",
        "customer-asked" => "The customer asked",
        "check-quality" => "Check that it is readable",
        "legal-duty" => "Legal duty",
        other => return other.replace('-', " "),
    }
    .to_owned()
}

/// Why a link was taken back though nobody did just that.
pub(crate) fn taken_back(code: &str) -> String {
    match code {
        "helpdesk" => "The ticket was closed at its helpdesk, so the link was taken back",
        _ => "The ticket was closed here, so the link was taken back",
    }
    .to_owned()
}

/// Why something is asked for again, as agents choose it.
pub(crate) fn again(code: &str) -> &'static str {
    match code {
        "blurry" => "Blurry",
        "cut-off" => "Cut off",
        "wrong-side" => "Wrong side",
        "expired" => "Expired",
        "glare" => "Glare",
        "photocopy" => "Photocopy",
        _ => "Another reason",
    }
}

/// The same, as the message to the customer says it.
pub(crate) fn because(code: &str) -> &'static str {
    match code {
        "blurry" => ": what we have is too blurry to read",
        "cut-off" => ": a part of what we have is cut off",
        "wrong-side" => ": what we have shows the wrong side",
        "expired" => ": what we have has expired",
        "glare" => ": light on it hides a part of what we have",
        "photocopy" => ": what we have is a copy, and we need the original",
        _ => "",
    }
}

/// A card's brand, as programs on both sides write it.
pub(crate) fn brand(brand: desk::Brand) -> String {
    match brand {
        desk::Brand::Visa => "visa",
        desk::Brand::Mastercard => "mastercard",
        desk::Brand::Amex => "amex",
    }
    .to_owned()
}

/// What is wrong with a round.
pub(crate) fn problem(code: &str) -> String {
    match code {
        "damaged" => "What arrived is damaged. Nothing was opened. Ask the customer again.",
        "forged" => {
            "What arrived was not made by whoever has the link. Nothing was opened. Ask the customer again."
        }
        "incomplete" => "Something is missing of what arrived. Ask the customer again.",
        _ => "Something is wrong with what arrived. Ask the customer again.",
    }
    .to_owned()
}

/// A person's name. Names are sealed: a desk knows that of whoever unlocked it.
pub(crate) fn person(desk: &Desk, id: PersonId) -> String {
    match desk.person() {
        Some((own, name)) if own == id => name,
        _ => "A colleague".to_owned(),
    }
}

/// "this happened; do that" as a sentence that begins like one.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let begun: String =
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    if begun.ends_with(['.', '!', '?']) { begun } else { begun + "." }
}

/// UTC seconds as "2026-11-21 14:32 UTC", as certificates have it.
pub(crate) fn utc(seconds: u64) -> String {
    desk::utc_text(seconds)
}

/// UTC seconds as windows show them: "21 Nov 2026, 14:32 UTC".
pub(crate) fn moment(seconds: u64) -> String {
    desk::moment(seconds)
}

/// A number as people read it: 4,314,712.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An id that a window was told: a request's, a purge's, a box's.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| unknown())
}

/// An item: its box and its part.
pub(crate) fn item(text: &str) -> Result<ItemRef, Failure> {
    let (of, part) = text.split_once('.').ok_or_else(unknown)?;
    Ok(ItemRef { box_id: id(of)?, part: id(part)? })
}

/// The same, as text.
pub(crate) fn item_name(item: ItemRef) -> String {
    format!("{}.{}", item.box_id, item.part)
}

fn unknown() -> Failure {
    Failure::new(FailureCode::Gone, "This is not here any more. Go back to the list and look again.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use desk::{BoxId, PartId, RequestId};

    #[test]
    fn times_and_numbers_are_as_people_read_them() {
        assert_eq!(moment(1_709_164_800), "29 Feb 2024, 00:00 UTC");
        assert_eq!(moment(1_735_689_599), "31 Dec 2024, 23:59 UTC");
        assert_eq!([7, 999, 1_000, 4_314_712].map(grouped), ["7", "999", "1,000", "4,314,712"]);
    }

    #[test]
    fn ids_come_back_as_they_went() {
        let item_ref = ItemRef { box_id: BoxId::from_bytes([7; 16]), part: PartId::from_bytes([9; 16]) };
        assert_eq!(item(&item_name(item_ref)).unwrap(), item_ref);
        assert!(item("07").is_err());
        assert!(id::<RequestId>("zz").is_err());
        assert!(id::<RequestId>("").is_err());
    }
}
