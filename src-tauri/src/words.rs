//! Codes and ids as windows know them: codes in words, ids as text.

use crate::view::{Failure, FailureCode};
use desk::{Desk, ItemRef, PersonId};

/// Why something is or was destroyed.
pub(crate) fn rule(code: &str) -> String {
    match code {
        "promise" => "this was promised to the customer",
        "ticket-solved" => "the ticket was solved",
        "ticket-closed" => "the ticket was closed",
        "term" => "its term after arrival runs out",
        "charged" => "the card was charged",
        "erase-now" => "somebody at the desk erased it",
        "withdrawn" => "the customer asked for it",
        "taken-back" => "the customer took it back to replace it",
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
    fn ids_come_back_as_they_went() {
        let item_ref = ItemRef { box_id: BoxId::from_bytes([7; 16]), part: PartId::from_bytes([9; 16]) };
        assert_eq!(item(&item_name(item_ref)).unwrap(), item_ref);
        assert!(item("07").is_err());
        assert!(id::<RequestId>("zz").is_err());
        assert!(id::<RequestId>("").is_err());
    }
}
