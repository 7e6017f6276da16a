//! Writes that fail while the process lives on: nothing is lost, nothing is told too early, and what nobody can know
//! stops the vault until the next start.

use super::support::{Extent, Fact, NOW, Step, check, create, open, person, temp, work};
use std::{path::Path, process::Command};
use vault::{Vault, VaultError};

const FOLDER: &str = "CLOAKROOM_FAILING_FOLDER";

/// Runs this test again as a child whose disk fails at these places.
fn with_failing(test: &str, at: &str, child: impl FnOnce(&Path)) {
    if let Ok(folder) = std::env::var(FOLDER) {
        return child(folder.as_ref());
    }
    let folder = temp();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("failing::{test}"), "--nocapture", "--quiet"]);
    let output = command.env(FOLDER, folder.path()).env("CLOAKROOM_FAIL_AT", at).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn held(root: &Path) -> (Vault, Vec<Fact>) {
    let mut facts = vec![Fact::Founded];
    let mut vault = create(root).unwrap();
    work(&mut vault, &[Step::Make(0), Step::Collect(0), Step::Make(1)], &mut |fact| facts.push(fact))
        .unwrap();
    (vault, facts)
}

fn failed(result: Result<(), VaultError>) {
    assert!(matches!(result, Err(VaultError::Disk(_))), "{result:?}");
}

fn unsure(result: Result<(), VaultError>) {
    assert!(matches!(result, Err(VaultError::Unsure)), "{result:?}");
}

/// The overwrite of the old slot fails: nobody is told that keys are gone until it succeeded.
/// (The first overwrite is the one every start makes.)
#[test]
fn the_overwrite_fails() {
    with_failing("the_overwrite_fails", "rotate.scrub:2,rotate.scrub:3", |root| {
        let (mut vault, mut facts) = held(root);
        Step::Begin(0, Extent::All).act(&mut vault, &mut |fact| facts.push(fact)).unwrap();
        for _ in 0..2 {
            let told = &mut |fact: Fact| facts.push(fact);
            failed(Step::Destroy.act(&mut vault, told));
            assert!(!facts.iter().any(|fact| matches!(fact, Fact::Destroyed(_))));
        }
        work(&mut vault, &[Step::Destroy, Step::Finish], &mut |fact| facts.push(fact)).unwrap();
        assert!(facts.iter().any(|fact| matches!(fact, Fact::Destroyed(_))));
        drop(vault);
        check(root, &facts);
    });
}

/// The commit of a rotation fails, and the slot can be made noise again: nothing has changed, and it is done again.
#[test]
fn the_slot_fails() {
    with_failing("the_slot_fails", "rotate.slot", |root| {
        let (mut vault, mut facts) = held(root);
        Step::Begin(0, Extent::All).act(&mut vault, &mut |fact| facts.push(fact)).unwrap();
        failed(Step::Destroy.act(&mut vault, &mut |_| {}));
        assert_eq!(vault.epoch(), 1);
        work(&mut vault, &[Step::Make(2), Step::Destroy, Step::Finish], &mut |fact| facts.push(fact))
            .unwrap();
        drop(vault);
        check(root, &facts);
    });
}

/// The commit of a rotation fails and cannot be undone: nothing is changed any more until a start finds out.
#[test]
fn the_slot_fails_for_good() {
    with_failing("the_slot_fails_for_good", "rotate.slot,rotate.scrub:2", |root| {
        let (mut vault, mut facts) = held(root);
        Step::Begin(0, Extent::All).act(&mut vault, &mut |fact| facts.push(fact)).unwrap();
        failed(Step::Destroy.act(&mut vault, &mut |_| {}));
        for step in [Step::Destroy, Step::Make(2), Step::Collect(1), Step::Begin(1, Extent::All)] {
            unsure(step.act(&mut vault, &mut |_| {}));
        }
        let person = person(&vault);
        assert!(matches!(vault.begin_unlock(person, NOW).err(), Some(VaultError::Unsure)));
        drop(vault);
        check(root, &facts);
    });
}

#[test]
fn an_append_to_the_keyring_fails() {
    with_failing("an_append_to_the_keyring_fails", "append.sync:4", |root| {
        let (mut vault, mut facts) = held(root);
        failed(Step::Make(2).act(&mut vault, &mut |_| {}));
        work(&mut vault, &[Step::Make(2), Step::Collect(2)], &mut |fact| facts.push(fact)).unwrap();
        drop(vault);
        check(root, &facts);
    });
}

#[test]
fn an_append_to_the_keyring_fails_for_good() {
    with_failing("an_append_to_the_keyring_fails_for_good", "append.sync:4,append.cut", |root| {
        let (mut vault, facts) = held(root);
        failed(Step::Make(2).act(&mut vault, &mut |_| {}));
        unsure(Step::Make(2).act(&mut vault, &mut |_| {}));
        drop(vault);
        check(root, &facts);
    });
}

/// An entry of the ledger that was not made durable does not count, nor does the change it belongs to, and the keys
/// of that change go with the next rotation.
#[test]
fn an_entry_of_the_ledger_fails() {
    with_failing("an_entry_of_the_ledger_fails", "ledger.sync:5", |root| {
        let (mut vault, mut facts) = held(root);
        let entries = vault.entry_count();
        failed(Step::Collect(1).act(&mut vault, &mut |_| {}));
        work(&mut vault, &[Step::Make(2), Step::Head], &mut |fact| facts.push(fact)).unwrap();
        assert_eq!(vault.entry_count(), entries + 4);
        drop(vault);
        drop(open(root).unwrap());
        check(root, &facts);
    });
}

/// The same with keys already written: they are nobody's, and the next purge takes them along in this very run.
#[test]
fn keys_of_a_change_that_failed_go_with_the_next_purge() {
    with_failing("keys_of_a_change_that_failed_go_with_the_next_purge", "ledger.sync:5", |root| {
        let (mut vault, mut facts) = held(root);
        let entries = vault.entry_count();
        failed(Step::Make(2).act(&mut vault, &mut |_| {}));
        assert_eq!(vault.entry_count(), entries + 4);
        work(&mut vault, &[Step::Begin(0, Extent::All), Step::Destroy, Step::Finish], &mut |fact| {
            facts.push(fact)
        })
        .unwrap();
        // Without the four of the failed change, and the wrap and link of the purge.
        assert_eq!(vault.entry_count(), entries - 2);
        drop(vault);
        check(root, &facts);
    });
}
