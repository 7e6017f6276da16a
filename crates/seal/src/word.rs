//! What the customer says after submitting (FORMATS §4). Only a holder of the link can form a word; the desk judges it.

use crate::{mac::Voice, submission::Owner};
use wire::BoxId;
use zeroize::Zeroizing;

const MAGIC: &[u8; 18] = b"cloakroom/v1/word\0";
const NONE_SEEN: u32 = u32::MAX;

/// A word.
pub struct Word {
    /// The box it is about.
    pub box_id: BoxId,
    /// The newest note the customer had seen.
    pub newest: Option<u32>,
    /// What it says.
    pub says: WordKind,
}

/// What a word says.
pub enum WordKind {
    /// Destroy it.
    Withdraw,
    /// Destroy it, and let me send it again: said with the submitter's owner bytes.
    TakeBack(Owner),
    /// Yes, keep it until then, UTC seconds.
    Extend(u64),
}

/// Why a word is not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// The MAC is wrong: nobody who holds the link said this.
    #[error("nobody with the link said this; nothing was done")]
    Forged,
    /// The MAC is right, the word is not one.
    #[error("this is not a word this version understands; nothing was done: update Cloakroom")]
    Malformed,
    /// About another box.
    #[error("this word is about another request; nothing was done")]
    OtherBox,
}

impl Word {
    /// `word ‖ HMAC-SHA-256(voice, word)`.
    pub fn make(&self, voice: &Voice) -> Vec<u8> {
        let mut word = Vec::with_capacity(128);
        word.extend_from_slice(MAGIC);
        word.extend_from_slice(self.box_id.as_bytes());
        word.extend_from_slice(&self.newest.unwrap_or(NONE_SEEN).to_be_bytes());
        match &self.says {
            WordKind::Withdraw => word.push(0),
            WordKind::TakeBack(owner) => {
                word.push(1);
                // Exposed to the desk, which compares its hash with the record's.
                word.extend_from_slice(owner.expose());
            }
            WordKind::Extend(until) => {
                word.push(2);
                word.extend_from_slice(&until.to_be_bytes());
            }
        }
        voice.append(word)
    }

    /// Checks the MAC, then parses.
    pub fn open(voice: &Voice, box_id: BoxId, bytes: &[u8]) -> Result<Self, WordError> {
        let word = Self::parse(voice.check(bytes).ok_or(WordError::Forged)?).ok_or(WordError::Malformed)?;
        if word.box_id == box_id { Ok(word) } else { Err(WordError::OtherBox) }
    }

    fn parse(word: &[u8]) -> Option<Self> {
        let rest = word.strip_prefix(MAGIC)?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (newest, rest) = rest.split_first_chunk::<4>()?;
        let newest = u32::from_be_bytes(*newest);
        let (kind, body) = rest.split_first()?;
        let says = match (kind, body) {
            (0, []) => WordKind::Withdraw,
            (1, owner) => WordKind::TakeBack(Owner::from_bytes(Zeroizing::new(owner.try_into().ok()?))),
            (2, until) => WordKind::Extend(u64::from_be_bytes(until.try_into().ok()?)),
            _ => return None,
        };
        Some(Self { box_id: BoxId::from_bytes(*id), newest: (newest != NONE_SEEN).then_some(newest), says })
    }
}
