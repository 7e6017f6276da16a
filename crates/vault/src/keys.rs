//! The files under `keys/`: the device item, the two epoch slots, the keyring (FORMATS §5).

use crate::{VaultError, durable, fault, layout::Layout};
use seal::{
    Rng, RowVersion, VaultId,
    device::{DeviceItem, DeviceKey},
    epoch::{self, Epoch, EpochKey, SlotAt},
    keyring::{self, Keyring, ReadKeyring},
    row::EntryKey,
};
use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
};
use zeroize::Zeroizing;

/// Makes the device item; it must not exist.
pub(crate) fn create_device(layout: &Layout, rng: &dyn Rng) -> Result<DeviceItem, VaultError> {
    let item = DeviceItem::make(rng).map_err(|_| VaultError::Randomness)?;
    durable::create_new(&layout.device(), item.to_line().as_bytes()).map_err(VaultError::disk)?;
    fault::point("keys.device-made");
    Ok(item)
}

/// Reads the device item.
pub(crate) fn read_device(layout: &Layout) -> Result<DeviceItem, VaultError> {
    let line =
        std::fs::read_to_string(layout.device()).map(Zeroizing::new).map_err(|_| VaultError::DeviceKey)?;
    DeviceItem::from_line(&line).map_err(|_| VaultError::DeviceKey)
}

/// The vault a folder belongs to, before anything is opened.
pub(crate) fn vault_id(layout: &Layout) -> Result<VaultId, VaultError> {
    let file = std::fs::read(layout.epoch()).map_err(|_| VaultError::EpochDamaged)?;
    epoch::vault_id(&file).ok_or(VaultError::EpochDamaged)
}

/// The newest epoch and its keyring, read. Nothing was changed for it.
pub(crate) struct Found {
    vault: VaultId,
    device: DeviceKey,
    epoch: Epoch,
    read: ReadKeyring,
}

impl Found {
    /// Reads the newest epoch and its keyring, and takes nothing less than both whole.
    pub(crate) fn read(layout: &Layout, vault: VaultId, device: DeviceKey) -> Result<Self, VaultError> {
        let slots = std::fs::read(layout.epoch()).map_err(|_| VaultError::EpochDamaged)?;
        let epoch = Epoch::read(&slots, &device, vault).map_err(epoch_error)?;
        let file = std::fs::read(layout.keyring(epoch.n)).map_err(|_| VaultError::KeyringDamaged)?;
        let read = Keyring::read(file, &epoch.key, vault, epoch.n).map_err(|error| {
            tracing::error!(%error, "the keyring was refused");
            VaultError::KeyringDamaged
        })?;
        Ok(Self { vault, device, epoch, read })
    }

    /// The number of the epoch.
    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch.n
    }

    /// Its entries.
    pub(crate) const fn keyring(&self) -> &Keyring {
        &self.read.keyring
    }
}

/// The keys of the current epoch. Entries are durable before the rows that need them, and gone for good once a
/// rotation dropped them.
pub(crate) struct Keys {
    layout: Layout,
    vault: VaultId,
    device: DeviceKey,
    epoch_file: File,
    epoch: Epoch,
    keyring_file: File,
    keyring_len: u64,
    keyring: Keyring,
    /// Entries that no row needs: a change came to nothing between the key and its row. The next rotation drops them.
    orphans: HashSet<RowVersion>,
    /// The slot of the epoch before is still to be overwritten: the disk refused.
    unscrubbed: bool,
    /// A commit of which nobody knows whether it happened: only a start-up reads the slots anew and finds out.
    unsure: bool,
}

impl Keys {
    /// Makes the first epoch of a new vault.
    pub(crate) fn create(
        layout: &Layout,
        rng: &dyn Rng,
        vault: VaultId,
        device: DeviceKey,
    ) -> Result<Self, VaultError> {
        let keyring = Keyring::new();
        let key = EpochKey::make(rng).map_err(|_| VaultError::Randomness)?;
        let file = keyring.file(rng, &key, vault, 1, |_| true).map_err(sealing)?;
        durable::create_new(&layout.keyring(1), &file).map_err(VaultError::disk)?;
        fault::point("keys.first-keyring");
        let mut slots = key.slot(rng, &device, vault, 1).map_err(sealing)?;
        let mut noise = vec![0; epoch::SLOT_LEN];
        rng.fill(&mut noise).map_err(|_| VaultError::Randomness)?;
        slots.extend_from_slice(&noise);
        durable::create_new(&layout.epoch(), &slots).map_err(VaultError::disk)?;
        fault::point("keys.first-epoch");
        Self::open(layout, rng, Found::read(layout, vault, device)?, HashSet::new())
    }

