//! Ciphertext files exactly as the browser made them, under random names (a file's name outlives it on every file
//! system).

use crate::{VaultError, durable, fault, layout::Layout};
use data_encoding::HEXLOWER;
use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

/// How many remove files at once: each waits for the disk most of the time.
const HANDS: usize = 8;
/// As many as one removes alone.
const ALONE: usize = 256;

/// The name of a stored file: 16 random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobName([u8; 16]);

impl BlobName {
    /// A fresh name.
    pub fn make(rng: &dyn seal::Rng) -> Result<Self, VaultError> {
        let mut name = [0; 16];
        rng.fill(&mut name).map_err(|_| VaultError::Randomness)?;
        Ok(Self(name))
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The folder of ciphertext files.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    pub(crate) fn new(layout: &Layout) -> Self {
        Self { folder: layout.blobs() }
    }

    /// Begins a new file. It counts for nothing until it was finished and a row names it; a start-up removes the
    /// files that no row names.
    pub fn begin(&self, name: BlobName) -> Result<BlobWriter, VaultError> {
        let path = self.path(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(VaultError::disk)?;
        Ok(BlobWriter { file, path, kept: false })
    }

    /// Opens a stored file for reading.
    pub fn open(&self, name: BlobName) -> Result<File, VaultError> {
        File::open(self.path(name)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => VaultError::BlobDamaged,
            _ => VaultError::disk(error),
        })
    }

    /// Makes the names of all finished files durable.
    pub fn sync(&self) -> Result<(), VaultError> {
        durable::sync_dir(&self.folder).map_err(VaultError::disk)?;
        fault::point("blobs.synced");
        Ok(())
    }

    /// Removes files, those already gone included; durable when it returns.
    pub fn remove(&self, names: &[BlobName]) -> Result<(), VaultError> {
        let share = names.len().div_ceil(HANDS).max(ALONE);
        std::thread::scope(|scope| {
            let hands: Vec<_> =
                names.chunks(share).map(|share| scope.spawn(|| self.remove_each(share))).collect();
            hands.into_iter().try_for_each(|hand| match hand.join() {
                Ok(removed) => removed,
                Err(_) => Err(VaultError::Internal("removing files")),
            })
        })?;
        self.sync()
    }

    fn remove_each(&self, names: &[BlobName]) -> Result<(), VaultError> {
        for name in names {
            durable::remove(&self.path(*name)).map_err(VaultError::disk)?;
            fault::point("blobs.removed-one");
        }
        Ok(())
    }

    /// Removes every file that is not among `known`. Returns how many.
    pub fn sweep(&self, known: &HashSet<BlobName>) -> Result<usize, VaultError> {
        let mut swept = 0;
        for entry in std::fs::read_dir(&self.folder).map_err(VaultError::disk)? {
            let entry = entry.map_err(VaultError::disk)?;
            // A folder is not ours: `lost+found`, where this is a disk of its own.
            if entry.file_type().map_err(VaultError::disk)?.is_dir() {
                continue;
            }
            let name = entry.file_name();
            let mut bytes = [0; 16];
            let named = name.len() == 32
                && HEXLOWER
                    .decode_mut(name.as_encoded_bytes(), &mut bytes)
                    .is_ok_and(|length| length == bytes.len());
            if !(named && known.contains(&BlobName(bytes))) {
                durable::remove(&entry.path()).map_err(VaultError::disk)?;
                swept += 1;
            }
        }
        if swept > 0 {
            self.sync()?;
        }
        Ok(swept)
    }

    fn path(&self, name: BlobName) -> PathBuf {
        self.folder.join(HEXLOWER.encode(&name.0))
    }
}

/// A file being written; removed again unless it is finished.
pub struct BlobWriter {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl BlobWriter {
    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), VaultError> {
        self.file.write_all(bytes).map_err(VaultError::disk)
    }

    /// Makes the content durable. The name becomes durable with [`Blobs::sync`].
    pub fn finish(mut self) -> Result<(), VaultError> {
        self.file.sync_all().map_err(VaultError::disk)?;
        fault::point("blobs.finished-one");
        self.kept = true;
        Ok(())
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
