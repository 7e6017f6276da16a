//! The SQLCipher database: opening, settings, migrations.

use crate::{VaultError, fault, layout::Layout};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Numbered, append-only. `user_version` says how many were applied.
const MIGRATIONS: [&str; 8] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_looks.sql"),
    include_str!("migrations/0003_live.sql"),
    include_str!("migrations/0004_relays.sql"),
    include_str!("migrations/0005_helpdesks.sql"),
    include_str!("migrations/0006_around.sql"),
    include_str!("migrations/0007_heard.sql"),
    include_str!("migrations/0008_hook_line.sql"),
];

/// Up to this many bytes every page is authenticated at start-up: some 10 ms.
const CHECKED_WHOLE: u64 = 16 * 1024 * 1024;

/// Pages kept decrypted, in negative KiB, as far as they are used: a change that spills is encrypted many times over.
const CACHE_KIB: i64 = -64 * 1024;

/// Creates the database, which must not exist.
pub(crate) fn create(layout: &Layout, key: &str) -> Result<Connection, VaultError> {
    let mut db = connect(&layout.database(), key, OpenFlags::SQLITE_OPEN_CREATE)?;
    migrate(&mut db)?;
    Ok(db)
}

/// Opens an existing database that [`Look`] found whole.
pub(crate) fn open(layout: &Layout, key: &str) -> Result<Connection, VaultError> {
    let mut db = connect(&layout.database(), key, OpenFlags::empty())?;
    migrate(&mut db)?;
    Ok(db)
}

/// A database looked at before anything is changed. What SQLite made beside it for that goes again.
pub(crate) struct Look {
    db: Option<Connection>,
    made: Vec<PathBuf>,
}

impl Look {
    /// Looks at an existing database; one of a newer version, or a damaged one, is refused.
    pub(crate) fn at(layout: &Layout, key: &str) -> Result<Self, VaultError> {
        let path = layout.database();
        if !path.exists() {
            return Err(VaultError::DatabaseDamaged);
        }
        let made = [layout.database_log(), layout.database_index()];
        let made = made.into_iter().filter(|path| !path.exists()).collect();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let look = Self { db: Some(Connection::open_with_flags(&path, flags)?), made };
        let db = look.db()?;
        unlock(db, key)?;
        match version(db)? {
            0 => return Err(VaultError::DatabaseDamaged),
            version if version > MIGRATIONS.len() => return Err(VaultError::Newer),
            _ => {}
        }
        check_pages(layout, db)?;
        Ok(look)
    }

    /// The tables, for reading.
    pub(crate) fn db(&self) -> Result<&Connection, VaultError> {
        self.db.as_ref().ok_or(VaultError::Internal("look"))
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        drop(self.db.take());
        for path in &self.made {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A second connection, for one long-lived reader: with more of them the checkpoint could not truncate.
pub(crate) fn reader(layout: &Layout, key: &str) -> Result<Connection, VaultError> {
    let db = Connection::open_with_flags(
        layout.database(),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    unlock(&db, key)?;
    db.pragma_update(None, "cache_size", CACHE_KIB / 4)?;
    Ok(db)
}

/// Empties the write-ahead log into the database and cuts it to nothing.
pub(crate) fn checkpoint(db: &Connection) -> Result<(), VaultError> {
    Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?)
}

/// Authenticates every page where that costs next to nothing; a larger database is authenticated as it is read.
/// Pages that the write-ahead log has anew may be torn in the file, and rightly so.
fn check_pages(layout: &Layout, db: &Connection) -> Result<(), VaultError> {
    let length = std::fs::metadata(layout.database()).map_err(VaultError::disk)?.len();
    let logged = std::fs::metadata(layout.database_log()).is_ok_and(|log| log.len() > 0);
    if logged || length > CHECKED_WHOLE {
        return Ok(());
    }
    let bad = db.prepare("PRAGMA cipher_integrity_check")?.exists(())?;
    if bad { Err(VaultError::DatabaseDamaged) } else { Ok(()) }
}

fn connect(path: &Path, key: &str, extra: OpenFlags) -> Result<Connection, VaultError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra;
    let db = Connection::open_with_flags(path, flags)?;
    unlock(&db, key)?;
    // WAL with FULL lost none of 300 acknowledged commits at crash points, NORMAL 26 of 118.
    db.query_row("PRAGMA journal_mode = WAL", (), |_| Ok(()))?;
    db.pragma_update(None, "synchronous", fault::synchronous())?;
    db.execute_batch("PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")?;
    db.pragma_update(None, "cache_size", CACHE_KIB)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}

/// Sets the key as the very first statement and goes on only where SQLCipher answers.
fn unlock(db: &Connection, key: &str) -> Result<(), VaultError> {
    let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{key}'\""));
    db.execute_batch(&pragma)?;
    let cipher: String = db.query_row("PRAGMA cipher_version", (), |row| row.get(0)).unwrap_or_default();
    if cipher.is_empty() {
        return Err(VaultError::Internal("built without SQLCipher"));
    }
    db.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
    Ok(())
}

fn migrate(db: &mut Connection) -> Result<(), VaultError> {
    for (number, sql) in MIGRATIONS.iter().enumerate().skip(version(db)?) {
        let tx = db.transaction()?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", number as u64 + 1)?;
        tx.commit()?;
    }
    Ok(())
}

fn version(db: &Connection) -> Result<usize, VaultError> {
    let version: u32 = db.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    Ok(version as usize)
}
