//! A long ledger, checked whole.

use super::{Goal, Row, Size, Times, archive::Archive, raw, timed};
use journeys::{Outcome, ensure};
use ledger::{Checkpoint, Depth, verify_log};
use std::{fs::File, sync::Arc};
use vault::Vault;

/// Measures the verifier beside plain hashing, and the opening of the vault.
pub(crate) fn run(size: &Size, archive: &Archive) -> Outcome<Vec<Row>> {
    let path = archive.ledger();
    let checkpoint = Checkpoint::parse(&archive.checkpoint)?;
    let verify = |depth| -> Outcome {
        let report = verify_log(File::open(&path)?, &checkpoint, None, depth)?;
        ensure(report.covered > archive.requests, "every entry is covered")
    };
    let (mut disk, mut disk_hash, mut hash) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.readings {
        raw::forget(&path)?;
        disk_hash.push(raw::sha256(&path)?);
        raw::forget(&path)?;
        let (done, took) = timed(|| verify(Depth::Hashes));
        done?;
        disk.push(took);
        hash.push(raw::sha256(&path)?);
    }
    let cached = Times::repeat(size.readings, || verify(Depth::Hashes))?.p50();
    let read = Times::repeat(size.readings, || verify(Depth::Entries))?.p50();
    let hash = Times::of(hash).p50();
    let mut opens = Vec::new();
    for _ in 0..size.readings {
        let (vault, took) = timed(|| Vault::open(archive.layout(), Arc::new(seal::SystemRng)));
        drop(vault?);
        opens.push(took);
    }
    let mib = std::fs::metadata(&path)?.len() as f64 / super::MIB as f64;
    let one = format!("SHA-256 over its {mib:.0} MiB, one thread");
    Ok(vec![
        Row::new("verify every entry, read from the disk", Times::of(disk).p50(), "ms")
            .against(format!("{one}, from the disk"), Times::of(disk_hash).p50())
            .goal(Goal::AtMost(600.0)),
        Row::new("verify every entry, file in memory", cached, "ms")
            .against(one.clone(), hash)
            .goal(Goal::AtMost(600.0)),
        Row::new("the same, and what each says is read", read, "ms").against(one.clone(), hash),
        Row::new("open a vault with this ledger", Times::of(opens).p50(), "ms").against(one, hash),
    ])
}
