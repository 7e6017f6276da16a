//! The keyring (FORMATS §5): all entry keys, under the epoch key. Dropping an entry and rotating is the purge.
//!
//! ```text
//! keys/keyring.N = "CKR1" ‖ vault id[16] ‖ u64 N, then 77-byte records
//! record         = sealed(epoch key, "entry", vault id ‖ N, row version[16] ‖ key[32])
//! ```

use crate::{
    epoch::{EpochKey, ctx},
    id::{RowVersion, VaultId},
    label::Label,
    rng::Rng,
    row::EntryKey,
    sealed::{Expanded, OVERHEAD, SealError},
    slab::{ENTRY_LEN, Slab},
    stack,
};
use std::collections::HashMap;
use zeroize::Zeroizing;

/// Length of a record in bytes.
pub const RECORD_LEN: usize = OVERHEAD + ENTRY_LEN;
/// Length of the header in bytes.
pub const HEAD_LEN: usize = 4 + 16 + 8;

const MAGIC: &[u8; 4] = b"CKR1";
const NONCE_LEN: usize = 12;

/// Every entry key of a vault, in memory. Wiped on drop.
#[derive(Default)]
pub struct Keyring {
    places: HashMap<RowVersion, usize>,
    entries: Slab,
}

/// A keyring file, read.
pub struct ReadKeyring {
    /// Its entries.
    pub keyring: Keyring,
    /// Length of the file up to the last record that opened, in bytes.
    pub good_len: u64,
    /// Whether something follows that: an append the machine did not finish. Cut the file to `good_len`.
    pub torn: bool,
}

/// Why a keyring is not used. None of these may lead to an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// No header.
    #[error("the keyring is damaged at its head; put back this vault's own folder, nothing was changed")]
    Head,
    /// Of another vault.
    #[error("the keyring belongs to another vault; put back this vault's own folder, nothing was changed")]
    OtherVault,
    /// Of another epoch.
    #[error(
        "the keyring belongs to another time of this vault; put back its own folder, nothing was changed"
    )]
    OtherEpoch,
    /// A record does not open although a later one does, or none opens at all.
    #[error(
        "a key in the keyring was changed; do not use this vault, put back its own folder, nothing was changed"
    )]
    Changed,
    /// A row version twice.
    #[error(
        "a key is in the keyring twice; do not use this vault, put back its own folder, nothing was changed"
    )]
    Doubled,
}

/// A row version that already has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this row already has a key; make a new row version")]
pub struct AlreadyThere;

impl Keyring {
    /// An empty one, for a new vault.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether it has the key of a row.
    pub fn contains(&self, id: &RowVersion) -> bool {
        self.places.contains_key(id)
    }

    /// Every row version that has a key.
    pub fn ids(&self) -> impl Iterator<Item = &RowVersion> {
        self.places.keys()
    }

    /// The key of a row.
    pub fn get(&self, id: &RowVersion) -> Option<EntryKey> {
        let entry = self.entries.at(*self.places.get(id)?)?;
        let key = entry.last_chunk::<32>()?;
        Some(EntryKey::from_bytes(Zeroizing::new(*key)))
    }

    /// Adds a key. Its record must be durable before its row is.
    pub fn insert(&mut self, id: RowVersion, key: &EntryKey) -> Result<(), AlreadyThere> {
        let mut entry = Zeroizing::new([0; ENTRY_LEN]);
        entry_into(&mut entry, id, key);
        self.insert_entry(&entry)
    }

    /// Drops a key from memory. It is gone only when a keyring without it is committed and the old slot overwritten.
    pub fn remove(&mut self, id: &RowVersion) -> bool {
        let Some(place) = self.places.remove(id) else { return false };
        if let Some(moved) = self.entries.swap_remove(place).and_then(|entry| id_of(&entry)) {
            self.places.insert(moved, place);
        }
        true
    }

    /// The whole file of epoch `n`, with the entries that `keep` says.
    pub fn file(
        &self,
        rng: &dyn Rng,
        epoch: &EpochKey,
        vault: VaultId,
        n: u64,
        keep: impl Fn(&RowVersion) -> bool,
    ) -> Result<Vec<u8>, SealError> {
        let kept = self.entries.iter().filter(|entry| id_of(entry).is_some_and(|id| keep(&id)));
        let mut file = Vec::with_capacity(HEAD_LEN + self.len() * RECORD_LEN);
        file.extend_from_slice(&head(vault, n));
        // One call for all nonces: a call for each would cost more than the sealing.
        let mut nonces = vec![0; self.len() * NONCE_LEN];
        rng.fill(&mut nonces)?;
        let aad = Label::Entry.aad(&ctx(vault, n));
        stack::wiped(|| {
            let key = epoch.0.sealer()?;
            for (entry, nonce) in kept.zip(nonces.as_chunks::<NONCE_LEN>().0) {
                let at = file.len();
                file.resize(at + RECORD_LEN, 0);
                key.seal_into(*nonce, &aad, entry, file.get_mut(at..).unwrap_or_default())?;
            }
            Ok::<(), SealError>(())
        })?;
        Ok(file)
    }

