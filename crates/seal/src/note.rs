//! What the desk tells the customer's page (FORMATS §3). The relay can withhold a note, not invent one.

use crate::{
    json::{self, JsonError, V1},
    label::Label,
    rng::Rng,
    sealed::{OVERHEAD, OpenError, SealError, SealKey},
};
use serde::{Deserialize, Serialize};
use wire::{BoxId, DataClass, api::Base64, limits::NOTE_MAX};
use zeroize::Zeroizing;

/// A note's JSON is padded to a multiple of this, in bytes. One unit is enough for all but a checkpoint with cosignatures.
pub const NOTE_UNIT: usize = 1024;

/// One note. Unknown fields are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// 1.
    pub v: V1,
    /// When it was written, UTC seconds.
    pub at: u64,
    /// What it says.
    #[serde(flatten)]
    pub says: Says,
}

/// What a note says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Says {
    /// It arrived whole and is in the vault.
    Received {
        /// The receipt number.
        reference: String,
    },
    /// Somebody looked at it.
    Opened {
        /// The class.
        class: DataClass,
        /// Why, by the policy's code.
        reason: String,
    },
    /// The ticket is solved; it will be deleted.
    Closing {
        /// When, UTC seconds.
        due: u64,
    },
    /// The ticket was opened again.
    Reopened {},
    /// The keys of these classes are destroyed.
    Deleted {
        /// Which: the rest of what was sent may live on.
        classes: Vec<DataClass>,
        /// The certificate's id.
        certificate: String,
        /// How well it was erased, by code.
        method: String,
        /// The ledger's checkpoint, where it fits.
        checkpoint: Option<String>,
    },
    /// What arrived is not taken.
    Problem {
        /// Why.
        code: ProblemKind,
    },
    /// A new link for the one who sent this.
    Replaced {
        /// The link, sealed as [`crate::next`] does.
        next: Base64,
    },
    /// Two people decided that it is kept for now.
    Held {
        /// Until when at most, UTC seconds.
        until: u64,
    },
    /// The customer agreed to a longer term.
    Extended {
        /// The class.
        class: DataClass,
        /// Until when, UTC seconds.
        until: u64,
    },
    /// The desk did not do what a word asked.
    Refused {
        /// Which word.
        word: RefusedWord,
    },
    /// The agent took the request back.
    Revoked {},
    /// Asked once more: the next round is for whoever holds this link.
    #[serde(rename = "asked-again")]
    AskedAgain {
        /// Why, by code; nothing where no reason was given.
        reason: Option<String>,
        /// What is asked for once more, by the numbers of this request's slots.
        slots: Vec<u8>,
        /// The next round's link.
        next: NextLink,
    },
    /// The agent took it in: it came another way.
    Taken {
        /// What.
        classes: Vec<DataClass>,
        /// The receipt number.
        reference: String,
        /// Whether it is kept beside what came or comes through this link.
        apart: bool,
        /// No later than this it is destroyed, UTC seconds.
        until: u64,
    },
    /// The keys of what the agent had taken in apart are destroyed.
    #[serde(rename = "taken-deleted")]
    TakenDeleted {
        /// Which classes of it.
        classes: Vec<DataClass>,
        /// The certificate's id.
        certificate: String,
    },
    /// A longer term is offered. Nothing changes without the customer's yes.
    Offered {
        /// The class.
        class: DataClass,
        /// Until when it would be kept, UTC seconds.
        until: u64,
    },
    /// Something a later version says: only its date is shown.
    #[serde(other)]
    Other,
}

/// Why what arrived is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProblemKind {
    /// It arrived damaged.
    Damaged,
    /// Nobody with the link made it.
    Forged,
    /// Something is missing.
    Incomplete,
}

/// A word that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusedWord {
    /// Withdraw.
    Withdraw,
    /// Take back and replace.
    TakeBack,
    /// Yes to a longer term.
    Extend,
}

/// The whole link of a next round, for whoever can open the note. Wiped on drop, never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct NextLink(Zeroizing<String>);

impl NextLink {
    /// From a link's text.
    pub const fn new(url: Zeroizing<String>) -> Self {
        Self(url)
    }

    /// The link, to be followed by who was meant.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NextLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NextLink")
    }
}

impl Serialize for NextLink {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Exposed to the note's text, which is sealed at once.
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for NextLink {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// Why a note or a series of notes is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It opens to something else.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A note is missing before this one.
    #[error("a note is missing, so the newest may be withheld; reload, and ask the company if it stays so")]
    Gap,
    /// A number twice.
    #[error("two notes carry one number; do not trust them, and ask the company")]
    Double,
}

impl Note {
    /// `sealed(status-seal, "note", box id ‖ u32 seq, JSON and spaces)`.
    pub fn seal(
        &self,
        rng: &dyn Rng,
        status_seal: &SealKey,
        box_id: BoxId,
        seq: u32,
    ) -> Result<Vec<u8>, SealError> {
        let mut text = Zeroizing::new(serde_json::to_vec(self).map_err(|_| SealError::Inconsistent)?);
        json::pad_with_spaces(&mut text, NOTE_UNIT);
        if text.len() + OVERHEAD > NOTE_MAX {
            return Err(SealError::TooLong);
        }
        status_seal.seal(rng, Label::Note, &ctx(box_id, seq), &text)
    }

    /// Opens one note that claims number `seq`.
    pub fn open(status_seal: &SealKey, box_id: BoxId, seq: u32, sealed: &[u8]) -> Result<Self, NoteError> {
        Ok(json::read(&status_seal.open(Label::Note, &ctx(box_id, seq), sealed)?)?)
    }
}

/// The notes of one box, in order, each believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoteLog(Vec<Note>);

impl NoteLog {
    /// Reads a whole series as the relay gave it: it must count from 0 without gap or double.
    pub fn read<'a>(
        status_seal: &SealKey,
        box_id: BoxId,
        series: impl IntoIterator<Item = (u32, &'a [u8])>,
    ) -> Result<Self, NoteError> {
        let mut log = Self::default();
        for (seq, sealed) in series {
            log.push(status_seal, box_id, seq, sealed)?;
        }
        Ok(log)
    }

    /// Adds the next note.
    pub fn push(
        &mut self,
        status_seal: &SealKey,
        box_id: BoxId,
        seq: u32,
        sealed: &[u8],
    ) -> Result<(), NoteError> {
        match seq.cmp(&self.next_seq()) {
            std::cmp::Ordering::Less => Err(NoteError::Double),
            std::cmp::Ordering::Greater => Err(NoteError::Gap),
            std::cmp::Ordering::Equal => {
                self.0.push(Note::open(status_seal, box_id, seq, sealed)?);
                Ok(())
            }
        }
    }

    /// The number the next note must have.
    pub fn next_seq(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The notes, oldest first.
    pub fn notes(&self) -> &[Note] {
        &self.0
    }

    /// The newest note.
    pub fn newest(&self) -> Option<&Note> {
        self.0.last()
    }
}

fn ctx(box_id: BoxId, seq: u32) -> [u8; 20] {
    let mut ctx = [0; 20];
    let (id, number) = ctx.split_at_mut(16);
    id.copy_from_slice(box_id.as_bytes());
    number.copy_from_slice(&seq.to_be_bytes());
    ctx
}
