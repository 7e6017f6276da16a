//! Sealed rows as somebody with the database key may change them: each moved or changed row is refused, never shown.

use super::support::{NOW, PASSPHRASE, Sample, Thief, create, open, person, session, temp, unlock};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use vault::{VaultError, tables::remark::RemarkKind};
use wire::DataClass;

/// A vault with two rounds of both classes.
fn two_rounds() -> (TempDir, PathBuf) {
    let folder = temp();
    let root = folder.path().to_owned();
    let mut vault = create(&root).unwrap();
    for k in [2, 5] {
        Sample(k).make(&mut vault).unwrap();
        Sample(k).collect(&mut vault).unwrap();
    }
    (folder, root)
}

fn run(root: &Path, sql: &str) {
    tamper(root, |db| {
        assert!(db.execute(sql, ()).unwrap() > 0, "{sql}");
    });
}

fn tamper(root: &Path, change: impl FnOnce(&Connection)) {
    let db = Thief::of(root).database(root);
    db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    change(&db);
}

fn damaged(error: Option<VaultError>) {
    let error = error.expect("a changed row was opened");
    assert!(matches!(error, VaultError::RowDamaged), "{error}");
}

#[test]
fn every_byte_of_a_sealed_row_is_bound() {
    let (_folder, root) = two_rounds();
    let sample = Sample(2);
    let id = sample.box_id();
    let body: Vec<u8> = Thief::of(&root)
        .database(&root)
        .query_row("SELECT body FROM box WHERE box_id = ?1", [id.as_bytes()], |row| row.get(0))
        .unwrap();
    for at in 0..body.len() {
        let mut changed = body.clone();
        changed[at] ^= 1;
        tamper(&root, |db| {
            db.execute("UPDATE box SET body = ?1 WHERE box_id = ?2", (&changed, id.as_bytes())).unwrap();
        });
        damaged(open(&root).unwrap().keyed().box_keys(id).err());
    }
    for changed in [&body[..body.len() - 1], &[], &body[1..]] {
        tamper(&root, |db| {
            db.execute("UPDATE box SET body = ?1 WHERE box_id = ?2", (changed, id.as_bytes())).unwrap();
        });
        damaged(open(&root).unwrap().keyed().box_keys(id).err());
    }
}

#[test]
fn bodies_swapped_between_rows_are_refused() {
    let (_folder, root) = two_rounds();
    let (one, two) = (Sample(2).box_id(), Sample(5).box_id());
    for table in ["box", "request_wrap", "remark"] {
        tamper(&root, |db| {
            db.execute_batch(&format!(
                "CREATE TEMP TABLE swap AS SELECT rowid AS place, body FROM {table} ORDER BY rowid;
                 UPDATE {table} SET body = (SELECT body FROM swap WHERE place <> {table}.rowid ORDER BY place LIMIT 1);"
            ))
            .unwrap();
        });
    }
    let mut vault = open(&root).unwrap();
    let session = session(&mut vault);
    for id in [one, two] {
        damaged(vault.keyed().box_keys(id).err());
        damaged(vault.keyed().remarks(id, RemarkKind::Link).err());
        for class in [DataClass::Identity, DataClass::Payment] {
            damaged(vault.request_identity(&session, id, class).err());
        }
    }
}

