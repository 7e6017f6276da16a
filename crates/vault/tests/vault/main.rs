//! The vault as a whole: opening and refusing, crashes, power cuts, full disks, and what a raw disk gives away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod crash;
mod damage;
mod damaged_keys;
mod disk_full;
mod failing;
mod forgetting;
mod opening;
mod power;
mod raw_disk;
mod rows;
mod sequences;
mod support;
