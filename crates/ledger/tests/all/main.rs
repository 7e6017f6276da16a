//! The ledger against its formats, against independent implementations, and against whoever edits a byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod certificate;
mod checkpoint;
mod desk;
#[path = "../../../../tests/vectors/ledger.rs"]
mod generator;
mod leaf;
mod log;
mod tree;
mod vectors;
mod verify;
