//! The work of one desk: requests, collecting, revealing, closing, purging. It runs without a window.
//!
//! - [`Desk`]: found, open, lock, unlock (`desk`, `config`)
//! - Asking: [`Template`], [`Ask`], [`NewLink`] (`template`, `requests`, `rounds`)
//! - Receiving: `events`, `collecting`, `words`, `take_back`; all while locked
//! - Looking: [`MaskedItem`], [`Revealed`] (`items`, `stored`)
//! - Ending: `tickets`, `purger`, `outbox`, `history`
//! - Around it: [`harden_process`], [`RelayClient`], [`RetentionTime`], [`Trouble`]

mod collecting;
mod config;
mod desk;
mod embedded;
mod error;
mod events;
mod history;
mod items;
mod notes;
mod outbox;
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
mod trouble;
mod words;

pub use config::{Company, DeskConfig, RemoteRelay};
pub use desk::Desk;
pub use error::DeskError;
pub use history::{PurgeView, certificate_number};
pub use items::{ItemRef, MaskedItem, REASONS, Revealed};
pub use process::harden_process;
pub use relay_client::{End, RelayClient, RelayError};
pub use requests::{Ask, NewLink};
pub use template::{Retention, Template};
pub use tickets::Closing;
pub use time::{Clock, Jump, RetentionTime, SystemClock};
pub use trouble::Trouble;
