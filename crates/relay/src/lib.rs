//! The server between the customer's browser and the desk. Blind: it links nothing that could decrypt.
//!
//! - [`Relay`]: opens a store, serves a listener, runs the clockwork
//! - [`Config`], [`Transport`], [`Clock`]: what it is given
//! - [`bind_loopback`]: a port of this machine alone
//! - [`openapi()`]: the API as a document; `docs/openapi.json` is its output
//!
//! Inside: `front` (connections: how many, how slow, how exact) and `tls` before `routes` (HTTP, one file a noun) on `store` (SQLite and chunk files, one file a noun).

mod auth;
mod backup;
mod bind;
mod body;
mod buffers;
mod clock;
mod code;
mod config;
#[cfg(unix)]
mod control;
mod fault;
mod front;
mod guard;
mod metrics;
mod openapi;
mod operator;
mod page;
mod proxy;
mod rate;
mod refused;
mod relay;
mod routes;
mod server;
mod store;
mod time;
#[cfg(feature = "internet")]
mod tls;
mod transport;
mod turns;
mod writable;

pub use backup::{BackedUp, BackupError, backup};
pub use bind::{BindError, bind_loopback};
pub use clock::{Clock, SystemClock, clock};
pub use config::{Config, Rate};
#[cfg(unix)]
pub use control::{ControlError, operate};
pub use openapi::openapi;
pub use operator::{DeskAnswer, DeskOrder, OrderError};
pub use page::PageError;
pub use proxy::{Forwarded, Network, NotANetwork, Proxy};
pub use relay::{OpenError, Relay, is_public_contact};
pub use server::ServeError;
pub use store::{DeskLine, NewCode, StoreError, Swept};
#[cfg(feature = "internet")]
pub use tls::{Certificate, TlsError};
pub use transport::Transport;
#[cfg(feature = "internet")]
pub use transport::{Acme, TlsFiles};
