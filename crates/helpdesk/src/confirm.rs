use crate::pull::Place;
use crate::{TicketNews, TicketRef};

/// The question how one ticket stands right now: one call, or some more where a merge looks like a close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    pub(crate) reference: TicketRef,
    pub(crate) stage: Stage,
}

/// Pages of a history that are read; one that is longer is no merge that could be found.
pub(crate) const PAGES_MAX: u32 = 100;

impl Confirmation {
    /// The ticket that is asked about.
    #[must_use]
    pub fn reference(&self) -> &TicketRef {
        &self.reference
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Ticket,
    /// It is closed, or marked as merged; its history tells which, and into what.
    History {
        news: TicketNews,
        /// Into what, as far as it was read.
        into: Option<TicketRef>,
        /// Where the next page begins.
        place: Place,
    },
}

/// What an answer to a [`Confirmation`] brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is one more call to make.
    Ask(Confirmation),
    /// This is how it stands. A [`crate::Said::MergedSomewhere`] in it is all that can be found out.
    Done(TicketNews),
}
