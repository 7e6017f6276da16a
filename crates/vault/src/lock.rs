//! One process at a time.

use crate::{VaultError, layout::Layout};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};

/// Held while the vault is open; the system lets go of it when the process ends, however it ends.
pub(crate) struct VaultLock {
    _file: File,
}

impl VaultLock {
    pub(crate) fn take(layout: &Layout) -> Result<Self, VaultError> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(layout.lock())
            .map_err(VaultError::disk)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| VaultError::InUse)?;
        Ok(Self { _file: file })
    }
}
