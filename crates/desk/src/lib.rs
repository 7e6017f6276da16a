//! The work of one desk: requests, collecting, revealing, closing, purging. It runs without a window.
//!
//! - [`Desk`]: found, open, lock, unlock (`desk`, `config`)
//! - Asking: [`Template`], [`Ask`], [`NewLink`] (`template`, `requests`, `rounds`)
//! - Receiving: `events`, `collecting`, `words`, `take_back`; all while locked
//! - Looking: [`RequestDetail`], [`MaskedItem`], [`Revealed`] (`detail`, `items`, `stored`)
//! - Ending: `tickets`, `purger`, `outbox`, `history`
//! - Around it: [`Preferences`], [`is_guessable`], [`harden_process`], [`RelayClient`], [`RetentionTime`], [`Trouble`]

mod collecting;
mod config;
mod desk;
mod detail;
mod embedded;
mod error;
mod events;
mod guessable;
mod history;
mod http;
mod items;
mod names;
mod notes;
mod outbox;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod played;
mod preferences;
mod process;
mod purger;
mod relay_client;
mod requests;
mod rounds;
mod shelves;
mod stored;
mod take_back;
mod template;
mod tickets;
mod time;
mod transport;
mod trouble;
mod words;

pub use config::{Company, DeskConfig, RemoteRelay};
pub use desk::Desk;
pub use detail::{PurgeDetail, RequestDetail, RoundDetail};
pub use error::DeskError;
pub use guessable::is_guessable;
pub use history::{LedgerSeen, PurgeView, certificate_number};
pub use http::HttpTransport;
pub use items::{Described, ItemRef, MaskedItem, REASONS, Revealed};
pub use names::{random_name, short_hash};
pub use preferences::{Preferences, Theme};
pub use process::harden_process;
pub use relay_client::{End, RelayClient, RelayError};
pub use requests::{Ask, NewLink};
pub use template::{Retention, Template};
pub use tickets::{Closing, due_if_closed};
pub use time::{Clock, Jump, RetentionTime, SystemClock};
pub use transport::{Answer, Call, NoAnswer, Transport};
pub use trouble::Trouble;

// What the shell names of the crates below, so that it links none of them itself.
pub use ledger::{Erasure, Findings, Signer, utc_text};
pub use seal::{
    PersonId, card::Card, passphrase::Passphrase, recovery::Sheet, request::Ask as Asked, request::Help,
};
pub use vault::{PurgeId, RequestId, VaultError, tables};
pub use viewer::Pixels;
pub use wire::{BoxId, DataClass, PartId};
