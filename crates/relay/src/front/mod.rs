//! What every connection passes before a request is read: TLS, the letter of HTTP, patience, and how many there are.

#[cfg(feature = "internet")]
mod blocks;
mod chunked;
pub(crate) mod crowd;
mod head;
mod paced;
mod serve;
mod strict;
mod visit;

pub(crate) use serve::{Entrance, attend};
pub(crate) use visit::Visit;