    /// Reads the file of epoch `n`.
    pub fn read(
        file: Vec<u8>,
        epoch: &EpochKey,
        vault: VaultId,
        n: u64,
    ) -> Result<ReadKeyring, KeyringError> {
        // Opened in place, so this holds keys until it is dropped.
        let mut file = Zeroizing::new(file);
        let (found, records) = file.split_at_mut_checked(HEAD_LEN).ok_or(KeyringError::Head)?;
        check_head(found, vault, n)?;
        let (records, rest) = records.as_chunks_mut::<RECORD_LEN>();
        let aad = Label::Entry.aad(&ctx(vault, n));
        let mut keyring = Self { places: HashMap::with_capacity(records.len()), entries: Slab::default() };
        let good = stack::wiped(|| keyring.open_records(&epoch.0.opener(), &aad, records))?;
        let torn = !rest.is_empty() || good < records.len();
        let good_len = (HEAD_LEN + good * RECORD_LEN) as u64;
        Ok(ReadKeyring { keyring, good_len, torn })
    }

    /// Takes every record that opens, in place, and returns how many those are.
    fn open_records(
        &mut self,
        key: &Expanded,
        aad: &[u8],
        records: &mut [[u8; RECORD_LEN]],
    ) -> Result<usize, KeyringError> {
        let mut good = 0;
        for (at, record) in records.iter_mut().enumerate() {
            let Ok(entry) = key.open_in_place(aad, record) else { continue };
            // Records before this one that did not open were no torn append.
            if at != good {
                return Err(KeyringError::Changed);
            }
            let entry: Result<&mut [u8; ENTRY_LEN], _> = entry.try_into();
            self.insert_entry(entry.map_err(|_| KeyringError::Changed)?)
                .map_err(|AlreadyThere| KeyringError::Doubled)?;
            good += 1;
        }
        // A vault has at least one person, so no append can be the first: this is another key or another file.
        if good == 0 && !records.is_empty() { Err(KeyringError::Changed) } else { Ok(good) }
    }

    fn insert_entry(&mut self, entry: &[u8; ENTRY_LEN]) -> Result<(), AlreadyThere> {
        let id = id_of(entry).ok_or(AlreadyThere)?;
        match self.places.entry(id) {
            std::collections::hash_map::Entry::Occupied(_) => Err(AlreadyThere),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(self.entries.push(entry));
                Ok(())
            }
        }
    }
}

/// The header of an epoch's keyring.
pub fn head(vault: VaultId, n: u64) -> [u8; HEAD_LEN] {
    let mut head = [0; HEAD_LEN];
    let (magic, rest) = head.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    rest.copy_from_slice(&ctx(vault, n));
    head
}

/// One record, to be appended to the file of epoch `n`.
pub fn record(
    rng: &dyn Rng,
    epoch: &EpochKey,
    vault: VaultId,
    n: u64,
    id: RowVersion,
    key: &EntryKey,
) -> Result<Vec<u8>, SealError> {
    let mut entry = Zeroizing::new([0; ENTRY_LEN]);
    entry_into(&mut entry, id, key);
    epoch.0.seal(rng, Label::Entry, &ctx(vault, n), entry.as_slice())
}

fn entry_into(entry: &mut [u8; ENTRY_LEN], id: RowVersion, key: &EntryKey) {
    let (id_out, key_out) = entry.split_at_mut(16);
    id_out.copy_from_slice(id.as_bytes());
    // Exposed to be sealed under the epoch key, and to memory that is wiped.
    key_out.copy_from_slice(key.expose());
}

fn id_of(entry: &[u8; ENTRY_LEN]) -> Option<RowVersion> {
    entry.first_chunk().copied().map(RowVersion::from_bytes)
}

fn check_head(found: &[u8], vault: VaultId, n: u64) -> Result<(), KeyringError> {
    let rest = found.strip_prefix(MAGIC).ok_or(KeyringError::Head)?;
    let (found_vault, found_n) = rest.split_first_chunk::<16>().ok_or(KeyringError::Head)?;
    if found_vault != vault.as_bytes() {
        return Err(KeyringError::OtherVault);
    }
    if found_n != n.to_be_bytes() {
        return Err(KeyringError::OtherEpoch);
    }
    Ok(())
}
