//! Where things lie in a desk's data folder.

use std::path::{Path, PathBuf};

/// The data folder: everything one desk owns.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Held by the one process that has the vault open.
    pub fn lock(&self) -> PathBuf {
        self.root.join("vault.lock")
    }

    /// The SQLCipher database.
    pub fn database(&self) -> PathBuf {
        self.root.join("vault.db")
    }

    /// SQLite's write-ahead log, beside the database.
    pub(crate) fn database_log(&self) -> PathBuf {
        self.root.join("vault.db-wal")
    }

    /// SQLite's index into that log.
    pub(crate) fn database_index(&self) -> PathBuf {
        self.root.join("vault.db-shm")
    }

    /// Keys only; to be left out of backups.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The device item, where there is no OS keychain.
    pub fn device(&self) -> PathBuf {
        self.keys().join("device")
    }

    /// The two slots of the epoch key.
    pub fn epoch(&self) -> PathBuf {
        self.keys().join("epoch")
    }

    /// The keyring of one epoch.
    pub fn keyring(&self, epoch: u64) -> PathBuf {
        self.keys().join(format!("keyring.{epoch}"))
    }

    /// Ciphertext as the browser made it, under random names.
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// The ledger's leaves.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger.log")
    }

    /// The embedded relay's own folder.
    pub fn relay(&self) -> PathBuf {
        self.root.join("relay")
    }

    /// Whether a vault was ever begun here: then nothing may be created over it.
    pub fn is_begun(&self) -> bool {
        let holds = |folder: PathBuf| std::fs::read_dir(folder).is_ok_and(|mut found| found.next().is_some());
        [self.database(), self.ledger()].iter().any(|path| path.exists())
            || holds(self.keys())
            || holds(self.blobs())
    }
}
