//! A copy of a store, consistent and without shares, also while a relay serves it. Webhooks that wait stay out: they
//! live a week at most, and some carry what proves them. So do enrolment codes: one that was used since must not work
//! again.
//!
//! To restore: a folder that holds nothing but what this wrote, given to a relay as its store. It then has no shares;
//! desks hear that and their people ask the customers again. Numbers of events and webhooks go on far beyond those of
//! the store that was lost, so that nothing new bears a number a desk knows.

use crate::store::{self, BlobName, StoreOpenError};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::Path,
    time::Duration,
};

/// How far numbers jump: more than a relay hands out in the life of a backup.
const JUMP: i64 = 1 << 32;

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// Chunk files.
    pub chunks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Chunk files that a desk collected or ended while they were to be copied.
    pub gone: u64,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// No store there.
    #[error("there is no relay's store in this folder; check --data-dir")]
    NoStore,
    /// The store is of a newer version.
    #[error("the relay's store was written by a newer version; use that version's program")]
    Newer,
    /// Something is there already.
    #[error("the folder for the copy is not empty; give one that is empty or not there yet")]
    NotEmpty,
    /// The disk.
    #[error("the copy could not be written ({0}); check room and rights, empty the folder, then try again")]
    Disk(#[from] io::Error),
    /// The database.
    #[error("the store could not be copied ({0}); check room and rights, empty the folder, then try again")]
    Database(#[from] rusqlite::Error),
}

/// Copies the store in `folder` into the folder `to`, which must be empty or not there. When this returns, the copy is
/// durable.
pub fn backup(folder: &Path, to: &Path) -> Result<BackedUp, BackupError> {
    let database = folder.join("relay.db");
    if !database.is_file() {
        return Err(BackupError::NoStore);
    }
    store::make_folder(to)?;
    if fs::read_dir(to)?.next().is_some() {
        return Err(BackupError::NotEmpty);
    }
    // Under its own name only when the copy is whole.
    let half = to.join("relay.db.half");
    store::private_file(&half)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(&database, flags)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    match store::version_of(&conn) {
        Err(StoreOpenError::Newer) => return Err(BackupError::Newer),
        Err(StoreOpenError::Database(error)) => return Err(error.into()),
        _ => {}
    }
    // One moment of the database, whatever is written meanwhile.
    let name = half.to_str().ok_or_else(|| io::Error::other("its path is not text"))?;
    conn.execute("VACUUM INTO ?1", [name])?;
    drop(conn);
    let copy = Connection::open(&half)?;
    leave_out(&copy)?;
    for table in ["event", "delivery"] {
        jump(&copy, table)?;
    }
    let named = store::named_blobs(&copy)?;
    copy.close().map_err(|(_, error)| error)?;
    let (from, blobs) = (folder.join("blobs"), to.join("blobs"));
    store::make_folder(&blobs)?;
    let mut done = BackedUp::default();
    for name in named {
        match copy_chunk(&from, &blobs, name)? {
            Some(bytes) => {
                done.chunks += 1;
                done.bytes += bytes;
            }
            None => done.gone += 1,
        }
    }
    store::sync_folder(&blobs)?;
    File::open(&half)?.sync_all()?;
    fs::rename(&half, to.join("relay.db"))?;
    store::sync_folder(to)?;
    Ok(done)
}

/// Takes out of the copy what must not come back, overwriting it. The desks hear how many webhooks they lost.
fn leave_out(copy: &Connection) -> rusqlite::Result<()> {
    copy.pragma_update(None, "secure_delete", true)?;
    copy.execute_batch(
        "BEGIN;
         UPDATE desk SET dropped = dropped + (SELECT count(*) FROM delivery WHERE delivery.desk = desk.n);
         DELETE FROM delivery;
         DELETE FROM code;
         COMMIT;
         VACUUM;",
    )
}

/// A chunk's bytes; none when it is gone meanwhile.
fn copy_chunk(from: &Path, to: &Path, name: BlobName) -> io::Result<Option<u64>> {
    let name = name.file_name();
    let mut source = match File::open(from.join(&name)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut copy = store::private_file(&to.join(name))?;
    let bytes = io::copy(&mut source, &mut copy)?;
    copy.sync_all()?;
    Ok(Some(bytes))
}

fn jump(copy: &Connection, table: &str) -> rusqlite::Result<()> {
    let moved = copy.execute("UPDATE sqlite_sequence SET seq = seq + ?2 WHERE name = ?1", (table, JUMP))?;
    if moved == 0 {
        copy.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, JUMP))?;
    }
    Ok(())
}
