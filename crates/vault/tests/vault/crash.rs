//! `kill -9` at every durable step: of founding a vault, of a day's work, and of the start after a crash.

use super::support::{Fact, Step, check, copy, create, open, resume, temp, verify, work};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::Command,
};

const JOB: &str = "CLOAKROOM_CRASH_JOB";
const FOLDER: &str = "CLOAKROOM_CRASH_FOLDER";

#[test]
fn founding_killed_at_every_step() {
    if is_child() {
        return child(|_, _| {});
    }
    let points = every_point("founding_killed_at_every_step", "found");
    assert!(points.len() > 15, "{points:?}");
    for point in &points {
        let folder = temp();
        kill_at("founding_killed_at_every_step", "found", folder.path(), point);
        check(&folder.path().join("vault"), &facts(folder.path()));
    }
}

#[test]
fn a_day_killed_at_every_step() {
    const TEST: &str = "a_day_killed_at_every_step";
    if is_child() {
        return child(day);
    }
    let points = every_point(TEST, "day");
    // Every kind of durable step is among them.
    for name in [
        "keys.appended",
        "keys.append-synced",
        "ledger.written",
        "ledger.synced",
        "change.before-commit",
        "change.committed",
        "blobs.finished-one",
        "blobs.synced",
        "blobs.removed-one",
        "purge.intended",
        "durable.file-written",
        "rotate.keyring-written",
        "rotate.committed",
        "rotate.scrubbed",
        "purge.recorded",
        "rotate.old-removed",
        "purge.blobs-removed",
        "purge.bytes-removed",
        "purge.certified",
    ] {
        assert!(points.iter().any(|point| point.starts_with(&format!("{name}:"))), "{name} was never passed");
    }
    let mut resumed = 0;
    for (at, point) in points.iter().enumerate() {
        let folder = temp();
        kill_at(TEST, "day", folder.path(), point);
        // Of every third, the start after the crash is killed too, at one of its steps, and the one after that is not.
        if at % 3 == 0 {
            let again = temp();
            copy(folder.path(), again.path());
            let steps = every_point_in(TEST, "resume", again.path());
            if let Some(step) = steps.get(at * 7 % steps.len().max(1)) {
                kill_at(TEST, "resume", folder.path(), step);
                resumed += 1;
            }
        }
        check(&folder.path().join("vault"), &facts(folder.path()));
    }
    assert!(resumed > points.len() / 6, "{resumed} of {}", points.len());
}

/// The mode in which the test above must fail: with the old slot left as it was, an acknowledged destruction is none.
#[test]
fn a_day_without_the_overwrite_is_caught() {
    if is_child() {
        return child(day);
    }
    let folder = temp();
    let test = "a_day_without_the_overwrite_is_caught";
    let status = this_test(test, "day", folder.path()).env("CLOAKROOM_SKIP_SCRUB", "1").status().unwrap();
    assert!(status.success());
    let vault = folder.path().join("vault");
    let caught = std::panic::catch_unwind(|| check(&vault, &facts(folder.path())));
    assert!(caught.is_err(), "the check did not see the old epoch key");
}

/// What a child does: `found` only, the whole `day`, or `resume` after a crash.
fn day(job: &str, folder: &Path) {
    let vault = folder.join("vault");
    if job == "resume" {
        if let Ok(mut vault) = open(&vault) {
            resume(&mut vault);
        }
        return;
    }
    let mut acks = |fact| acknowledge(folder, &fact);
    let mut vault = open(&vault).unwrap();
    work(&mut vault, &Step::DAY, &mut acks).unwrap();
}

fn is_child() -> bool {
    std::env::var_os(JOB).is_some()
}

/// This process is the one to be killed.
fn child(then: impl FnOnce(&str, &Path)) {
    let job = std::env::var(JOB).unwrap();
    let folder = std::env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    if job != "resume" {
        drop(create(&folder.join("vault")).unwrap());
        acknowledge(folder, &Fact::Founded);
    }
    then(&job, folder);
}

/// The process may be killed right after: the line is in the page cache then, which outlives it.
fn acknowledge(folder: &Path, fact: &Fact) {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("acks")).unwrap();
    file.write_all(format!("{}\n", serde_json::to_string(fact).unwrap()).as_bytes()).unwrap();
}

fn facts(folder: &Path) -> Vec<Fact> {
    let text = fs::read_to_string(folder.join("acks")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A whole run, undisturbed, and every step it passed.
fn every_point(test: &str, job: &str) -> Vec<String> {
    let folder = temp();
    let points = every_point_in(test, job, folder.path());
    let vault = folder.path().join("vault");
    verify(&mut open(&vault).unwrap(), &facts(folder.path()));
    points
}

fn every_point_in(test: &str, job: &str, folder: &Path) -> Vec<String> {
    let log = folder.join("points");
    let _ = fs::remove_file(&log);
    let status = this_test(test, job, folder).env("CLOAKROOM_FAULT_LOG", &log).status().unwrap();
    assert!(status.success());
    fs::read_to_string(log).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn kill_at(test: &str, job: &str, folder: &Path, point: &str) {
    let status = this_test(test, job, folder).env("CLOAKROOM_CRASH_AT", point).status().unwrap();
    assert_eq!(status.signal(), Some(9), "{point} was not reached");
}

fn this_test(test: &str, job: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("crash::{test}"), "--quiet"]).env(JOB, job).env(FOLDER, folder);
    command.stdout(std::process::Stdio::null());
    command
}
