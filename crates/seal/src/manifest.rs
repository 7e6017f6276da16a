//! What one class of a submission consists of: an age file of its own (FORMATS §4). No hash of plaintext here: beside
//! a masked card number it would be a way back to it.

use crate::{
    agefile::{self, AgeError},
    identity::{Identity, Recipient, Request},
    json::{self, JsonError, V1},
    sealed::SealError,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wire::{DataClass, PartId, limits};

/// The longest file name in bytes.
pub const NAME_MAX: usize = 255;
/// The longest media type in bytes.
pub const TYPE_MAX: usize = 127;
/// The longest preview in bytes.
pub const PREVIEW_MAX: usize = 64;
/// BIN and last four: the most digits a preview may show (PCI DSS 3.4.1).
pub const PREVIEW_DIGITS_MAX: usize = 10;

/// The items of one class. Unknown fields are refused: it comes from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// 1.
    pub v: V1,
    /// The class.
    pub class: DataClass,
    /// The items.
    pub items: Vec<Item>,
    /// The agent took them in, because they came another way. A customer's page never writes this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_agent: bool,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The part that holds it.
    pub part: PartId,
    /// The slot it answers.
    pub slot: u8,
    /// The file's name, as the customer has it; empty for cards and texts.
    pub name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Its true length in bytes.
    pub length: u64,
    /// What may be shown before it is opened; masked.
    pub preview: String,
    /// What was done to it before it was sealed.
    pub covers: Vec<Cover>,
}

/// What was done to an item before it was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cover {
    /// Metadata was removed.
    Metadata,
    /// Areas were covered.
    Areas,
    /// The purpose was written across it.
    Watermark,
}

/// Why a manifest is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The age file does not open.
    #[error(transparent)]
    Age(#[from] AgeError),
    /// It opens to something else.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A field is too long, a part is named twice, or a preview shows too much.
    #[error("the list of what was sent is not acceptable; ask the customer to send it again")]
    Inconsistent,
}

impl Manifest {
    /// The JSON that is sealed.
    pub fn encode(&self) -> Result<Vec<u8>, SealError> {
        if !self.is_consistent() {
            return Err(SealError::Inconsistent);
        }
        serde_json::to_vec(self).map_err(|_| SealError::Inconsistent)
    }

    /// Seals as a part: padded as items are.
    pub fn seal(&self, recipient: &Recipient) -> Result<Vec<u8>, SealError> {
        agefile::seal_item(recipient, &self.encode()?)
    }

    /// Opens a manifest part.
    pub fn open(identity: &Identity<Request>, sealed: &[u8]) -> Result<Self, ManifestError> {
        Self::parse(&agefile::open(identity, sealed)?)
    }

    /// Parses the padded plaintext: JSON never ends in a zero byte, so the zeros at the end are padding.
    pub fn parse(padded: &[u8]) -> Result<Self, ManifestError> {
        let len = padded.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let text = padded.get(..len).unwrap_or_default();
        let manifest: Self = json::read(text)?;
        if manifest.is_consistent() { Ok(manifest) } else { Err(ManifestError::Inconsistent) }
    }

    fn is_consistent(&self) -> bool {
        let parts: BTreeSet<PartId> = self.items.iter().map(|item| item.part).collect();
        !self.items.is_empty()
            && self.items.len() < usize::from(limits::PARTS_MAX)
            && parts.len() == self.items.len()
            && self.items.iter().all(Item::is_consistent)
    }
}

impl Item {
    fn is_consistent(&self) -> bool {
        let texts = [(&self.name, NAME_MAX), (&self.media_type, TYPE_MAX), (&self.preview, PREVIEW_MAX)];
        self.slot != u8::MAX
            && self.length > 0
            && self.length <= limits::PART_PLAINTEXT_MAX
            && texts.iter().all(|(text, max)| text.len() <= *max && !text.chars().any(char::is_control))
            && self.preview.chars().filter(char::is_ascii_digit).count() <= PREVIEW_DIGITS_MAX
    }
}
