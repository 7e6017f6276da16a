//! Founding, opening, unlocking, and who is refused.

use super::support::{
    Fact, NOW, PASSPHRASE, Sample, Step, Thief, create, open, passphrase, person, rng, session, snapshot,
    temp, unlock, verify, work,
};
use seal::passphrase::Cost;
use std::{fs, process::Command};
use vault::{Founder, Layout, Vault, VaultError};
use wire::DataClass;

/// Tries that do not open, before a person is locked out.
const TRIES: u32 = 10;

#[test]
fn founded_then_opened_again() {
    let folder = temp();
    let root = folder.path().join("desk/vault");
    let vault = create(&root).unwrap();
    let (id, key, head) = (vault.id(), vault.verifying_key().to_string(), vault.checkpoint());
    assert_eq!(vault.ledger_size(), 1);
    drop(vault);
    let mut vault = open(&root).unwrap();
    assert_eq!((vault.id(), vault.verifying_key().to_string(), vault.checkpoint()), (id, key, head));
    // A person's row and six grants: three classes, to the founder and to the recovery recipient.
    assert_eq!((vault.entry_count(), vault.epoch()), (7, 1));
    let session = session(&mut vault);
    assert_eq!(session.name(), "Ada");
    assert_eq!(vault.ledger_size(), 2);
}

#[test]
fn the_folder_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = temp();
    let root = folder.path().join("vault");
    let mut vault = create(&root).unwrap();
    Sample(0).make(&mut vault).unwrap();
    Sample(0).collect(&mut vault).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&root), 0o700);
    for name in snapshot(&root).keys() {
        let path = root.join(name);
        assert_eq!(mode(path.parent().unwrap()), 0o700, "{name}");
        // SQLite gives its own files what the umask leaves; nobody else gets through the folder.
        assert!(name.starts_with("vault.db") || mode(&path) == 0o600, "{name}");
    }
}

/// The stretching is done in full whatever is typed: there is no quick way to "no".
#[test]
fn wrong_passphrases_are_stretched_like_the_right_one() {
    let folder = temp();
    let right = passphrase(PASSPHRASE);
    let founder = Founder { name: "Ada", passphrase: &right, cost: Cost::STANDARD };
    let mut vault = Vault::create(Layout::new(folder.path()), rng(), NOW, &founder).unwrap().vault;
    let person = person(&vault);
    for (text, opens) in [("wrong horse battery staple", false), ("x", false), (PASSPHRASE, true)] {
        let attempt = vault.begin_unlock(person, NOW).unwrap();
        // Resets the mark of the most memory this process ever used.
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = most_memory_kib();
        assert_eq!(attempt.open(&passphrase(text)).is_ok(), opens);
        assert!(most_memory_kib() - before > 250 * 1024, "not stretched over 256 MiB");
    }
}

fn most_memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn wrong_passphrases_are_counted_and_told_alike() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    let mut words = Vec::new();
    for text in ["", "x", "correct horse battery stapl", "correct horse battery staple "] {
        words.push(unlock(&mut vault, text, NOW).err().unwrap().to_string());
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
    assert_eq!(vault.keyed().person(person(&vault)).unwrap().failed, 4);
    // Each is in the ledger; the right one ends the count.
    assert_eq!(vault.ledger_size(), 5);
    session(&mut vault);
    assert_eq!(vault.keyed().person(person(&vault)).unwrap().failed, 0);
}

#[test]
fn ten_wrong_passphrases_lock_out_also_across_a_restart() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    for n in 0..TRIES {
        if n == 5 {
            drop(vault);
            vault = open(folder.path()).unwrap();
        }
        let error = unlock(&mut vault, "wrong", NOW).err().unwrap();
        assert!(matches!(error, VaultError::WrongPassphrase), "{n}: {error}");
    }
    for reopened in [false, true] {
        if reopened {
            drop(vault);
            vault = open(folder.path()).unwrap();
        }
        for now in [NOW, NOW + 1799] {
            let error = unlock(&mut vault, PASSPHRASE, now).err().unwrap();
            assert!(matches!(error, VaultError::LockedOut { until } if until == NOW + 1800), "{error}");
        }
    }
    unlock(&mut vault, PASSPHRASE, NOW + 1800).unwrap();
    // And the count begins anew.
    unlock(&mut vault, "wrong", NOW + 1801).err().unwrap();
    unlock(&mut vault, PASSPHRASE, NOW + 1802).unwrap();
}

#[test]
fn after_the_lockout_there_are_ten_tries_again() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    for round in 0..3 {
        let now = NOW + round * 1800;
        for _ in 0..TRIES {
            assert!(matches!(unlock(&mut vault, "wrong", now).err().unwrap(), VaultError::WrongPassphrase));
        }
        assert!(matches!(unlock(&mut vault, "wrong", now).err().unwrap(), VaultError::LockedOut { .. }));
    }
}

