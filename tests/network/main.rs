//! Desk, relay and customer on three computers: two programs, a real network between them, TLS, a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bad_lines;
mod far;
mod place;
