//! The desk against a real relay, with a customer made of the same crates the browser's twin is tested against.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests"
)]

mod again;
mod asked;
mod bed;
mod between;
mod bring;
mod bring_elsewhere;
mod clock;
mod crashes;
mod customer;
mod dated;
mod detail;
mod elsewhere;
mod freshdesk;
mod full;
mod helpdesks;
mod inside;
mod keyring;
mod liar;
mod lies;
mod longer;
mod looks;
mod memory;
mod pauses;
mod people;
mod preferences;
mod relay_lost;
mod relays;
mod retention;
mod share_crashes;
mod shares;
mod signed;
mod streams;
mod terms;
mod tracker;
mod way;
mod webhooks;
mod whole;

/// As the app does: freed memory is wiped, also what other crates freed.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);
