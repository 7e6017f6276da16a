//! The server between the customer's browser and the desk. Blind: it links nothing that could decrypt.
//!
//! - [`Relay`]: opens a store, serves a listener, runs the clockwork
//! - [`Config`], [`Transport`], [`Clock`]: what it is given
//! - [`bind_loopback`]: a port of this machine alone
//! - [`openapi()`]: the API as a document; `docs/openapi.json` is its output
//!
//! Inside: `front` (connections: how many, how slow, how exact) and `tls` before `routes` (HTTP, one file a noun) on `store` (SQLite and chunk files, one file a noun).

mod auth;
mod bind;
mod body;
mod clock;
mod config;
mod fault;
mod front;
mod guard;
mod metrics;
mod openapi;
mod page;
mod proxy;
mod rate;
mod refused;
mod relay;
mod routes;
mod server;
mod store;
#[cfg(feature = "internet")]
mod tls;
mod transport;
mod turns;
mod writable;

pub use bind::{BindError, bind_loopback};
pub use clock::{Clock, SystemClock};
pub use config::{Config, Rate};
pub use openapi::openapi;
pub use page::PageError;
pub use proxy::{Forwarded, Network, NotANetwork, Proxy};
pub use relay::{OpenError, Relay};
pub use server::ServeError;
pub use store::{StoreError, Swept};
#[cfg(feature = "internet")]
pub use tls::{Certificate, TlsError};
pub use transport::Transport;
#[cfg(feature = "internet")]
pub use transport::{Acme, TlsFiles};
