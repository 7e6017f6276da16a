//! What an agent asks of one customer, sealed by the link (FORMATS §3).

use crate::{
    identity::Recipient,
    json::{self, Hex32, JsonError, V1},
    label::Label,
    link::Link,
    rng::Rng,
    sealed::{OVERHEAD, OpenError, SealError},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wire::{DataClass, api::BoxLimits, limits::SEALED_REQUEST_MAX, sha256};

const UNIT: usize = 4096;

/// A request. The order of the fields is the order in the JSON; unknown fields are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// 1.
    pub v: V1,
    /// The company that asks.
    pub company: String,
    /// Its colour.
    pub colour: Colour,
    /// The agent's first name.
    pub agent: String,
    /// The ticket's reference.
    pub ticket: String,
    /// What it is needed for.
    pub purpose: String,
    /// The things asked for.
    pub slots: Vec<Slot>,
    /// Who will see it.
    pub seen_by: Vec<String>,
    /// What is promised about its end, per class.
    pub retention: Vec<Retention>,
    /// Whom to ask.
    pub help: Help,
    /// Language of the page, BCP 47.
    pub language: String,
    /// How much may be sent.
    pub limits: BoxLimits,
    /// When the request was made, UTC seconds.
    pub opened: u64,
    /// When the link stops taking anything, UTC seconds.
    pub expires: u64,
    /// One per class used.
    pub recipients: Vec<ClassRecipient>,
    /// The desk's ledger key, as a C2SP verifier key.
    pub ledger_key: String,
    /// The notice shown before sending.
    pub notice: Notice,
}

/// One thing asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its number, 0 to 254.
    pub slot: u8,
    /// What kind of thing.
    #[serde(flatten)]
    pub ask: Ask,
}

/// What kind of thing a slot asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Ask {
    /// Photos or PDF pages.
    Document {
        /// Its class.
        class: DataClass,
        /// What it is called.
        label: String,
        /// Media types taken.
        media: Vec<String>,
        /// How many files at most.
        pages: u8,
        /// Whether parts may or must be covered.
        cover: CoverPolicy,
        /// Whether the page writes the purpose across it.
        watermark: bool,
    },
    /// A payment card.
    Card {
        /// Its class.
        class: DataClass,
        /// What it is called.
        label: String,
        /// Brands taken.
        brands: Vec<Brand>,
    },
    /// A line of text.
    Text {
        /// Its class.
        class: DataClass,
        /// What it is called.
        label: String,
        /// Characters at most.
        max: u16,
    },
}

/// Whether the customer covers parts of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoverPolicy {
    /// Not offered.
    None,
    /// May.
    Offered,
    /// Must.
    Required,
}

/// A card brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "names")]
pub enum Brand {
    Visa,
    Mastercard,
    Amex,
}

/// `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(String);

/// A text that is no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no colour; write it as # and six hexadecimal digits")]
pub struct NotAColour;

/// The promise about the end of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// The class.
    pub class: DataClass,
    /// The rule, in words.
    pub rule: String,
    /// The latest end, UTC seconds.
    pub until: u64,
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Help {
    /// A name.
    pub name: String,
    /// A telephone number.
    pub phone: Option<String>,
    /// A mail address.
    pub email: Option<String>,
    /// A web address.
    pub web: Option<String>,
}

/// Whom to seal one class's items to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassRecipient {
    /// The class.
    pub class: DataClass,
    /// `kind` and `recipient`.
    #[serde(flatten)]
    pub to: Recipient,
}

/// Which notice the customer is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its version.
    pub version: String,
    /// SHA-256 of its text.
    pub hash: Hex32,
}

/// What a slot demands of the parts that answer it; a desk keeps this in the clear, to judge a submission while locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SlotRule {
    /// The slot.
    pub slot: u8,
    /// Its class.
    pub class: DataClass,
    /// How many parts it takes at most.
    pub parts: u8,
}

