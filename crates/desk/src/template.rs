//! What an agent can ask for in one step: purpose, slots and how long each class lives (DESIGN §5).

use seal::request::{Ask, Brand, CoverPolicy, Slot};
use wire::DataClass;

/// A ready-made request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// One identity document.
    IdDocument,
    /// One card, destroyed when it was charged.
    CardOnce,
    /// Both.
    IdAndCard,
    /// One card, kept as a guarantee until a date, then as one that is charged once.
    CardGuarantee,
    /// A line of text that should not travel by e-mail.
    TextAnswer,
}

/// How long one class of a template lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The class.
    pub class: DataClass,
    /// Seconds after the ticket was solved or closed.
    pub grace: u64,
    /// Seconds after arrival, at most.
    pub term: u64,
    /// The rule as the customer reads it.
    pub rule: &'static str,
}

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

const IDENTITY: Retention = Retention {
    class: DataClass::Identity,
    grace: 72 * HOUR,
    term: 30 * DAY,
    rule: "72 hours after your ticket is solved, and no later than 30 days after it arrived",
};
const CHARGE_ONCE: Retention = Retention {
    class: DataClass::Payment,
    grace: HOUR,
    term: 72 * HOUR,
    rule: "as soon as your card was charged, and no later than 72 hours after it arrived",
};

const GUARANTEE: Retention = Retention {
    rule: "as soon as your card was charged, and no later than 72 hours after the date until which it is kept as a \
           guarantee",
    ..CHARGE_ONCE
};
const GENERAL: Retention = Retention { class: DataClass::General, ..IDENTITY };

/// How far away a guarantee's date may be, in seconds.
pub const GUARANTEE_MAX: u64 = 365 * DAY;
/// The longest answer in words, in characters.
const ANSWER_MAX: u16 = 500;

impl Template {
    /// Every template.
    pub const ALL: [Self; 5] =
        [Self::IdDocument, Self::CardOnce, Self::IdAndCard, Self::CardGuarantee, Self::TextAnswer];

    /// Its name in the store and on command lines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::IdDocument => "id-document",
            Self::CardOnce => "card-once",
            Self::IdAndCard => "id-and-card",
            Self::CardGuarantee => "card-guarantee",
            Self::TextAnswer => "text-answer",
        }
    }

    /// From its code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.code() == code)
    }

    /// From what people write on command lines and in links: a code, or `id` and `card` for short.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "id" => Some(Self::IdDocument),
            "card" => Some(Self::CardOnce),
            code => Self::from_code(code),
        }
    }

    /// Its name for a person.
    pub const fn title(self) -> &'static str {
        match self {
            Self::IdDocument => "ID document",
            Self::CardOnce => "Payment card: charge once",
            Self::IdAndCard => "ID and card",
            Self::CardGuarantee => "Payment card: guarantee",
            Self::TextAnswer => "Text answer",
        }
    }

    /// Why the customer is asked.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::IdDocument => "To make sure that we speak with the right person",
            Self::CardOnce => "To charge your card once, as agreed with you",
            Self::IdAndCard => {
                "To make sure that we speak with the right person, and to charge your card once"
            }
            Self::CardGuarantee => "To hold your booking: your card is charged only as agreed with you",
            Self::TextAnswer => "For a detail that should not travel by e-mail",
        }
    }

    /// What is asked for.
    pub fn slots(self) -> Vec<Slot> {
        match self {
            Self::IdDocument => vec![document(0)],
            Self::CardOnce => vec![card(0)],
            Self::IdAndCard => vec![document(0), card(1)],
            Self::CardGuarantee => vec![card(0)],
            Self::TextAnswer => vec![text(0)],
        }
    }

    /// How long each class lives.
    pub const fn retention(self) -> &'static [Retention] {
        match self {
            Self::IdDocument => &[IDENTITY],
            Self::CardOnce => &[CHARGE_ONCE],
            Self::IdAndCard => &[IDENTITY, CHARGE_ONCE],
            Self::CardGuarantee => &[GUARANTEE],
            Self::TextAnswer => &[GENERAL],
        }
    }

    /// Whether the agent chooses a date until which it is kept.
    pub const fn takes_date(self) -> bool {
        matches!(self, Self::CardGuarantee)
    }

    /// Seconds a link works.
    pub const fn lifetime(self) -> u64 {
        wire::limits::LIFETIME_DEFAULT
    }
}

fn document(slot: u8) -> Slot {
    let media = ["image/jpeg", "image/png", "image/webp", "application/pdf"];
    Slot {
        slot,
        ask: Ask::Document {
            class: DataClass::Identity,
            label: "Passport or ID card".to_owned(),
            media: media.map(str::to_owned).to_vec(),
            pages: 4,
            cover: CoverPolicy::Offered,
            watermark: false,
        },
    }
}

fn text(slot: u8) -> Slot {
    Slot { slot, ask: Ask::Text { class: DataClass::General, label: "Answer".to_owned(), max: ANSWER_MAX } }
}

fn card(slot: u8) -> Slot {
    Slot {
        slot,
        ask: Ask::Card {
            class: DataClass::Payment,
            label: "Payment card".to_owned(),
            brands: vec![Brand::Visa, Brand::Mastercard, Brand::Amex],
        },
    }
}
