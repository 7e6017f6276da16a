//! A helpdesk's credential, where it lies in the vault: removed or replaced, no key on the disk opens it any more.

use super::support::{NOW, Thief, create, open, rows_under_older_epochs, run, temp};
use ledger::Who;
use seal::RowVersion;
use std::{fs, path::Path, process::Command};
use vault::{
    HelpdeskId, Vault,
    tables::{credential::CredentialKind, helpdesk::HelpdeskRow},
};

const FOLDER: &str = "CLOAKROOM_FORGETTING_FOLDER";
const TOKEN: &[u8] = b"1-23-0a1b2c3d4e5f";

fn connect(vault: &mut Vault) -> HelpdeskId {
    let id = HelpdeskId::from_bytes([7; 16]);
    let row = HelpdeskRow {
        id,
        kind: "request-tracker".into(),
        name: "Front desk".into(),
        setup: None,
        prefix: String::new(),
        created: NOW,
        paused: false,
        notes: true,
        cursor: None,
        answered: None,
        failure: None,
        failing: None,
        hook: None,
        hook_relay: None,
        keychain: true,
        refused: 0,
        refused_at: None,
    };
    vault.change(NOW, |change| change.db().insert_helpdesk(&row)).unwrap();
    vault.put_credential(id, CredentialKind::Token, TOKEN, NOW).unwrap();
    id
}

/// The version of the sealed credential, as whoever has the database key reads it.
fn version(root: &Path) -> Option<RowVersion> {
    let db = Thief::of(root).database(root);
    let version = db.query_row("SELECT version FROM credential", (), |row| row.get::<_, [u8; 16]>(0));
    version.ok().map(RowVersion::from_bytes)
}

/// Every byte of the key files, one after the other.
fn keys_on_disk(root: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(root.join("keys")).unwrap() {
        bytes.extend(fs::read(entry.unwrap().path()).unwrap());
        bytes.resize(bytes.len().next_multiple_of(4096), 0);
    }
    bytes
}

fn gone(root: &Path, row: RowVersion) -> bool {
    let thief = Thief::of(root);
    !thief.keyring(root).1.contains(&row)
        && !rows_under_older_epochs(&keys_on_disk(root), &thief).contains(&row)
}

#[test]
fn a_removed_credential_has_no_key_any_more() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    let id = connect(&mut vault);
    assert_eq!(vault.keyed().credential(id, CredentialKind::Token).unwrap().unwrap().as_slice(), TOKEN);
    let row = version(folder.path()).unwrap();
    assert!(!gone(folder.path(), row), "it is there while it is there");
    let epoch = vault.epoch();
    vault.remove_helpdesk(id, Who::Desk, NOW + 1).unwrap();
    assert!(gone(folder.path(), row));
    assert_eq!(vault.epoch(), epoch + 1);
    drop(vault);
    assert!(open(folder.path()).unwrap().db().helpdesks().unwrap().is_empty());
}

#[test]
fn a_replaced_credential_has_no_key_any_more() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    let id = connect(&mut vault);
    let row = version(folder.path()).unwrap();
    vault.put_credential(id, CredentialKind::Token, b"another", NOW + 1).unwrap();
    assert!(gone(folder.path(), row));
    assert_eq!(vault.keyed().credential(id, CredentialKind::Token).unwrap().unwrap().as_slice(), b"another");
    assert!(!gone(folder.path(), version(folder.path()).unwrap()));
}

#[test]
fn where_a_webhooks_secret_lies_says_nothing_of_the_token() {
    let folder = temp();
    let mut vault = create(folder.path()).unwrap();
    let id = connect(&mut vault);
    assert!(!vault.db().helpdesk(id).unwrap().keychain, "its token is sealed here");
    vault.change(NOW, |change| change.db().set_helpdesk_keychain(id, true)).unwrap();
    vault.put_credential(id, CredentialKind::Hook, b"secret", NOW + 1).unwrap();
    assert!(vault.db().helpdesk(id).unwrap().keychain);
}

/// Killed at each step of it; the next start finishes what was begun.
#[test]
fn a_crash_on_the_way_only_delays_it() {
    for point in ["helpdesk.removed", "rotate.keyring-written", "rotate.committed", "rotate.scrubbed"] {
        let folder = temp();
        let mut vault = create(folder.path()).unwrap();
        connect(&mut vault);
        let row = version(folder.path()).unwrap();
        drop(vault);
        remove_elsewhere(folder.path(), &[("CLOAKROOM_CRASH_AT", point)]);
        let mut vault = open(folder.path()).unwrap();
        vault.finish_forgetting(NOW + 2).unwrap();
        assert!(gone(folder.path(), row), "{point}");
        // Once is enough.
        let epoch = vault.epoch();
        vault.finish_forgetting(NOW + 3).unwrap();
        assert_eq!(vault.epoch(), epoch, "{point}");
    }
}

/// Somebody kept the old keyring, which was unlinked and not overwritten. Without the overwrite of the old epoch slot, the
/// mode in which the search must find something, it opens.
#[test]
fn the_old_keyring_opens_only_where_the_old_slot_was_not_overwritten() {
    for (set, found) in [(&[][..], false), (&[("CLOAKROOM_SKIP_SCRUB", "1")][..], true)] {
        let folder = temp();
        let mut vault = create(folder.path()).unwrap();
        connect(&mut vault);
        let row = version(folder.path()).unwrap();
        let kept = fs::read(folder.path().join(format!("keys/keyring.{}", vault.epoch()))).unwrap();
        drop(vault);
        remove_elsewhere(folder.path(), set);
        let disk = [keys_on_disk(folder.path()), kept].concat();
        assert_eq!(
            rows_under_older_epochs(&disk, &Thief::of(folder.path())).contains(&row),
            found,
            "{set:?}"
        );
    }
}

fn remove_elsewhere(root: &Path, set: &[(&str, &str)]) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "forgetting::removes", "--ignored"]).env(FOLDER, root).envs(set.iter().copied());
    let _ = child.output().unwrap();
}

#[test]
#[ignore = "other tests run it in a process of its own"]
fn removes() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut vault = open(Path::new(&folder)).unwrap();
    let id = vault.db().helpdesks().unwrap()[0].id;
    vault.remove_helpdesk(id, Who::Desk, NOW + 1).unwrap();
    run("sync", &[]);
}
