//! Ticket references and states, and what a helpdesk's signal means.
//!
//! Pure: no IO, no clock. A signal is what a helpdesk, or the person at the desk, says a ticket has become;
//! [`Ticket::hear`] answers what that changes and what has to be done about it. The desk decides when.

mod reference;
mod ticket;

pub use reference::{BadTicketRef, TicketRef};
pub use ticket::{BadTicketState, Consequence, Ticket, TicketSignal, TicketState};
