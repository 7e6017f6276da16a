//! What a customer gives: made anew, so that nothing real lies in the project.

mod paper;
mod photo;

pub use paper::{PAPER_MARK, paper};
pub use photo::{PHOTO_MARKS, Quarters, UPRIGHT, photo, quarters};

/// A public test card.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its digits.
    pub number: String,
    /// As typed.
    pub month: String,
    /// As typed.
    pub year: String,
    /// As typed.
    pub holder: String,
}

impl Card {
    /// The number of a card scheme's own test documentation, and a name that occurs nowhere else.
    pub fn sample() -> Self {
        Self {
            number: "5555555555554444".to_owned(),
            month: "11".to_owned(),
            year: "2031".to_owned(),
            holder: "Wilhelmina Q Zwanziger".to_owned(),
        }
    }

    /// What may be shown of it before it is opened.
    pub fn masked(&self) -> String {
        seal::card::mask_pan(&self.number).unwrap_or_default()
    }
}
