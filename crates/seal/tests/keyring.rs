//! The keyring against a map, and cut anywhere.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use seal::{
    RowVersion, SystemRng, VaultId,
    epoch::EpochKey,
    keyring::{HEAD_LEN, Keyring, KeyringError, RECORD_LEN, head, record},
    row::{Columns, EntryKey, Table},
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const VAULT: VaultId = VaultId::from_bytes([1; 16]);

fn id(number: u16) -> RowVersion {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    RowVersion::from_bytes(bytes)
}

fn key(byte: u8) -> EntryKey {
    EntryKey::from_bytes(Zeroizing::new([byte; 32]))
}

fn is_key(found: &EntryKey, byte: u8) -> bool {
    let sealed = key(byte).seal(&SystemRng, Table::Box, id(0), &Columns::new(), b"").unwrap();
    found.open(Table::Box, id(0), &Columns::new(), &sealed).is_ok()
}

#[test]
fn what_was_not_kept_is_not_in_the_next_epoch() {
    let (old, new) = (EpochKey::make(&SystemRng).unwrap(), EpochKey::make(&SystemRng).unwrap());
    let mut keyring = Keyring::new();
    (0..3000).for_each(|number| keyring.insert(id(number), &key(number as u8)).unwrap());
    let file = keyring.file(&SystemRng, &new, VAULT, 2, |row| *row != id(5)).unwrap();
    let with_old = Keyring::read(file.clone(), &old, VAULT, 2);
    assert!(matches!(with_old, Err(KeyringError::Changed)));
    let read = Keyring::read(file, &new, VAULT, 2).unwrap();
    assert!(!read.torn);
    assert_eq!(read.keyring.len(), 2999);
    assert!(read.keyring.get(&id(5)).is_none());
    assert!(is_key(&read.keyring.get(&id(6)).unwrap(), 6));
    assert_eq!(keyring.len(), 3000);
}

#[test]
fn nonces_never_repeat() {
    let epoch = EpochKey::make(&SystemRng).unwrap();
    let mut keyring = Keyring::new();
    (0..500).for_each(|number| keyring.insert(id(number), &key(1)).unwrap());
    let file = keyring.file(&SystemRng, &epoch, VAULT, 1, |_| true).unwrap();
    let nonces: std::collections::HashSet<&[u8]> =
        file[HEAD_LEN..].chunks(RECORD_LEN).map(|record| &record[1..13]).collect();
    assert_eq!(nonces.len(), 500);
}

proptest! {
    /// Inserting, removing, appending and rewriting in any order: the same as a map.
    #[test]
    fn behaves_as_a_map(steps in prop::collection::vec((0_u16..40, any::<bool>()), 1..200)) {
        let epoch = EpochKey::make(&SystemRng).unwrap();
        let mut keyring = Keyring::new();
        let mut model = BTreeMap::new();
        let mut file = head(VAULT, 1).to_vec();
        for (number, insert) in steps {
            let byte = number as u8;
            if insert {
                let fresh = model.insert(number, byte).is_none();
                prop_assert_eq!(keyring.insert(id(number), &key(byte)).is_ok(), fresh);
                if fresh {
                    file.extend(record(&SystemRng, &epoch, VAULT, 1, id(number), &key(byte)).unwrap());
                }
            } else {
                prop_assert_eq!(keyring.remove(&id(number)), model.remove(&number).is_some());
                file = keyring.file(&SystemRng, &epoch, VAULT, 1, |_| true).unwrap();
            }
        }
        let read = Keyring::read(file, &epoch, VAULT, 1).unwrap();
        prop_assert!(!read.torn);
        for ring in [&keyring, &read.keyring] {
            prop_assert_eq!(ring.len(), model.len());
            prop_assert!(model.iter().all(|(number, byte)| is_key(&ring.get(&id(*number)).unwrap(), *byte)));
        }
    }

    /// Cutting the file anywhere is a torn append or a damaged head, never an alarm, and loses only the end.
    #[test]
    fn any_cut_is_torn(cut in 0_usize..HEAD_LEN + 5 * RECORD_LEN) {
        let epoch = EpochKey::make(&SystemRng).unwrap();
        let mut keyring = Keyring::new();
        (0..5).for_each(|number| keyring.insert(id(number), &key(1)).unwrap());
        let mut file = keyring.file(&SystemRng, &epoch, VAULT, 1, |_| true).unwrap();
        file.truncate(cut);
        match Keyring::read(file, &epoch, VAULT, 1) {
            Ok(read) => {
                let whole = (cut - HEAD_LEN) / RECORD_LEN;
                prop_assert_eq!(read.keyring.len(), whole);
                prop_assert_eq!(read.good_len as usize, HEAD_LEN + whole * RECORD_LEN);
                prop_assert_eq!(read.torn, read.good_len as usize != cut);
            }
            Err(error) => prop_assert!(cut < HEAD_LEN && error == KeyringError::Head),
        }
    }
}
