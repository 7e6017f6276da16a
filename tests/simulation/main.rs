//! A thousand histories keep every promise; each rule broken on purpose is noticed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use journeys::simulation::{Failure, Mischief, Seen, run};
use std::sync::Mutex;

/// Where this run's histories begin.
const SEED: u64 = 1;
const HISTORIES: u64 = 1_000;

/// A history mostly waits for one of its own threads.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| 2 * cores.get())
}

#[test]
fn a_thousand_histories_keep_every_promise() {
    let failures = Mutex::new(Vec::new());
    let tally = run(SEED, HISTORIES, threads(), None, |came| {
        failures.lock().unwrap().extend(came.as_ref().err().map(ToString::to_string));
        came.is_ok()
    });
    let (tally, failures) = (tally.unwrap(), failures.into_inner().unwrap());
    assert!(failures.is_empty(), "`cargo xtask simulate --seed N` plays one again\n{}", failures.join("\n"));
    // Histories in which nothing happens would keep every promise too.
    assert_eq!(tally.histories, HISTORIES);
    for (what, count, least) in [
        ("steps", tally.steps, 10),
        ("submissions accepted", tally.accepted, 1),
        ("submissions collected", tally.collected, 1),
        ("purges", tally.purges, 1),
        ("faults", tally.faults, 1),
    ] {
        assert!(count >= HISTORIES * least, "{count} {what} in {HISTORIES} histories prove little");
    }
}

#[test]
fn every_rule_broken_on_purpose_is_noticed() {
    for mischief in Mischief::ALL {
        let found = Mutex::new(None);
        let notice = |came: &Result<Seen, Failure>| {
            if let Err(failure) = came {
                found.lock().unwrap().get_or_insert(failure.why.clone());
            }
            came.is_ok()
        };
        run(SEED, 200, threads(), Some(mischief), notice).unwrap();
        assert!(found.into_inner().unwrap().is_some(), "nobody noticed {mischief:?}");
    }
}
