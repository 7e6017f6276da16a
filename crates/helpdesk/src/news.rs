use crate::{TicketRef, TicketSignal};

/// What was said of one ticket, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketNews {
    /// The ticket, as its helpdesk writes it: `#4821`, `IT-12`. Compare with [`TicketRef::same_ticket`].
    pub reference: TicketRef,
    /// What.
    pub said: Said,
    /// When, UTC seconds by the helpdesk's clock.
    pub at: u64,
    /// How sure it is.
    pub proof: Proof,
}

/// What a helpdesk said of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It stands so now.
    Is(TicketSignal),
    /// It was merged, and the helpdesk did not say into which ticket: [`crate::Helpdesk::confirm`] may find out.
    /// Never a close.
    MergedSomewhere,
    /// It has a state without a meaning here (a custom one, a new one). Changes nothing, and is shown.
    Unknown,
}

/// How sure it is that a helpdesk said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The desk asked, over TLS, and this was the answer.
    Pulled,
    /// The helpdesk signed it with a secret that only it and the desk know.
    Signed,
    /// Somebody who knows a secret that the relay saw as well. Never enough to end anything.
    Hint,
}
