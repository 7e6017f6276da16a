//! Writing so that a power cut leaves either nothing or all of it.

use crate::fault;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

/// Makes a new file with these bytes, mode 0600, durable together with its name. Fails where the name is taken.
pub(crate) fn create_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = write_new(path, bytes);
    if written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::AlreadyExists) {
        // Half a file would be taken for a whole one later.
        let _ = std::fs::remove_file(path);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fault::point("durable.file-written");
    sync_parent(path)
}

/// Makes the entries of a file's directory durable.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes a directory's entries durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Overwrites part of an existing file in place, and makes that durable. Never renames: a renamed file leaves its
/// old blocks behind.
pub(crate) fn overwrite(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)?;
    file.sync_all()
}

/// Makes a folder and all that lead to it, for the owner only.
pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // One that was there before is the owner's alone from now on.
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    sync_parent(path)
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
