use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which data class something belongs to: it says who may open it, and how long it lives.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DataClass {
    Identity,
    Payment,
    General,
}

impl DataClass {
    /// As programs read it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Payment => "payment",
            Self::General => "general",
        }
    }
}

impl From<DataClass> for desk::DataClass {
    fn from(class: DataClass) -> Self {
        match class {
            DataClass::Identity => Self::Identity,
            DataClass::Payment => Self::Payment,
            DataClass::General => Self::General,
        }
    }
}

impl From<desk::DataClass> for DataClass {
    fn from(class: desk::DataClass) -> Self {
        match class {
            desk::DataClass::Identity => Self::Identity,
            desk::DataClass::Payment => Self::Payment,
            desk::DataClass::General => Self::General,
        }
    }
}

macro_rules! same_as {
    ($(#[$doc:meta])* $name:ident = $original:path { $($variant:ident),+ $(,)? } $($extra:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
        #[serde(rename_all = "lowercase")]
        pub(crate) enum $name { $($variant),+ }

        impl From<$original> for $name {
            fn from(state: $original) -> Self {
                match state { $(<$original>::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $original {
            fn from(state: $name) -> Self {
                match state { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}
same_as! {
    /// Where the inbox shows a request.
    Shelf = desk::tables::request::Shelf { Arrived, Waiting, Open, Closing, Problem, Done }
}
same_as! {
    /// Where a ticket stands.
    TicketState = desk::tables::ticket::TicketState { Open, Solved, Closed }
}
same_as! {
    /// Where a round stands.
    RoundState = desk::tables::round::RoundState {
        Opening, Waiting, Sending, Sent, Collected, Purged, Expired, Revoked, Withdrawn,
    }
}
same_as! {
    /// How a round was filled, or is to be.
    Way = desk::tables::round::Way { Link, Filled, Desk }
}
same_as! {
    /// How far the end of what is held has come.
    HoldingState = desk::tables::holding::HoldingState { Alive, Destroying, Gone }
}
same_as! {
    /// What somebody did with an item.
    LookKind = desk::tables::look::LookKind { Opened, Covered, Failed }
}
same_as! {
    /// What kind of thing an item is.
    ItemKind = desk::tables::slot::SlotKind { Document, Card, Text }
}

/// How many requests lie on each shelf.
#[derive(Default, Serialize, TS)]
pub(crate) struct Counts {
    pub(crate) arrived: u64,
    pub(crate) waiting: u64,
    pub(crate) open: u64,
    pub(crate) closing: u64,
    pub(crate) problem: u64,
    pub(crate) done: u64,
}

impl From<Vec<(desk::tables::request::Shelf, u64)>> for Counts {
    fn from(counted: Vec<(desk::tables::request::Shelf, u64)>) -> Self {
        let mut counts = Self::default();
        for (shelf, count) in counted {
            match Shelf::from(shelf) {
                Shelf::Arrived => counts.arrived = count,
                Shelf::Waiting => counts.waiting = count,
                Shelf::Open => counts.open = count,
                Shelf::Closing => counts.closing = count,
                Shelf::Problem => counts.problem = count,
                Shelf::Done => counts.done = count,
            }
        }
        counts
    }
}

/// Where a page ended.
#[derive(Clone, Serialize, Deserialize, TS)]
pub(crate) struct Cursor {
    pub(crate) at: u64,
    pub(crate) id: String,
}

/// Which page of the inbox.
#[derive(Deserialize, TS)]
pub(crate) struct InboxQuery {
    pub(crate) shelf: Option<Shelf>,
    /// What the ticket starts with.
    pub(crate) ticket: Option<String>,
    pub(crate) after: Option<Cursor>,
    pub(crate) limit: u32,
}

/// A page of it.
#[derive(Serialize, TS)]
pub(crate) struct InboxPage {
    pub(crate) rows: Vec<InboxRow>,
    pub(crate) next: Option<Cursor>,
}

/// One request in the inbox.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InboxRow {
    pub(crate) id: String,
    pub(crate) ticket: String,
    /// The template's title, such as "ID document".
    pub(crate) title: String,
    pub(crate) shelf: Shelf,
    pub(crate) created: u64,
    pub(crate) moved: u64,
    pub(crate) due: Option<u64>,
    /// The box of a link that waits and is worth a reminder.
    pub(crate) remind: Option<String>,
    /// When the first of what nobody looked at ends, where that is within a day.
    pub(crate) ends_unseen: Option<u64>,
}

/// One request as a whole.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestView {
    pub(crate) id: String,
    pub(crate) ticket: String,
    pub(crate) ticket_state: TicketState,
    pub(crate) title: String,
    pub(crate) template: String,
    pub(crate) shelf: Shelf,
    pub(crate) created: u64,
    pub(crate) due: Option<u64>,
    /// Its helpdesk says that the ticket is over, though it is open here.
    pub(crate) over_there: bool,
    /// A webhook says that the ticket is over, and nothing confirmed it.
    pub(crate) claim: Option<super::ClaimView>,
    /// Messages to the customer, ready to be pasted.
    pub(crate) replies: Vec<super::Reply>,
    /// First to last.
    pub(crate) rounds: Vec<RoundView>,
}

/// A round: a link, a box, and what came through it.
#[derive(Serialize, TS)]
pub(crate) struct RoundView {
    #[serde(rename = "box")]
    pub(crate) box_id: String,
    /// From 1.
    pub(crate) number: u32,
    pub(crate) state: RoundState,
    pub(crate) opened: u64,
    /// When its link ends.
    pub(crate) expires: u64,
    pub(crate) arrived: Option<u64>,
    /// What is wrong with it, in words.
    pub(crate) problem: Option<String>,
    /// Why its link was taken back, in words, where no person did just that.
    #[serde(rename = "takenBack")]
    pub(crate) taken_back: Option<String>,
    pub(crate) holdings: Vec<HoldingView>,
    pub(crate) items: Vec<ItemView>,
    /// Who opened what of it and covered it again; oldest first.
    pub(crate) looks: Vec<Look>,
    pub(crate) way: Way,
    /// Whether it was asked for because an earlier one was not enough.
    pub(crate) again: bool,
    /// Why that was not enough, in words.
    pub(crate) why: Option<String>,
    /// Whether the customer was asked again because of this one.
    pub(crate) answered: bool,
    /// When the customer was reminded of its link; oldest first.
    pub(crate) reminders: Vec<u64>,
    /// Whether a reminder is worth it now.
    #[serde(rename = "remindNow")]
    pub(crate) remind_now: bool,
}

/// What is held of one class of one round.
#[derive(Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HoldingView {
    pub(crate) class: DataClass,
    pub(crate) state: HoldingState,
    pub(crate) due: Option<u64>,
    /// Why it is due, in words.
    pub(crate) rule: Option<String>,
    /// When it is due if its ticket is closed now; nothing while nothing arrived.
    pub(crate) if_closed: Option<u64>,
    /// Never later than this.
    pub(crate) promised: u64,
    /// The purge that destroys or destroyed it.
    pub(crate) purge: Option<String>,
    /// Until then it is kept as a guarantee.
    pub(crate) kept_until: Option<u64>,
    /// Whether it ends within a day and nobody looked at it.
    pub(crate) unseen: bool,
    /// A longer term that the customer may say yes to.
    pub(crate) offered: Option<u64>,
    /// The longest that may be offered, where one may be.
    pub(crate) longest: Option<u64>,
}

/// What a manifest says of an item.
#[derive(Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Described {
    /// The file's name; empty for a card.
    pub(crate) name: String,
    pub(crate) media_type: String,
    /// Whether this version can show it.
    pub(crate) viewable: bool,
    pub(crate) length: u64,
    /// Masked, such as `411111••••••1111`.
    pub(crate) preview: String,
}

/// One item, masked.
#[derive(Serialize, TS)]
pub(crate) struct ItemView {
    pub(crate) item: String,
    pub(crate) class: DataClass,
    pub(crate) slot: u8,
    /// What was asked for, such as "Passport or ID card".
    pub(crate) label: String,
    pub(crate) kind: ItemKind,
    pub(crate) arrived: u64,
    /// None for whoever may not open the class, where its list is damaged, and where the relay's part is missing.
    pub(crate) described: Option<Described>,
    /// Why the relay's part of the key is missing, in words.
    pub(crate) missing: Option<String>,
    /// Whether that is for good: it opens no more.
    pub(crate) lost: bool,
}

/// Somebody opened an item, or covered it again.
#[derive(Clone, Serialize, TS)]
pub(crate) struct Look {
    pub(crate) at: u64,
    pub(crate) who: String,
    pub(crate) class: DataClass,
    pub(crate) slot: u8,
    pub(crate) what: LookKind,
    /// Why, in words.
    pub(crate) reason: Option<String>,
}

/// When one class is destroyed.
#[derive(Serialize, TS)]
pub(crate) struct Due {
    pub(crate) class: DataClass,
    pub(crate) at: u64,
}

/// What closing a ticket sets in motion.
#[derive(Serialize, TS)]
pub(crate) struct Closing {
    pub(crate) ticket: String,
    pub(crate) due: Vec<Due>,
    /// How many links are taken back.
    pub(crate) links: u32,
}