#[test]
fn a_killed_process_has_tried() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    for _ in 0..TRIES {
        let person = person(&vault);
        // Begun, and then the process is gone before it ever says how it went.
        drop(vault.begin_unlock(person, NOW).unwrap());
        drop(vault);
        vault = open(folder.path()).unwrap();
    }
    let error = unlock(&mut vault, PASSPHRASE, NOW).err().unwrap();
    assert!(matches!(error, VaultError::LockedOut { .. }), "{error}");
}

#[test]
fn a_second_process_is_refused() {
    const TEST: &str = "opening::a_second_process_is_refused";
    if let Ok(root) = std::env::var("CLOAKROOM_SECOND") {
        let error = open(root.as_ref()).err().unwrap();
        assert!(matches!(error, VaultError::InUse), "{error}");
        let error = create(root.as_ref()).err().unwrap();
        assert!(matches!(error, VaultError::InUse), "{error}");
        return;
    }
    let folder = temp();
    let vault = create(folder.path()).unwrap();
    let second = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", TEST, "--quiet"]).env("CLOAKROOM_SECOND", folder.path());
        command.output().unwrap().status.success()
    };
    let before = snapshot(folder.path());
    assert!(second());
    assert!(before == snapshot(folder.path()), "it touched something");
    // In this process too.
    assert!(matches!(open(folder.path()).err().unwrap(), VaultError::InUse));
    drop(vault);
    assert!(!second(), "the lock outlives its holder");
}

#[test]
fn nothing_is_founded_over_anything() {
    let folder = temp();
    let root = folder.path();
    drop(create(root).unwrap());
    let whole = snapshot(root);
    assert!(matches!(create(root).err().unwrap(), VaultError::AlreadyThere));
    assert!(snapshot(root) == whole);
    // Whatever one thing is left of it.
    for keep in ["vault.db", "ledger.log", "keys/epoch", "keys/device", "keys/keyring.1"] {
        let part = temp();
        let path = part.path().join(keep);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &whole[keep]).unwrap();
        let mut before = snapshot(part.path());
        assert!(matches!(create(part.path()).err().unwrap(), VaultError::AlreadyThere), "{keep}");
        assert!(open(part.path()).is_err(), "{keep}");
        before.insert("vault.lock".to_owned(), Vec::new());
        assert!(snapshot(part.path()) == before, "{keep}");
    }
}

#[test]
fn no_vault_is_said() {
    let folder = temp();
    assert!(matches!(open(folder.path()).err().unwrap(), VaultError::NoVault));
    assert!(matches!(open(&folder.path().join("nowhere")).err().unwrap(), VaultError::NoVault));
    assert!(snapshot(folder.path()).is_empty());
}

#[test]
fn a_newer_vault_is_refused_untouched() {
    let folder = temp();
    let root = folder.path();
    let mut vault = create(root).unwrap();
    work(&mut vault, &Step::DAY[..6], &mut |_| {}).unwrap();
    drop(vault);
    let thief = Thief::of(root);
    let db = thief.database(root);
    db.pragma_update(None, "user_version", 100).unwrap();
    drop(db);
    refused_as_newer(root);
    // And with its newest commits still in the write-ahead log, as a crash leaves it.
    let db = thief.database(root);
    db.pragma_update(None, "user_version", 101).unwrap();
    let crashed = temp();
    super::support::copy(root, crashed.path());
    assert!(fs::metadata(crashed.path().join("vault.db-wal")).unwrap().len() > 0);
    drop(db);
    refused_as_newer(crashed.path());
}

fn refused_as_newer(root: &std::path::Path) {
    let before = snapshot(root);
    let error = open(root).err().unwrap();
    assert!(matches!(error, VaultError::Newer), "{error}");
    let mut after = snapshot(root);
    if let Some(index) = before.get("vault.db-shm") {
        // Not data: SQLite builds it anew whenever the first process comes.
        after.insert("vault.db-shm".to_owned(), index.clone());
    }
    assert!(before == after, "a refused vault was touched");
}

#[test]
fn a_day_leaves_what_it_should() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    let mut facts = vec![Fact::Founded];
    work(&mut vault, &Step::DAY, &mut |fact| facts.push(fact)).unwrap();
    verify(&mut vault, &facts);
    drop(vault);
    super::support::check(folder.path(), &facts);
}

#[test]
fn who_was_not_granted_opens_nothing() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    Sample(0).make(&mut vault).unwrap();
    let thief = Thief::of(folder.path());
    let session_before = session(&mut vault);
    thief.database(folder.path()).execute("DELETE FROM grant_ WHERE class = 1", ()).unwrap();
    let session = session(&mut vault);
    let error = vault.request_identity(&session, Sample(0).box_id(), DataClass::Identity).err().unwrap();
    assert!(matches!(error, VaultError::NotGranted), "{error}");
    let error = vault.request_identity(&session, Sample(0).box_id(), DataClass::Payment).err().unwrap();
    assert!(matches!(error, VaultError::NotFound), "{error}");
    vault.request_identity(&session_before, Sample(0).box_id(), DataClass::Identity).unwrap();
}
