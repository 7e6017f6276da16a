//! Ticket references and states, what helpdesks say of them, and what goes back into a ticket.
//!
//! Pure: no IO, no clock. This crate builds [`Call`]s and reads [`Answer`]s; the desk sends them and decides when.
//!
//! - **Pull** ([`Helpdesk::pull`], [`Pull`]): every ticket that changed, page by page, from where the last pull ended.
//!   Each page gives [`TicketNews`], the next [`Pull`], and how long to wait before it.
//! - **Confirm** ([`Helpdesk::confirm`], [`Confirmation`]): how one ticket stands right now. A webhook is a hint; this
//!   is what a close is believed from.
//! - **Webhooks** ([`hook::judge`]): who signed it, when, and what it says. What is stale, forged or not understood is
//!   told apart by [`hook::Refused`], and changes nothing.
//! - **Order** ([`Heard`]): what of all that goes to [`Ticket::hear`]. The same again, and what is older than the newest
//!   known, changes nothing.
//! - **Back** ([`Helpdesk::note`], [`InternalNote`]): states only, by type. [`Outgoing`] refuses card numbers in
//!   everything a person writes.

mod address;
mod call;
mod confirm;
mod credential;
mod freshdesk;
mod heard;
mod helpdesk;
pub mod hook;
mod jira;
mod keyset;
mod news;
mod note;
mod outgoing;
mod pull;
mod reference;
mod request_tracker;
mod ticket;
mod time;
mod trouble;
mod zendesk;

pub use address::{Address, BadAddress};
pub use call::{ANSWER_MAX, Answer, Call, Method};
pub use confirm::{Confirmation, Step};
pub use credential::{Authorization, BadCredential, Credential};
pub use freshdesk::Freshdesk;
pub use heard::{Heard, Unheeded, Verdict};
pub use helpdesk::{BadTicketNumber, Helpdesk};
pub use jira::{BadProject, Jira, JiraAccount, ProjectKey};
pub use news::{Proof, Said, TicketNews};
pub use note::{BadCertificateNumber, CertificateNumber, InternalNote};
pub use outgoing::{HoldsCardNumber, Outgoing};
pub use pull::{BadPull, Page, Pull};
pub use reference::{BadTicketRef, TicketRef};
pub use request_tracker::{BadQueue, QueueName, RequestTracker};
pub use ticket::{BadTicketState, Consequence, Ticket, TicketSignal, TicketState};
pub use trouble::Trouble;
pub use zendesk::{Zendesk, ZendeskAccount};