/// Why a sealed request is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It opens to something else.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Its slots, classes and recipients do not fit together.
    #[error("this request contradicts itself; ask for a new link")]
    Inconsistent,
}

/// `H(sealed request)`, by which record and phrase name a request.
pub fn request_hash(sealed: &[u8]) -> [u8; 32] {
    sha256(sealed)
}

impl Request {
    /// Seals for the holder of `link`: `sealed(request-seal, "request", box id, JSON and spaces)`.
    pub fn seal(&self, rng: &dyn Rng, link: &Link) -> Result<Vec<u8>, SealError> {
        if !self.is_consistent() {
            return Err(SealError::Inconsistent);
        }
        let mut text = serde_json::to_vec(self).map_err(|_| SealError::Inconsistent)?;
        json::pad_with_spaces(&mut text, UNIT);
        if text.len() + OVERHEAD > SEALED_REQUEST_MAX {
            return Err(SealError::TooLong);
        }
        link.request_seal().seal(rng, Label::Request, link.box_id().as_bytes(), &text)
    }

    /// Opens with the link.
    pub fn open(link: &Link, sealed: &[u8]) -> Result<Self, RequestError> {
        let text = link.request_seal().open(Label::Request, link.box_id().as_bytes(), sealed)?;
        let request: Self = json::read(&text)?;
        if request.is_consistent() { Ok(request) } else { Err(RequestError::Inconsistent) }
    }

    /// What each slot demands.
    pub fn slot_rules(&self) -> Vec<SlotRule> {
        let rule =
            |slot: &Slot| SlotRule { slot: slot.slot, class: slot.ask.class(), parts: slot.ask.parts() };
        self.slots.iter().map(rule).collect()
    }

    /// The classes used, ascending.
    pub fn classes(&self) -> BTreeSet<DataClass> {
        self.slots.iter().map(|slot| slot.ask.class()).collect()
    }

    /// Whom to seal `class` to.
    pub fn recipient(&self, class: DataClass) -> Option<&Recipient> {
        self.recipients.iter().find(|entry| entry.class == class).map(|entry| &entry.to)
    }

    /// Slots numbered once and below 255, and exactly one recipient and one promise for every class used.
    fn is_consistent(&self) -> bool {
        let numbers: BTreeSet<u8> = self.slots.iter().map(|slot| slot.slot).collect();
        let classes = self.classes();
        !self.slots.is_empty()
            && numbers.len() == self.slots.len()
            && !numbers.contains(&u8::MAX)
            && once_each(self.recipients.iter().map(|entry| entry.class)) == Some(classes.clone())
            && once_each(self.retention.iter().map(|entry| entry.class)) == Some(classes)
            && self.opened <= self.expires
    }
}

fn once_each(classes: impl Iterator<Item = DataClass>) -> Option<BTreeSet<DataClass>> {
    let mut seen = BTreeMap::new();
    classes.for_each(|class| *seen.entry(class).or_insert(0) += 1);
    seen.values().all(|count| *count == 1).then(|| seen.into_keys().collect())
}

impl Ask {
    /// Its class.
    pub const fn class(&self) -> DataClass {
        match self {
            Self::Document { class, .. } | Self::Card { class, .. } | Self::Text { class, .. } => *class,
        }
    }

    /// What it is called.
    pub fn label(&self) -> &str {
        match self {
            Self::Document { label, .. } | Self::Card { label, .. } | Self::Text { label, .. } => label,
        }
    }

    /// How many parts it takes at most.
    pub const fn parts(&self) -> u8 {
        match self {
            Self::Document { pages, .. } => *pages,
            Self::Card { .. } | Self::Text { .. } => 1,
        }
    }
}

impl TryFrom<String> for Colour {
    type Error = NotAColour;

    fn try_from(text: String) -> Result<Self, NotAColour> {
        let digits = text.strip_prefix('#').ok_or(NotAColour)?;
        let right = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if right { Ok(Self(text)) } else { Err(NotAColour) }
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.0
    }
}
