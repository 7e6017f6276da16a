//! Every vector of `tests/vectors/` that is not the ledger's, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod codes;
mod customer;
mod disk;
mod file;
mod links;
mod plaintext;
mod small;
mod submission;
mod wrap;
