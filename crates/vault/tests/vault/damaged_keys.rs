//! A damaged, missing, swapped or older device key, epoch file or keyring.

use super::{
    damage::{self, Day, cut, day, flip, refused},
    support::{Extent, Fact, Step, Thief, check, copy, create, open, snapshot, temp, work},
};
use seal::{RowVersion, SystemRng, epoch::Epoch, keyring, row::EntryKey};
use std::{fs, path::Path};
use vault::VaultError;

#[test]
fn a_torn_slot_leaves_the_epoch_before() {
    let day = day();
    let epoch = fs::read(day.root.join("keys/epoch")).unwrap();
    let (at, length) = (current(&day.root), 4096);
    // Every length to which the newest slot may be written when the power goes, and a bit changed anywhere in it.
    for torn in (0..121).step_by(3) {
        day.refuses(&VaultError::EpochDamaged, &format!("torn at {torn}"), |root| {
            let mut bytes = epoch.clone();
            bytes[at + torn..at + length].fill(0xaa);
            fs::write(root.join("keys/epoch"), bytes).unwrap();
        });
        day.refuses(&VaultError::EpochDamaged, &format!("bit at {torn}"), |root| {
            flip(&root.join("keys/epoch"), at + torn);
        });
    }
    // Half written while the other slot is still whole: the one before, and nothing is lost.
    let folder = temp();
    let root = folder.path();
    let mut vault = create(root).unwrap();
    let mut facts = vec![Fact::Founded];
    work(&mut vault, &Step::DAY[..6], &mut |fact| facts.push(fact)).unwrap();
    drop(vault);
    for torn in [0, 1, 27, 28, 60, 100, 120] {
        let thief = Thief::of(root);
        let other = if current(root) == 0 { 4096 } else { 0 };
        let key = seal::epoch::EpochKey::make(&SystemRng).unwrap();
        let slot = key.slot(&SystemRng, &thief.item.device_key(), thief.vault, 2).unwrap();
        let mut bytes = fs::read(root.join("keys/epoch")).unwrap();
        bytes[other..other + torn].copy_from_slice(&slot[..torn]);
        fs::write(root.join("keys/epoch"), bytes).unwrap();
        check(
            &{
                let again = temp();
                copy(root, again.path());
                again.keep()
            },
            &facts,
        );
    }
}

/// Where the slot in force begins.
fn current(root: &Path) -> usize {
    let thief = Thief::of(root);
    let slots = fs::read(root.join("keys/epoch")).unwrap();
    slots.chunks(4096).position(|slot| thief.opens(slot).is_some()).unwrap() * 4096
}

#[test]
fn an_epoch_file_that_is_not_this_vaults() {
    let day = day();
    let other = damage::day();
    let epoch = |root: &Path| root.join("keys/epoch");
    day.refuses(&VaultError::DeviceKey, "another vault's", |root| {
        fs::copy(epoch(&other.root), epoch(root)).unwrap();
    });
    for length in [0, 4096, 8191] {
        day.refuses(&VaultError::EpochDamaged, &format!("cut to {length}"), |root| cut(&epoch(root), length));
    }
    day.refuses(&VaultError::EpochDamaged, "longer", |root| cut(&epoch(root), 8193));
    day.refuses(&VaultError::EpochDamaged, "missing", |root| fs::remove_file(epoch(root)).unwrap());
    day.refuses(&VaultError::EpochDamaged, "one number twice", |root| {
        let mut bytes = fs::read(epoch(root)).unwrap();
        let at = current(root);
        bytes.copy_within(at..at + 4096, 4096 - at);
        fs::write(epoch(root), bytes).unwrap();
    });
}

/// A slot of an epoch before, put back beside or over the newest.
#[test]
fn an_older_slot_put_back() {
    let folder = temp();
    let root = folder.path();
    let mut vault = create(root).unwrap();
    let mut facts = vec![Fact::Founded];
    work(&mut vault, &Step::DAY[..6], &mut |fact| facts.push(fact)).unwrap();
    let old = snapshot(root);
    work(&mut vault, &Step::DAY[6..15], &mut |fact| facts.push(fact)).unwrap();
    drop(vault);
    let day = Day { root: root.to_owned(), _folder: folder, facts };
    day.refuses(&VaultError::KeyringDamaged, "the older epoch file without its keyring", |root| {
        fs::write(root.join("keys/epoch"), &old["keys/epoch"]).unwrap();
    });
    day.refuses(&VaultError::KeyringDamaged, "the older epoch file and keyring", |root| {
        fs::write(root.join("keys/epoch"), &old["keys/epoch"]).unwrap();
        fs::write(root.join("keys/keyring.1"), &old["keys/keyring.1"]).unwrap();
    });
    day.refuses(&VaultError::KeyringDamaged, "the whole older keys folder", |root| {
        fs::remove_dir_all(root.join("keys")).unwrap();
        fs::create_dir(root.join("keys")).unwrap();
        for (name, bytes) in old.iter().filter(|(name, _)| name.starts_with("keys/")) {
            fs::write(root.join(name), bytes).unwrap();
        }
    });
    day.refuses(&VaultError::KeyringDamaged, "the older database", |root| {
        fs::write(root.join("vault.db"), &old["vault.db"]).unwrap();
        fs::write(root.join("vault.db-wal"), &old["vault.db-wal"]).unwrap();
    });
    // The older slot beside the newest changes nothing: the highest number wins, and the other is overwritten.
    let beside = day.with(|root| {
        let (at, n) = (current(root), 4096);
        let mut bytes = fs::read(root.join("keys/epoch")).unwrap();
        let old_at = old_slot(&old["keys/epoch"], root);
        bytes[n - at..2 * n - at].copy_from_slice(&old["keys/epoch"][old_at..old_at + n]);
        fs::write(root.join("keys/epoch"), bytes).unwrap();
    });
    drop(open(beside.path()).unwrap());
    check(beside.path(), &day.facts);
}

