//! What a submission proves (FORMATS §4): the desk believes it only when all of this holds.

use crate::{
    mac::SubmissionMac,
    request::SlotRule,
    rng::{Rng, RngFailed},
    secret::Secret,
};
use std::collections::BTreeMap;
use wire::{BoxId, DataClass, PartSlot, Record, RecordError, sha256};
use zeroize::Zeroizing;

/// The longest manifest, sealed: twenty items with the longest names need a twentieth of it.
const MANIFEST_MAX: u64 = 1 << 20;

/// The 32 random bytes by which the submitting browser is known again.
pub struct Owner(Secret);

impl Owner {
    /// Fresh ones.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        Secret::make(rng).map(Self)
    }

    /// From their bytes.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret::from_bytes(bytes))
    }

    /// What the record carries.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.0.expose())
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// Why a submission is not collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// The MAC is wrong: nobody who holds the link made this.
    #[error("nobody with the link made this submission; it was not collected, ask the customer again")]
    Forged,
    /// The MAC is right, the record is not.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// For another box.
    #[error("this submission belongs to another request; it was not collected, ask the customer again")]
    OtherBox,
    /// The customer saw another request.
    #[error("the customer saw another request than the one made here; nothing was collected, ask again")]
    OtherRequest,
    /// A slot that was not asked for, or more parts than it takes.
    #[error("the submission holds something that was not asked for; ask the customer to send it again")]
    UnknownSlot,
    /// A part sealed to another class than its slot's.
    #[error("an item was sealed for the wrong people; it was not collected, ask the customer again")]
    WrongClass,
    /// Not exactly one manifest for each class used.
    #[error("the list of what was sent is missing or doubled; ask the customer to send it again")]
    Manifests,
}

/// The body of `submit`: `record ‖ HMAC-SHA-256(submission-mac, record)`.
pub fn make(record: &Record, key: &SubmissionMac) -> Vec<u8> {
    key.append(record.encode())
}

/// Checks the MAC first, then everything else a locked desk can know: its box, its request, its slots.
/// What remains are lengths and digests of the parts.
pub fn open(
    body: &[u8],
    key: &SubmissionMac,
    box_id: BoxId,
    request_hash: &[u8; 32],
    rules: &[SlotRule],
) -> Result<Record, SubmissionError> {
    let bytes = key.check(body).ok_or(SubmissionError::Forged)?;
    let record = Record::parse(bytes)?;
    if record.box_id != box_id {
        return Err(SubmissionError::OtherBox);
    }
    if record.request_hash != *request_hash {
        return Err(SubmissionError::OtherRequest);
    }
    check_slots(&record, rules)?;
    Ok(record)
}

/// Each item answers a slot of its class, no slot too often, and each class used has one manifest.
fn check_slots(record: &Record, rules: &[SlotRule]) -> Result<(), SubmissionError> {
    let mut taken: BTreeMap<u8, usize> = BTreeMap::new();
    let mut classes: BTreeMap<DataClass, (usize, usize)> = BTreeMap::new();
    for part in &record.parts {
        let (items, manifests) = classes.entry(part.class).or_default();
        match part.slot {
            PartSlot::Manifest if part.length > MANIFEST_MAX => return Err(SubmissionError::Manifests),
            PartSlot::Manifest => *manifests += 1,
            PartSlot::Item(slot) => {
                let rule = rules.iter().find(|rule| rule.slot == slot).ok_or(SubmissionError::UnknownSlot)?;
                if rule.class != part.class {
                    return Err(SubmissionError::WrongClass);
                }
                let count = taken.entry(slot).or_default();
                *count += 1;
                if *count > usize::from(rule.parts) {
                    return Err(SubmissionError::UnknownSlot);
                }
                *items += 1;
            }
        }
    }
    let whole = classes.values().all(|(items, manifests)| *items > 0 && *manifests == 1);
    if whole { Ok(()) } else { Err(SubmissionError::Manifests) }
}
