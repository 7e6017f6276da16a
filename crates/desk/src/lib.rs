//! The work of one desk: requests, collecting, revealing, closing, purging. It runs without a window.
//!
//! - [`Desk`]: found, open, lock, unlock (`desk`, `config`)
//! - Asking: [`Template`], [`Ask`], [`NewLink`] (`template`, `requests`, `rounds`); once more, and reminders:
//!   [`AskAgain`] (`asking_again`, `reminders`); what came another way: [`Brought`] (`bring`)
//! - Receiving: `events`, `collecting`, `words`, `take_back`; all while locked
//! - Looking: [`RequestDetail`], [`MaskedItem`], [`Revealed`] (`detail`, `items`, `stored`)
//! - Helpdesks: `helpdesks`, `keychain`; [`FromTicket`]
//! - Ending: `tickets`, `purger`, `outbox`, `history`; before that: `unseen`, `longer`
//! - Relays: [`RelayHealth`], [`Transport`], [`HttpTransport`], [`DesktopProxies`] (`lines`, `enrolling`, `giving_up`,
//!   `shares`, `health`, `http`, `way`, `proxies`, `pause`)
//! - Around it: [`Preferences`], [`is_guessable`], [`harden_process`], [`RelayClient`], [`RetentionTime`], [`Trouble`]

mod asking_again;
mod bell;
mod bring;
mod collecting;
mod config;
mod dates;
mod desk;
mod detail;
mod embedded;
mod enrolling;
mod error;
mod events;
mod from_ticket;
mod giving_up;
mod guessable;
mod health;
mod helpdesks;
mod history;
mod http;
mod items;
mod keychain;
mod lines;
mod longer;
mod names;
mod notes;
mod outbox;
mod pause;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod played;
mod preferences;
mod process;
mod proxies;
mod purger;
mod relay_client;
mod reminders;
mod requests;
mod rounds;
mod shares;
mod shelves;
mod stored;
mod take_back;
mod template;
mod tickets;
mod time;
mod transport;
mod trouble;
mod unseen;
mod way;
mod words;

pub use asking_again::{AGAIN_REASONS, AskAgain};
pub use bring::{BringError, BringTo, Brought};
pub use config::{Company, DeskConfig, RemoteRelay};
pub use dates::moment;
pub use desk::Desk;
pub use detail::{PurgeDetail, RequestDetail, RoundDetail};
pub use error::DeskError;
pub use from_ticket::{BadFromTicket, FromTicket};
pub use guessable::is_guessable;
pub use health::{Calls, NewsBy, RelayHealth};
pub use helpdesks::{
    HelpdeskKind, HelpdeskView, HookSecret, HookSetup, NewHelpdesk, disbelief_words, helpdesk_failure,
    is_loud,
};
pub use history::{LedgerSeen, PurgeView, certificate_number};
pub use http::HttpTransport;
pub use items::{Described, ItemRef, MaskedItem, REASONS, Revealed};
pub use keychain::Keychain;
pub use names::{random_name, short_hash};
pub use preferences::{Preferences, Theme};
pub use process::harden_process;
pub use proxies::DesktopProxies;
pub use relay_client::{End, RelayClient, RelayError};
pub use reminders::{REMINDERS_MAX, reminder_is_due};
pub use requests::{Ask, NewLink};
pub use rounds::LIMIT_BYTES;
pub use shares::Missing;
pub use template::{GUARANTEE_MAX, Retention, Template};
pub use tickets::{Closing, due_if_closed, term};
pub use time::{Clock, Jump, RetentionTime, SystemClock};
pub use transport::{Answer, Call, NoAnswer, Transport};
pub use trouble::Trouble;
pub use unseen::{Hint, WARN_BEFORE};

// What the shell names of the crates below, so that it links none of them itself.
pub use helpdesk::{Credential as HelpdeskToken, Outgoing, TicketSignal};
pub use ledger::{Erasure, Findings, Signer, utc_text};
pub use seal::{
    PersonId, card::Card, passphrase::Passphrase, recovery::Sheet, request::Ask as Asked, request::Brand,
    request::Help, request::Slot,
};
pub use vault::{HelpdeskId, PurgeId, RequestId, VaultError, tables};
pub use viewer::Pixels;
pub use wire::{BoxId, DataClass, PartId};
