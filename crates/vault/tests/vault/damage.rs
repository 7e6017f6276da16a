//! A damaged, missing, swapped or older database, ledger or file. Each is refused with its own words, and the folder stays
//! as it was.

use super::support::{Fact, Sample, Step, Thief, check, copy, create, open, session, snapshot, temp, work};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use vault::{Vault, VaultError};

/// A vault that has seen a day, its facts, and where it lies.
pub(super) struct Day {
    pub(super) _folder: TempDir,
    pub(super) root: PathBuf,
    pub(super) facts: Vec<Fact>,
}

/// A day that ends with rounds in the vault and one purge behind it, so that the epoch is not the first.
pub(super) fn day() -> Day {
    let folder = temp();
    let root = folder.path().to_owned();
    let mut vault = create(&root).unwrap();
    let mut facts = vec![Fact::Founded];
    work(&mut vault, &Step::DAY[..15], &mut |fact| facts.push(fact)).unwrap();
    assert_eq!(vault.epoch(), 2);
    drop(vault);
    Day { _folder: folder, root, facts }
}

impl Day {
    /// A copy of it with something done to it.
    pub(super) fn with(&self, damage: impl FnOnce(&Path)) -> TempDir {
        let folder = temp();
        copy(&self.root, folder.path());
        damage(folder.path());
        folder
    }

    /// With this done to it, it is refused in these words, and nothing in it changes.
    pub(super) fn refuses(&self, expected: &VaultError, about: &str, damage: impl FnOnce(&Path)) {
        let folder = self.with(damage);
        refused(folder.path(), expected, about);
    }
}

pub(super) fn refused(root: &Path, expected: &VaultError, about: &str) {
    let before = snapshot(root);
    let error = open(root).err().unwrap_or_else(|| panic!("{about}: opened"));
    assert_eq!(error.to_string(), expected.to_string(), "{about}");
    assert!(snapshot(root) == before, "{about}: the folder was touched");
    let error = create(root).err().unwrap_or_else(|| panic!("{about}: founded over"));
    assert!(matches!(error, VaultError::AlreadyThere), "{about}: {error}");
    assert!(snapshot(root) == before, "{about}: founding touched the folder");
}

pub(super) fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

pub(super) fn cut(path: &Path, length: u64) {
    fs::File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}

#[test]
fn every_page_of_the_database_is_authenticated() {
    let day = day();
    let length = fs::metadata(day.root.join("vault.db")).unwrap().len() as usize;
    assert_eq!(length % 4096, 0);
    for page in 0..length / 4096 {
        // The salt or first cipher block, the middle, the nonce, the authentication tag.
        for at in [3, 2000, 4096 - 75, 4096 - 20] {
            day.refuses(&VaultError::DatabaseDamaged, &format!("page {page} byte {at}"), |root| {
                flip(&root.join("vault.db"), page * 4096 + at);
            });
        }
    }
}

#[test]
fn a_cut_or_missing_or_foreign_database() {
    let day = day();
    let whole = fs::metadata(day.root.join("vault.db")).unwrap().len();
    for length in [0, 100, 4096, whole / 2 / 4096 * 4096, whole - 4096, whole - 1] {
        day.refuses(&VaultError::DatabaseDamaged, &format!("cut to {length}"), |root| {
            cut(&root.join("vault.db"), length);
        });
    }
    day.refuses(&VaultError::DatabaseDamaged, "missing", |root| {
        fs::remove_file(root.join("vault.db")).unwrap();
    });
    let other = self::day();
    day.refuses(&VaultError::DatabaseDamaged, "another vault's", |root| {
        fs::copy(other.root.join("vault.db"), root.join("vault.db")).unwrap();
    });
    day.refuses(&VaultError::DatabaseDamaged, "no database at all", |root| {
        fs::write(root.join("vault.db"), vec![7; 8192]).unwrap();
    });
}

/// Another vault's database that was even given this machine's database key.
#[test]
fn another_vaults_database_under_this_key() {
    let day = day();
    let other = self::day();
    day.refuses(&VaultError::DatabaseDamaged, "another vault's, rekeyed", |root| {
        let path = other.root.join("vault.db");
        let db = Thief::of(&other.root).database(&other.root);
        let key = Thief::of(root).item.database_key_hex();
        db.execute_batch(&format!("PRAGMA journal_mode = DELETE; PRAGMA rekey = \"x'{}'\"", key.as_str()))
            .unwrap();
        drop(db);
        fs::copy(path, root.join("vault.db")).unwrap();
    });
}

#[test]
fn a_ledger_changed_or_shortened() {
    let day = day();
    let path = "ledger.log";
    let whole = fs::read(day.root.join(path)).unwrap();
    let damaged = &VaultError::LedgerDamaged;
    for at in (0..whole.len()).step_by(61).chain([whole.len() - 1]) {
        day.refuses(damaged, &format!("byte {at}"), |root| flip(&root.join(path), at));
    }
    let before_last = whole[..whole.len() - 2].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for length in [0, 1, before_last, whole.len() - 1] {
        day.refuses(damaged, &format!("cut to {length}"), |root| cut(&root.join(path), length as u64));
    }
    day.refuses(damaged, "missing", |root| fs::remove_file(root.join(path)).unwrap());
    day.refuses(damaged, "two entries swapped", |root| {
        let ends: Vec<usize> =
            whole.windows(2).enumerate().filter(|(_, two)| two == b"\n\n").map(|(at, _)| at + 2).collect();
        let [one, two, three] = [ends[1], ends[2], ends[3]];
        let swapped = [&whole[..one], &whole[two..three], &whole[one..two], &whole[three..]].concat();
        assert_eq!(swapped.len(), whole.len());
        fs::write(root.join(path), swapped).unwrap();
    });
    for tail in [&b"{"[..], b"{}\n\n", &whole[..before_last]] {
        let longer = day.with(|root| {
            fs::write(root.join(path), [whole.as_slice(), tail].concat()).unwrap();
        });
        drop(open(longer.path()).unwrap());
        assert!(fs::read(longer.path().join(path)).unwrap() == whole, "a tail was not cut");
        check(longer.path(), &day.facts);
    }
}

/// Files of ciphertext: strays go at the start, a changed or missing one is said when it is opened.
#[test]
fn blobs_stray_missing_or_changed() {
    let day = day();
    let stray = day.with(|root| {
        fs::write(root.join("blobs").join("ab".repeat(16)), b"left by a crash").unwrap();
        fs::write(root.join("blobs/half.tmp"), b"left by something else").unwrap();
    });
    check(stray.path(), &day.facts);
    let k = Sample(1);
    let broken = day.with(|_| {});
    let mut vault = open(broken.path()).unwrap();
    let session = session(&mut vault);
    let class = k.classes()[0];
    let identity = vault.request_identity(&session, k.box_id(), class).unwrap();
    let part = vault.db().parts(k.box_id()).unwrap()[0];
    let mut bytes = Vec::new();
    vault.blobs().open(part.blob).unwrap().read_to_end(&mut bytes).unwrap();
    let file = fs::read_dir(broken.path().join("blobs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| fs::read(path).unwrap() == bytes)
        .unwrap();
    flip(&file, 3000);
    let opened = |vault: &Vault| {
        let file = vault.blobs().open(part.blob)?;
        Ok::<_, VaultError>(
            seal::agefile::open_item(&identity, file, k.plaintext(class).len() as u64).is_ok(),
        )
    };
    assert!(!opened(&vault).unwrap());
    fs::remove_file(&file).unwrap();
    assert!(matches!(opened(&vault), Err(VaultError::BlobDamaged)));
}
