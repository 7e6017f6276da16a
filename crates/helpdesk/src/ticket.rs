use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::TicketRef;

/// A ticket as far as Cloakroom needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its name at the helpdesk.
    pub reference: TicketRef,
    /// Where it stands.
    pub state: TicketState,
    /// The ticket its requests moved to, once it was merged. History finds both numbers.
    pub merged_into: Option<TicketRef>,
}

impl Ticket {
    /// A ticket seen for the first time: open.
    #[must_use]
    pub fn new(reference: TicketRef) -> Self {
        Self { reference, state: TicketState::Open, merged_into: None }
    }

    /// What the ticket is after a signal, and what follows from it.
    ///
    /// Open and solved turn into each other, both may close; closed is final but for a merge, and for a helpdesk that
    /// takes its own close back ([`TicketSignal::Reopened`]). A merge moves the requests and never closes: helpdesks
    /// close the ticket that was merged away, and that must destroy nothing. Hearing the same twice changes nothing;
    /// what comes late is [`crate::Heard`]'s to sort out.
    ///
    /// A merge names the ticket it goes to; the caller follows earlier merges first, so that two tickets merged into
    /// each other end as a merge into itself, which is [`Consequence::Unchanged`].
    #[must_use]
    pub fn hear(&self, signal: &TicketSignal) -> (Self, Consequence) {
        let unchanged = (self.clone(), Consequence::Unchanged);
        if self.merged_into.is_some() {
            return unchanged;
        }
        match (self.state, signal) {
            // Helpdesks close what is merged away, and either may be heard first.
            (_, TicketSignal::Merged(into)) if into.same_ticket(&self.reference) => unchanged,
            (_, TicketSignal::Merged(into)) => (
                Self { merged_into: Some(into.clone()), ..self.clone() },
                Consequence::Merged { into: into.clone() },
            ),
            (TicketState::Solved, TicketSignal::Open)
            | (TicketState::Solved | TicketState::Closed, TicketSignal::Reopened) => {
                (self.in_state(TicketState::Open), Consequence::Reopened)
            }
            (TicketState::Closed, _)
            | (TicketState::Open, TicketSignal::Open | TicketSignal::Reopened)
            | (TicketState::Solved, TicketSignal::Solved) => unchanged,
            (TicketState::Open, TicketSignal::Solved) => {
                (self.in_state(TicketState::Solved), Consequence::Solved)
            }
            (before, TicketSignal::Closed) => (
                self.in_state(TicketState::Closed),
                Consequence::Closed { was_solved: before == TicketState::Solved },
            ),
        }
    }

    fn in_state(&self, state: TicketState) -> Self {
        Self { state, ..self.clone() }
    }
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketState {
    /// Being worked on.
    #[default]
    Open,
    /// Answered; a reply may open it again.
    Solved,
    /// Over for good.
    Closed,
}

impl TicketState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Solved, Self::Closed];

    /// Its name in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Solved => "solved",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for TicketState {
    type Err = BadTicketState;

    fn from_str(name: &str) -> Result<Self, BadTicketState> {
        Self::ALL.into_iter().find(|state| state.as_str() == name).ok_or(BadTicketState)
    }
}

/// A name that is no ticket state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no ticket state; use open, solved or closed")]
pub struct BadTicketState;

/// What a helpdesk, or the person at the desk, says a ticket has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketSignal {
    /// It is being worked on, for the first time or again.
    Open,
    /// It was answered.
    Solved,
    /// It is over for good.
    Closed,
    /// It was closed and is worked on again, at a helpdesk where a close can be taken back. Helpdesks only say *open*;
    /// [`crate::Heard`] makes it this, for a ticket that the same helpdesk had closed.
    Reopened,
    /// It goes on under another number.
    Merged(TicketRef),
}

/// What has to be done after a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing.
    Unchanged,
    /// Grace begins now.
    Solved,
    /// What is not yet being destroyed is due no longer.
    Reopened,
    /// Links still waiting are revoked. Grace began when the ticket was solved, or begins now.
    Closed {
        /// Whether the ticket was solved before.
        was_solved: bool,
    },
    /// The requests belong to another ticket from now on, and follow its state.
    Merged {
        /// That ticket.
        into: TicketRef,
    },
}

#[cfg(test)]
#[path = "ticket_tests.rs"]
mod tests;
