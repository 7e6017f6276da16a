//! A long ledger, checked whole.

use super::{Goal, MIB, Row, Size, Times, archive::Archive, raw, worked};
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
    let hashing = || raw::sha256(&path).map(drop);
    let (mut disk, mut disk_hash) = (Vec::new(), Vec::new());
    for _ in 0..size.readings {
        raw::forget(&path)?;
        disk_hash.push(raw::sha256(&path)?);
        raw::forget(&path)?;
        let (done, took) = worked(|| verify(Depth::Hashes));
        done?;
        disk.push(took);
    }
    let (disk, disk_hash) = (Times::of_work(&disk), Times::of(disk_hash).p50());
    let hash = Times::repeat(size.readings, hashing)?.p50();
    let cached = Times::repeat(size.readings, || verify(Depth::Hashes))?;
    let read = Times::repeat(size.readings, || verify(Depth::Entries))?;
    let open = Times::repeat(size.readings, || -> Outcome {
        Vault::open(archive.layout(), Arc::new(seal::SystemRng))?;
        Ok(())
    })?;
    let mib = std::fs::metadata(&path)?.len() as f64 / MIB as f64;
    let one = format!("SHA-256 over its {mib:.0} MiB, one thread");
    let row = |what: &str, times: &Times| Row::new(what, times.p50(), "ms").processor(times.processor());
    Ok(vec![
        row("verify every entry, read from the disk", &disk)
            .against(format!("{one}, from the disk"), disk_hash)
            .goal(Goal::AtMost(600.0)),
        row("verify every entry, file in memory", &cached)
            .against(one.clone(), hash)
            .goal(Goal::AtMost(600.0)),
        row("the same, and what each says is read", &read).against(one.clone(), hash),
        row("open a vault with this ledger", &open).against(one, hash),
    ])
}
