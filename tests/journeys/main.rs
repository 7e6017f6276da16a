//! Journeys through the whole product, each with a real desk, its relay and a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod closing;
mod desks;
mod expiry;
mod files;
mod helpdesk;
mod intercepted;
mod job;
mod links;
mod stage;
mod storage;
mod tabs;
mod withdrawn;