/// The whole row, version and all, put under another round, class or kind.
#[test]
fn rows_moved_to_another_place_are_refused() {
    let (_folder, root) = two_rounds();
    let (one, two) = (Sample(2).box_id(), Sample(5).box_id());
    let (one_bytes, two_bytes) = (one.as_bytes(), two.as_bytes());
    tamper(&root, |db| {
        // Keys of one link under the other.
        db.execute("DELETE FROM box WHERE box_id = ?1", [two_bytes]).unwrap();
        db.execute("UPDATE box SET box_id = ?1", [two_bytes]).unwrap();
        // The payment wrap of one round as the other round's.
        db.execute("DELETE FROM request_wrap WHERE box_id = ?1 AND class = 2", [two_bytes]).unwrap();
        db.execute(
            "UPDATE request_wrap SET box_id = ?1 WHERE box_id = ?2 AND class = 2",
            (two_bytes, one_bytes),
        )
        .unwrap();
        // The identity wrap as the payment wrap: another class.
        db.execute("UPDATE request_wrap SET class = 2 WHERE box_id = ?1 AND class = 1", [one_bytes]).unwrap();
        // A link under another round, and as a reason.
        db.execute("UPDATE remark SET box_id = ?1 WHERE box_id = ?2", (one_bytes, two_bytes)).unwrap();
        db.execute("UPDATE remark SET kind = 'reason' WHERE rowid = (SELECT max(rowid) FROM remark)", ())
            .unwrap();
    });
    let mut vault = open(&root).unwrap();
    let session = session(&mut vault);
    damaged(vault.keyed().box_keys(two).err());
    assert!(matches!(vault.keyed().box_keys(one).err().unwrap(), VaultError::NotFound));
    damaged(vault.request_identity(&session, two, DataClass::Payment).err());
    damaged(vault.request_identity(&session, one, DataClass::Payment).err());
    vault.request_identity(&session, two, DataClass::Identity).unwrap();
    damaged(vault.keyed().remarks(one, RemarkKind::Reason).err());
}

/// Every clear column that a row binds, changed to something else that is well formed.
#[test]
fn clear_columns_are_bound() {
    let (_folder, root) = two_rounds();
    let id = Sample(2).box_id();
    for (change, back) in [
        ("UPDATE request_wrap SET generation = 2", "UPDATE request_wrap SET generation = 1"),
        ("UPDATE remark SET at = at + 1", "UPDATE remark SET at = at - 1"),
        ("UPDATE remark SET class = 1", "UPDATE remark SET class = NULL"),
        ("UPDATE grant_ SET generation = 2", "UPDATE grant_ SET generation = 1"),
    ] {
        run(&root, change);
        let mut vault = open(&root).unwrap();
        let refused = match change.split(' ').nth(1).unwrap() {
            "request_wrap" => {
                let session = session(&mut vault);
                vault.request_identity(&session, id, DataClass::Identity).err()
            }
            "remark" => vault.keyed().remarks(id, RemarkKind::Link).err(),
            _ => unlock(&mut vault, PASSPHRASE, NOW).err(),
        };
        damaged(refused);
        drop(vault);
        run(&root, back);
    }
    let mut vault = open(&root).unwrap();
    let session = session(&mut vault);
    vault.request_identity(&session, id, DataClass::Identity).unwrap();
}

/// A cheaper passphrase, another role, another recipient: the row binds them.
#[test]
fn a_persons_settings_are_bound() {
    let folder = temp();
    let root = folder.path();
    drop(create(root).unwrap());
    for (change, back) in [
        ("role = 'agent'", "role = 'both'"),
        ("passes = 2", "passes = 1"),
        ("memory_kib = 47104", "memory_kib = 64"),
        ("lanes = 2", "lanes = 1"),
        ("salt = zeroblob(16)", ""),
    ] {
        run(root, &format!("UPDATE person SET {change}"));
        let vault = open(root).unwrap();
        damaged(vault.keyed().person(person(&vault)).err());
        drop(vault);
        if !back.is_empty() {
            run(root, &format!("UPDATE person SET {back}"));
        }
    }
}

/// An older version of a row put back with its own key gone: nothing opens, and it is said at the start.
#[test]
fn a_row_without_a_key_is_an_alarm() {
    let (_folder, root) = two_rounds();
    for table in ["person", "grant_", "request_wrap", "box", "remark"] {
        let copy = temp();
        super::support::copy(&root, copy.path());
        let version = [9u8; 16];
        tamper(copy.path(), |db| {
            let sql =
                format!("UPDATE {table} SET version = ?1 WHERE rowid = (SELECT min(rowid) FROM {table})");
            db.execute(&sql, [&version]).unwrap();
        });
        let before = super::support::snapshot(copy.path());
        let error = open(copy.path()).err().expect(table);
        assert!(matches!(error, VaultError::KeyringDamaged), "{table}: {error}");
        assert!(before == super::support::snapshot(copy.path()), "{table}");
    }
}
