//! The numbers of the design, measured: one file a group.

pub(crate) mod app;
pub(crate) mod archive;
pub(crate) mod arrival;
pub(crate) mod browser;
pub(crate) mod http;
pub(crate) mod inbox;
pub(crate) mod ledger;
pub(crate) mod others;
pub(crate) mod plain_line;
pub(crate) mod purge;
pub(crate) mod raw;
pub(crate) mod relay;
pub(crate) mod relay_process;
pub(crate) mod size;
pub(crate) mod strain;
pub(crate) mod table;
pub(crate) mod tickets;
pub(crate) mod times;
pub(crate) mod unlock;

pub(crate) use size::Size;
pub(crate) use table::{Goal, Row, Table};
pub(crate) use times::{Times, Took, ms, processor, timed, worked};

/// Bytes in a mebibyte.
pub(crate) const MIB: usize = 1024 * 1024;

/// So many random bytes.
pub(crate) fn random(length: usize) -> journeys::Outcome<Vec<u8>> {
    let mut bytes = vec![0; length];
    seal::Rng::fill(&seal::SystemRng, &mut bytes)?;
    Ok(bytes)
}
