//! A thousand histories keep every promise; each rule broken on purpose is noticed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use journeys::simulation::{Mischief, run};
use std::sync::Mutex;

/// Where this run's histories begin.
const SEED: u64 = 1;
const HISTORIES: u64 = 1_000;

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[test]
fn a_thousand_histories_keep_every_promise() {
    let failures = Mutex::new(Vec::new());
    let tally = run(SEED, HISTORIES, threads(), None, |failure| {
        failures.lock().unwrap().push(failure.to_string());
        false
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
        run(SEED, 200, threads(), Some(mischief), |failure| {
            found.lock().unwrap().get_or_insert(failure.why);
            false
        })
        .unwrap();
        assert!(found.into_inner().unwrap().is_some(), "nobody noticed {mischief:?}");
    }
}