    /// Takes up what was found: overwrites the other slot, and cuts an append that a crash left half done.
    pub(crate) fn open(
        layout: &Layout,
        rng: &dyn Rng,
        found: Found,
        orphans: HashSet<RowVersion>,
    ) -> Result<Self, VaultError> {
        let Found { vault, device, epoch, read } = found;
        let edit = |path| OpenOptions::new().read(true).write(true).open(path).map_err(VaultError::disk);
        let epoch_file = edit(layout.epoch())?;
        scrub(&epoch_file, rng, epoch.at.other())?;
        let keyring_file = edit(layout.keyring(epoch.n))?;
        if read.torn {
            keyring_file
                .set_len(read.good_len)
                .and_then(|()| keyring_file.sync_all())
                .map_err(VaultError::disk)?;
        }
        let keys = Self {
            layout: layout.clone(),
            vault,
            device,
            epoch_file,
            epoch,
            keyring_file,
            keyring_len: read.good_len,
            keyring: read.keyring,
            orphans,
            unscrubbed: false,
            unsure: false,
        };
        keys.remove_old_keyrings()?;
        Ok(keys)
    }

    /// The number of the current epoch.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.n
    }

    /// The key of a row. A start-up alarms where a row lost its key; afterwards only a purge takes one away, and its
    /// row follows.
    pub(crate) fn get(&self, row: RowVersion) -> Result<EntryKey, VaultError> {
        self.keyring.get(&row).ok_or(VaultError::NotFound)
    }

    /// Whether a row has its key.
    pub(crate) fn contains(&self, row: RowVersion) -> bool {
        self.keyring.contains(&row)
    }

    /// The keys of rows other than these.
    pub(crate) fn without(&self, rows: &HashSet<RowVersion>) -> HashSet<RowVersion> {
        self.keyring.ids().filter(|row| !rows.contains(row)).copied().collect()
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.keyring.len()
    }

    /// A change came to nothing after its entries were written: no row will need them.
    pub(crate) fn abandon(&mut self, entries: &[(RowVersion, EntryKey)]) {
        self.orphans.extend(entries.iter().map(|(row, _)| *row));
    }

    /// Nobody knows whether a commit happened, here or in the database: only a start-up finds out. Until then
    /// nothing is changed any more.
    pub(crate) fn doubt(&mut self) {
        self.unsure = true;
    }

    /// Adds entries durably. Until that succeeded nothing of them counts.
    pub(crate) fn append(
        &mut self,
        rng: &dyn Rng,
        entries: &[(RowVersion, EntryKey)],
    ) -> Result<(), VaultError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut records = Vec::with_capacity(entries.len() * keyring::RECORD_LEN);
        for (row, key) in entries {
            records.extend(
                keyring::record(rng, &self.epoch.key, self.vault, self.epoch.n, *row, key)
                    .map_err(sealing)?,
            );
        }
        let written = self.keyring_file.write_all_at(&records, self.keyring_len).and_then(|()| {
            fault::point("keys.appended");
            fault::disk("append.sync").and_then(|()| self.keyring_file.sync_all())
        });
        if let Err(error) = written {
            // A part of it may be there; it must not stand before what comes next.
            let cut = fault::disk("append.cut")
                .and_then(|()| self.keyring_file.set_len(self.keyring_len))
                .and_then(|()| self.keyring_file.sync_all());
            self.unsure = cut.is_err();
            return Err(VaultError::disk(error));
        }
        fault::point("keys.append-synced");
        self.keyring_len += records.len() as u64;
        for (row, key) in entries {
            self.keyring.insert(*row, key).map_err(|_| VaultError::Internal("row version made twice"))?;
        }
        Ok(())
    }

    /// Destroys entries: a new keyring under a fresh epoch key, the commit, and the old slot overwritten. When this
    /// returns nothing on this disk opens them any more. Until the commit nothing has changed.
    pub(crate) fn rotate(&mut self, rng: &dyn Rng, dropped: &HashSet<RowVersion>) -> Result<(), VaultError> {
        self.refuse_if_unsure()?;
        self.finish_rotation(rng)?;
        let n = self.epoch.n + 1;
        let key = EpochKey::make(rng).map_err(|_| VaultError::Randomness)?;
        let keep = |row: &RowVersion| !dropped.contains(row) && !self.orphans.contains(row);
        let file = self.keyring.file(rng, &key, self.vault, n, keep).map_err(sealing)?;
        let path = self.layout.keyring(n);
        // A crash before an earlier commit may have left one of this number.
        durable::remove(&path).map_err(VaultError::disk)?;
        durable::create_new(&path, &file).map_err(VaultError::disk)?;
        fault::point("rotate.keyring-written");
        let keyring_file = OpenOptions::new().read(true).write(true).open(&path).map_err(VaultError::disk)?;
        let at = self.epoch.at.other();
        let slot = key.slot(rng, &self.device, self.vault, n).map_err(sealing)?;
        let committed = durable::overwrite(&self.epoch_file, &slot, at.offset())
            .and_then(|()| fault::disk("rotate.slot"));
        if let Err(error) = committed {
            // The slot may hold half of it, or all of it. If it can be made noise again, nothing has changed.
            self.unsure = scrub(&self.epoch_file, rng, at).is_err();
            return Err(VaultError::disk(error));
        }
        fault::point("rotate.committed");
        // The old key's memory is wiped here, before anyone is told that it is gone.
        drop(std::mem::replace(&mut self.epoch, Epoch { n, key, at }));
        self.keyring_file = keyring_file;
        self.keyring_len = file.len() as u64;
        for row in dropped.iter().chain(&self.orphans) {
            self.keyring.remove(row);
        }
        self.orphans.clear();
        self.unscrubbed = true;
        self.finish_rotation(rng)
    }

    /// Overwrites the slot of the epoch before, where that is still to be done. Before it succeeded no key is gone.
    pub(crate) fn finish_rotation(&mut self, rng: &dyn Rng) -> Result<(), VaultError> {
        if self.unscrubbed {
            scrub(&self.epoch_file, rng, self.epoch.at.other())?;
            self.unscrubbed = false;
            fault::point("rotate.scrubbed");
        }
        Ok(())
    }

    /// Nothing is changed while nobody knows what stands.
    pub(crate) fn refuse_if_unsure(&self) -> Result<(), VaultError> {
        if self.unsure { Err(VaultError::Unsure) } else { Ok(()) }
    }

    /// Unlinks keyrings of other epochs: nothing opens them any more.
    pub(crate) fn remove_old_keyrings(&self) -> Result<(), VaultError> {
        let current = format!("keyring.{}", self.epoch.n);
        for entry in std::fs::read_dir(self.layout.keys()).map_err(VaultError::disk)? {
            let entry = entry.map_err(VaultError::disk)?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with("keyring.") && name.to_string_lossy() != current {
                durable::remove(&entry.path()).map_err(VaultError::disk)?;
            }
        }
        durable::sync_dir(&self.layout.keys()).map_err(VaultError::disk)?;
        fault::point("rotate.old-removed");
        Ok(())
    }
}

/// Overwrites a slot with random bytes, in place.
fn scrub(epoch_file: &File, rng: &dyn Rng, at: SlotAt) -> Result<(), VaultError> {
    if fault::skip_scrub() {
        return Ok(());
    }
    let mut noise = vec![0; epoch::SLOT_LEN];
    rng.fill(&mut noise).map_err(|_| VaultError::Randomness)?;
    fault::disk("rotate.scrub")
        .and_then(|()| durable::overwrite(epoch_file, &noise, at.offset()))
        .map_err(VaultError::disk)
}

pub(crate) fn sealing(error: seal::sealed::SealError) -> VaultError {
    match error {
        seal::sealed::SealError::Random(_) => VaultError::Randomness,
        _ => VaultError::Internal("sealing"),
    }
}

fn epoch_error(error: epoch::EpochError) -> VaultError {
    tracing::error!(%error, "the epoch file was refused");
    match error {
        epoch::EpochError::DoesNotOpen => VaultError::DeviceKey,
        _ => VaultError::EpochDamaged,
    }
}
