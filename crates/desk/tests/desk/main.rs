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
mod clock;
mod crashes;
mod customer;
mod dated;
mod detail;
mod elsewhere;
mod full;
mod helpdesks;
mod keyring;
mod liar;
mod lies;
mod looks;
mod memory;
mod people;
mod preferences;
mod relays;
mod retention;
mod shares;
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
