//! A raw disk as an adversary reads it who has the device key, the database key and the passphrase: every byte of it,
//! free blocks and journal included.

use super::Thief;
use aes::{
    Aes256,
    cipher::{Block, BlockDecrypt, KeyInit},
};
use data_encoding::HEXLOWER;
use memchr::memmem;
use seal::{
    RowVersion,
    epoch::{self, Epoch},
    keyring::{self, Keyring},
    row::EntryKey,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use wire::sha256;

/// What of a slot is said before its checksum, in bytes.
const SLOT_BODY: usize = 4 + 16 + 8 + 61;

/// The keys that a disk gives away.
pub(crate) struct Keys {
    /// The numbers of the epochs whose keys were found.
    pub(crate) epochs: BTreeSet<u64>,
    /// Every entry key found under any of them.
    pub(crate) entries: HashMap<RowVersion, EntryKey>,
}

/// Looks for epoch slots at every position, whole or torn, and then for keyring records at every position under each
/// epoch key found.
pub(crate) fn keys(disk: &[u8], thief: &Thief) -> Keys {
    let found = epochs(disk, thief);
    let entries = found.values().flat_map(|epoch| entries(disk, thief, epoch)).collect();
    Keys { epochs: found.into_keys().collect(), entries }
}

/// The rows that any epoch key but the newest on the disk still opens.
pub(crate) fn rows_under_older_epochs(disk: &[u8], thief: &Thief) -> HashSet<RowVersion> {
    let mut found = epochs(disk, thief);
    found.pop_last();
    found.values().flat_map(|epoch| entries(disk, thief, epoch).into_keys()).collect()
}

fn epochs(disk: &[u8], thief: &Thief) -> BTreeMap<u64, Epoch> {
    memmem::find_iter(disk, b"CKE1")
        .filter_map(|at| opens(disk.get(at..at + SLOT_BODY)?, thief))
        .map(|epoch| (epoch.n, epoch))
        .collect()
}

fn entries(disk: &[u8], thief: &Thief, epoch: &Epoch) -> HashMap<RowVersion, EntryKey> {
    let head = keyring::head(thief.vault, epoch.n);
    let mut entries = HashMap::new();
    for at in memchr::memchr_iter(1, disk) {
        let Some(record) = disk.get(at..at + keyring::RECORD_LEN) else { continue };
        let file = [head.as_slice(), record].concat();
        let Ok(read) = Keyring::read(file, &epoch.key, thief.vault, epoch.n) else { continue };
        for row in read.keyring.ids() {
            entries.insert(*row, read.keyring.get(row).unwrap());
        }
    }
    entries
}

/// The device key opens a slot whatever became of its checksum.
fn opens(body: &[u8], thief: &Thief) -> Option<Epoch> {
    let mut slot = [body, &sha256(body)].concat();
    slot.resize(epoch::SLOT_LEN, 0);
    thief.opens(&slot)
}

/// The whole disk decrypted as one stream of AES-256-CBC, at both phases at which SQLCipher's blocks lie: pages and free
/// blocks at 0, frames of the write-ahead log at 8. What was a page on it is plain there, but for a page's first block.
pub(crate) fn decrypted(disk: &[u8], thief: &Thief) -> [Vec<u8>; 2] {
    let key = HEXLOWER.decode(thief.item.database_key_hex().as_bytes()).unwrap();
    let cipher = Aes256::new_from_slice(&key).unwrap();
    [0, 8].map(|phase| {
        let disk = &disk[phase..];
        let disk = &disk[..disk.len() / 16 * 16];
        let mut blocks: Vec<Block<Aes256>> =
            disk.chunks_exact(16).map(Block::<Aes256>::clone_from_slice).collect();
        cipher.decrypt_blocks(&mut blocks);
        let mut plain = Vec::with_capacity(disk.len());
        plain.extend_from_slice(&blocks[0]);
        for (block, before) in blocks[1..].iter().zip(disk.chunks_exact(16)) {
            plain.extend(block.iter().zip(before).map(|(byte, before)| byte ^ before));
        }
        plain
    })
}

/// Whether these bytes stand anywhere.
pub(crate) fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    memmem::find(haystack, needle).is_some()
}
