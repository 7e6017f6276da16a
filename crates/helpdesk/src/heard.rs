use serde::{Deserialize, Serialize};

use crate::{Proof, Said, TicketNews, TicketSignal, TicketState};

/// What a helpdesk said of one ticket so far. The desk keeps it beside the ticket, and asks it what to make of news.
///
/// A pull says how a ticket *is*, again and again; what counts is that it became something else. So a ticket that was
/// closed by hand stays closed when a pull finds it open as before, and opens again when its helpdesk, which had closed
/// it, has opened it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    state: TicketState,
    at: u64,
    /// Asked, not told.
    pulled: bool,
    /// It was closed since it was last open, whatever it is called now.
    closed: bool,
}

/// What to do about news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// [`crate::Ticket::hear`] this.
    Act(TicketSignal),
    /// Ask the helpdesk ([`crate::Helpdesk::confirm`]) and hear what it says.
    Ask,
    /// Change nothing, and show why.
    Nothing(Unheeded),
}

/// Why news change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unheeded {
    /// The same as the last time. Usual, and not worth showing.
    #[error("nothing new")]
    Again,
    /// Something newer is known.
    #[error("an older message came late; what is known is newer, so nothing changed")]
    Late,
    /// A state without a meaning here.
    #[error("the ticket has a state that is unknown here; close it by hand once it is over")]
    Unknown,
    /// Only somebody who knows a secret that the relay saw says so, and nobody can be asked.
    #[error(
        "a message without a signature says so, which is no proof; close the ticket by hand if it is true"
    )]
    Unproven,
    /// It was merged, and nobody says into which ticket.
    #[error(
        "the ticket was merged into another one that its helpdesk does not name; move its requests by hand"
    )]
    MergedSomewhere,
}

impl Heard {
    /// What news mean after all that was heard before.
    ///
    /// `can_ask`: the ticket's helpdesk can be asked, and was not asked just now. Then nothing but a pull is acted
    /// upon: a webhook is a hint. Otherwise a signature is believed; a mere [`Proof::Hint`] never is.
    ///
    /// Among messages of one kind the newer time wins; at the same time an *open* wins over what ends something, and a
    /// pull, which the desk made itself, wins over everything that was only told.
    #[must_use]
    pub fn hear(self, news: &TicketNews, can_ask: bool) -> (Self, Verdict) {
        let nothing = |why| (self, Verdict::Nothing(why));
        if self.knows(news) {
            return nothing(Unheeded::Again);
        }
        if can_ask && (news.proof != Proof::Pulled || news.said == Said::MergedSomewhere) {
            return (self, Verdict::Ask);
        }
        let signal = match &news.said {
            Said::Unknown => return nothing(Unheeded::Unknown),
            Said::MergedSomewhere => return nothing(Unheeded::MergedSomewhere),
            Said::Is(signal) => signal,
        };
        if news.proof == Proof::Hint {
            return nothing(Unheeded::Unproven);
        }
        let state = match signal {
            // A merge is for good, whenever it is heard.
            TicketSignal::Merged(_) => return (self, Verdict::Act(signal.clone())),
            TicketSignal::Open | TicketSignal::Reopened => TicketState::Open,
            TicketSignal::Solved => TicketState::Solved,
            TicketSignal::Closed => TicketState::Closed,
        };
        let closed = state == TicketState::Closed
            || (state == TicketState::Solved && self.last.is_some_and(|last| last.closed));
        let now = Last { state, at: news.at, pulled: news.proof == Proof::Pulled, closed };
        let heard = Self { last: Some(now) };
        match self.last {
            Some(last) if last.is_after(now) => nothing(Unheeded::Late),
            Some(last) if last.state == state => (heard, Verdict::Nothing(Unheeded::Again)),
            // Its own close is what a helpdesk may take back; one by hand is not.
            Some(last) if last.closed && state == TicketState::Open => {
                (heard, Verdict::Act(TicketSignal::Reopened))
            }
            _ if state == TicketState::Open => (heard, Verdict::Act(TicketSignal::Open)),
            _ => (heard, Verdict::Act(signal.clone())),
        }
    }
}

impl Heard {
    /// Whether nothing was said of the ticket so far.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self.last.is_none()
    }

    /// Whether the ticket is over there, solved or closed, as far as was heard.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.last.is_some_and(|last| last.state != TicketState::Open)
    }

    /// Whether the helpdesk was asked since, and said the same: that is not asked again.
    fn knows(self, news: &TicketNews) -> bool {
        self.last.is_some_and(|last| {
            let state = match &news.said {
                Said::Is(TicketSignal::Open) => TicketState::Open,
                Said::Is(TicketSignal::Solved) => TicketState::Solved,
                Said::Is(TicketSignal::Closed) => TicketState::Closed,
                _ => return false,
            };
            last.pulled && last.state == state && news.at <= last.at
        })
    }
}

impl Last {
    fn is_after(self, news: Self) -> bool {
        match (self.pulled, news.pulled) {
            (false, true) => false,
            (true, true) => self.at > news.at,
            (_, false) if self.at == news.at => {
                self.pulled || (self.state == TicketState::Open && news.state != TicketState::Open)
            }
            (_, false) => self.at > news.at,
        }
    }
}

#[cfg(test)]
#[path = "heard_tests.rs"]
mod tests;
