//! Journeys through the whole product, with nothing played: a real desk, its relay, a real browser, the real verifier.
//!
//! - [`job`]: the main job, from link to purge; a test and `cargo xtask job` play the same
//! - [`Customer`]: somebody with Chromium (`customer`)
//! - [`Scene`]: a desk in a folder, its person and its clock (`scene`, `clock`)
//! - [`Interceptor`]: somebody else who holds the link (`interceptor`)
//! - [`RelayElsewhere`]: a relay that is not the desk's own, on a line that can be cut (`relay_elsewhere`)
//! - [`RequestTracker`]: a helpdesk (`request_tracker`)
//! - [`Network`], [`Host`]: computers of their own on this machine (`hosts`); [`Authority`] gives them certificates
//! - [`simulation`]: whole histories in one process, decided by a seed, on a bad line
//! - [`FarRelay`]: `cloakroom-relay` as a process on one of them, behind TLS (`far_relay`)
//! - [`samples`]: a photo, a paper and a card, made anew
//! - [`relay_store`], [`opened`]: what lies on the disk, looked at from outside
//! - [`page`], [`verifier`]: what has to be built first

pub mod certificates;
pub mod clock;
pub mod customer;
pub mod far_relay;
pub mod hosts;
pub mod interceptor;
pub mod job;
pub mod opened;
pub mod page;
pub mod relay_elsewhere;
pub mod relay_store;
pub mod request_tracker;
pub mod samples;
pub mod scene;
pub mod simulation;
pub mod verifier;

pub use certificates::Authority;
pub use clock::TestClock;
pub use customer::Customer;
pub use far_relay::FarRelay;
pub use hosts::{Host, Network};
pub use interceptor::Interceptor;
pub use relay_elsewhere::RelayElsewhere;
pub use request_tracker::RequestTracker;
pub use scene::Scene;

/// A journey that did not go as it should says where and why.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Goes on only if `holds`; otherwise says `what` was expected.
///
/// # Errors
/// `what`, when it does not hold.
pub fn ensure(holds: bool, what: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(what.into().into()) }
}

/// The project's folder.
pub fn root() -> &'static std::path::Path {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