fn old_slot(file: &[u8], root: &Path) -> usize {
    file.chunks(4096).position(|slot| Thief::of(root).opens(slot).is_some()).unwrap() * 4096
}

/// A rotation takes no older purge back: keys put back when nothing but a purge came in between.
#[test]
fn keys_from_before_a_purge() {
    let folder = temp();
    let root = folder.path();
    let mut vault = create(root).unwrap();
    work(&mut vault, &[Step::Make(0), Step::Collect(0)], &mut |_| {}).unwrap();
    let old = snapshot(root);
    work(&mut vault, &[Step::Begin(0, Extent::All), Step::Destroy, Step::Finish], &mut |_| {}).unwrap();
    drop(vault);
    fs::remove_file(root.join("keys/keyring.2")).unwrap();
    for name in ["keys/epoch", "keys/keyring.1"] {
        fs::write(root.join(name), &old[name]).unwrap();
    }
    refused(root, &VaultError::KeyringDamaged, "keys from before the purge");
}

#[test]
fn a_device_key_missing_or_wrong() {
    let day = day();
    let other = damage::day();
    let device = |root: &Path| root.join("keys/device");
    day.refuses(&VaultError::DeviceKey, "missing", |root| fs::remove_file(device(root)).unwrap());
    day.refuses(&VaultError::DeviceKey, "another machine's", |root| {
        fs::copy(device(&other.root), device(root)).unwrap();
    });
    for text in ["", "AAAA\n", "not base64 at all", "\u{fffd}"] {
        day.refuses(&VaultError::DeviceKey, text, |root| fs::write(device(root), text).unwrap());
    }
}

#[test]
fn a_keyring_with_a_torn_end_is_cut() {
    let day = day();
    let path = "keys/keyring.2";
    let whole = fs::read(day.root.join(path)).unwrap();
    for tail in [1, 76, 77, 78, 200] {
        let torn = day.with(|root| {
            let bytes = [whole.as_slice(), &vec![0x5a; tail]].concat();
            fs::write(root.join(path), bytes).unwrap();
        });
        let vault = open(torn.path()).unwrap();
        drop(vault);
        assert!(fs::read(torn.path().join(path)).unwrap() == whole, "{tail} bytes too many were not cut");
        check(torn.path(), &day.facts);
    }
    // Half of an append that no row speaks of yet.
    for keep in [0, 1, 40, 76] {
        let torn = day.with(|root| {
            let thief = Thief::of(root);
            let epoch = Epoch::read(
                &fs::read(root.join("keys/epoch")).unwrap(),
                &thief.item.device_key(),
                thief.vault,
            );
            let epoch = epoch.unwrap();
            let row = RowVersion::make(&SystemRng).unwrap();
            let key = EntryKey::make(&SystemRng).unwrap();
            let record = keyring::record(&SystemRng, &epoch.key, thief.vault, epoch.n, row, &key).unwrap();
            fs::write(root.join(path), [whole.as_slice(), &record[..keep]].concat()).unwrap();
        });
        check(torn.path(), &day.facts);
    }
}

#[test]
fn a_keyring_changed_doubled_swapped_older_or_missing() {
    let day = day();
    let other = damage::day();
    let path = "keys/keyring.2";
    let whole = fs::read(day.root.join(path)).unwrap();
    let (head, records) = whole.split_at(keyring::HEAD_LEN);
    let count = records.len() / keyring::RECORD_LEN;
    let record = |at: usize| &records[at * keyring::RECORD_LEN..(at + 1) * keyring::RECORD_LEN];
    let damaged = &VaultError::KeyringDamaged;
    for at in 0..count {
        for byte in [0, 1, 20, 76] {
            day.refuses(damaged, &format!("record {at} byte {byte}"), |root| {
                flip(&root.join(path), keyring::HEAD_LEN + at * keyring::RECORD_LEN + byte);
            });
        }
        day.refuses(damaged, &format!("record {at} doubled"), |root| {
            fs::write(root.join(path), [whole.as_slice(), record(at)].concat()).unwrap();
        });
        day.refuses(damaged, &format!("record {at} gone"), |root| {
            let rest = &records[(at + 1) * keyring::RECORD_LEN..];
            fs::write(root.join(path), [head, &records[..at * keyring::RECORD_LEN], rest].concat()).unwrap();
        });
    }
    for at in 0..keyring::HEAD_LEN {
        day.refuses(damaged, &format!("head byte {at}"), |root| flip(&root.join(path), at));
    }
    for length in [0, 27, 28, 28 + 76, whole.len() as u64 - 77, whole.len() as u64 - 1] {
        day.refuses(damaged, &format!("cut to {length}"), |root| cut(&root.join(path), length));
    }
    day.refuses(damaged, "missing", |root| fs::remove_file(root.join(path)).unwrap());
    day.refuses(damaged, "another vault's", |root| {
        fs::copy(other.root.join(path), root.join(path)).unwrap();
    });
    day.refuses(damaged, "another vault's records", |root| {
        let theirs = fs::read(other.root.join(path)).unwrap();
        fs::write(root.join(path), [head, &theirs[keyring::HEAD_LEN..]].concat()).unwrap();
    });
    day.refuses(damaged, "an older copy", |root| {
        // From when the last round was not there yet.
        let older = keyring::HEAD_LEN + (count - 4) * keyring::RECORD_LEN;
        cut(&root.join(path), older as u64);
    });
}
