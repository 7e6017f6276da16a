//! What the relay keeps: rows in SQLite, chunks in files.
//!
//! - `writer`: the one thread that writes, in groups; `reader`: the connections that read
//! - `blob`: chunk files; `shares`: the file of shares
//! - one file a noun: `desks`, `enrolment`, `boxes`, `chunks`, `submission`, `notes`, `keeping` (shares), `events`,
//!   `hooks`, `ending`, `used` (what each desk has here)

mod blob;
mod boxes;
mod chunks;
mod desks;
mod ending;
mod enrolment;
mod error;
mod events;
mod hooks;
mod keeping;
mod notes;
mod reader;
mod shares;
mod submission;
mod used;
mod writer;

pub(crate) use blob::{BlobName, HalfChunk, WholeChunk, sum};
pub(crate) use boxes::{Door, Opened, UploadKey};
pub(crate) use chunks::{ChunkPlace, Stored};
pub(crate) use desks::{DeskRow, Heard};
pub(crate) use ending::EndAs;
pub use ending::Swept;
pub use enrolment::{DeskLine, NewCode};
pub(crate) use enrolment::{Naming, Shown};
pub use error::StoreError;
pub(crate) use hooks::Arrived;
pub(crate) use submission::Stretch;
pub(crate) use used::Quota;

use crate::{clock::Clock, time::Time};
use blob::Blobs;
use reader::Readers;
use rusqlite::{Connection, OptionalExtension};
use shares::Shares;
use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::BoxId;
use writer::Writer;

/// Numbered, append-only.
const MIGRATIONS: [&str; 4] = [
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
];

/// Pages in the write-ahead log before they are moved into the database: 32 MiB.
const CHECKPOINT_PAGES: u32 = 8192;

/// How far the time written down may be behind, seconds.
const NOTED_EVERY: u64 = 60;

/// Everything the relay keeps.
pub(crate) struct Store {
    // Dropped first: waits for the writing thread, before the lock goes.
    writer: Writer,
    readers: Readers,
    blobs: Arc<Blobs>,
    shares: Arc<Shares>,
    time: Arc<Time>,
    /// The highest time that was written down.
    noted: AtomicU64,
    /// The writing thread ended by itself.
    broken: CancellationToken,
    news: watch::Receiver<u64>,
    chunk_size: u32,
    lifetime_max: u64,
    quota: Quota,
    desks: Vec<DeskRow>,
    _lock: File,
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreOpenError {
    #[error("the store is used by another relay")]
    InUse,
    #[error("the store was written by a newer version")]
    Newer,
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Disk(#[from] io::Error),
}

impl Store {
    /// Opens or makes the store in `folder`, and removes chunk files that no row names.
    pub(crate) fn open(
        folder: &Path,
        clock: Arc<dyn Clock>,
        chunk_size: u32,
        lifetime_max: u64,
        quota: Quota,
    ) -> Result<Self, StoreOpenError> {
        make_folder(folder)?;
        let lock = private_file(&folder.join("relay.lock"))?;
        lock.try_lock().map_err(|refused| match refused {
            fs::TryLockError::WouldBlock => StoreOpenError::InUse,
            fs::TryLockError::Error(error) => error.into(),
        })?;
        let database = folder.join("relay.db");
        // SQLite gives its log and its index the rights of the database.
        private_file(&database)?;
        let conn = connect(&database, 8 * 1024)?;
        migrate(&conn)?;
        let blobs = Arc::new(Blobs::open(folder.join("blobs"))?);
        let orphans = blobs.sweep(&named_blobs(&conn)?)?;
        if orphans > 0 {
            tracing::info!(orphans, "removed chunk files that no box names");
        }
        let standing = |id: &BoxId| keeping::standing(&conn, id).map_err(StoreOpenError::from);
        let shares = Arc::new(Shares::open(&folder.join("shares"), standing)?);
        sync_folder(folder)?;
        let desks = desks::all_desks(&conn)?;
        let high = conn.query_row("SELECT high FROM clock", [], |row| row.get(0).map(from_sql)).optional()?;
        let time = Arc::new(Time::start(clock, high));
        let readers = Readers::open(|| connect(&database, 1024))?;
        let (news_sender, news) = watch::channel(0);
        let broken = CancellationToken::new();
        let files = (Arc::clone(&blobs), Arc::clone(&shares));
        let writer = Writer::start(conn, files, news_sender, broken.clone())?;
        Ok(Self {
            writer,
            readers,
            blobs,
            shares,
            time,
            noted: AtomicU64::new(high.unwrap_or(0)),
            broken,
            news,
            chunk_size,
            lifetime_max,
            quota,
            desks,
            _lock: lock,
        })
    }

    /// The desks known when the store was opened.
    pub(crate) fn desks(&self) -> Vec<DeskRow> {
        self.desks.clone()
    }

    /// A place for a chunk that is about to arrive. Touches the disk: for blocking threads.
    pub(crate) fn new_chunk(&self) -> Result<HalfChunk, StoreError> {
        HalfChunk::create(Arc::clone(&self.blobs))
    }

    /// Where a chunk's bytes are.
    pub(crate) fn path(&self, name: BlobName) -> std::path::PathBuf {
        self.blobs.path(name)
    }

    /// Changes whenever there may be new events.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.clone()
    }

    /// Whether rows can be read, and still be written.
    pub(crate) async fn answers(&self) -> Result<(), StoreError> {
        if self.writer.ended() {
            return Err(StoreError::Unavailable);
        }
        self.shares.answers()?;
        self.readers.read(|conn| one(conn, "SELECT count(*) FROM desk", [], |_| Ok(())).map(|_| ())).await
    }

    /// UTC seconds by the clock that decides.
    pub(crate) fn now(&self) -> u64 {
        self.time.now()
    }

    /// Writes down what time it is, once a minute: the next start knows it.
    async fn note_time(&self) -> Result<(), StoreError> {
        let now = self.now();
        if now.abs_diff(self.noted.load(Relaxed)) < NOTED_EVERY {
            return Ok(());
        }
        let sql = "INSERT INTO clock (one, high) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET high = ?1";
        self.writer.run("time", move |batch| change(batch.conn, sql, [to_sql(now)])).await?;
        self.noted.store(now, Relaxed);
        Ok(())
    }

    /// Ends when nothing is written any more until the store is opened again.
    pub(crate) fn broken(&self) -> &CancellationToken {
        &self.broken
    }
}

fn connect(database: &Path, cache_kib: i64) -> rusqlite::Result<Connection> {
    let conn = Connection::open(database)?;
    conn.set_prepared_statement_cache_capacity(128);
    conn.busy_timeout(std::time::Duration::from_secs(10))?;
    conn.pragma_update(None, "page_size", 4096)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "secure_delete", true)?;
    conn.pragma_update(None, "foreign_keys", false)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", -cache_kib)?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    conn.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    Ok(conn)
}

fn migrate(conn: &Connection) -> Result<(), StoreOpenError> {
    let version = version_of(conn)?;
    for (done, migration) in (0..).zip(MIGRATIONS).skip(version) {
        conn.execute_batch(&format!("BEGIN; {migration} PRAGMA user_version = {}; COMMIT;", done + 1))?;
    }
    if version < MIGRATIONS.len() {
        // What a migration took out is overwritten now, not some day.
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok(())
}

/// How many migrations a database has seen; refused when there are more than there are here.
pub(crate) fn version_of(conn: &Connection) -> Result<usize, StoreOpenError> {
    let version: usize = conn
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?
        .try_into()
        .unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() { Err(StoreOpenError::Newer) } else { Ok(version) }
}

pub(crate) fn named_blobs(conn: &Connection) -> rusqlite::Result<HashSet<BlobName>> {
    conn.prepare("SELECT blob FROM chunk")?.query_map([], |row| row.get(0))?.collect()
}

/// A file for this user alone, whatever the umask and whoever made it; what it holds stays.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    private(path, File::options().create(true).append(true))
}

/// The same, to be read and written anywhere in it.
fn private_file_at(path: &Path) -> io::Result<File> {
    private(path, File::options().create(true).truncate(false).read(true).write(true))
}

fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.permissions().mode() & 0o777 != 0o600 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

/// Takes a folder that was there already away from others' eyes, unless it is one of those that everyone writes to.
#[cfg(unix)]
fn close_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    const STICKY: u32 = 0o1000;
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & STICKY == 0 && mode & 0o777 != 0o700 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A folder for this user alone, durable in its parent.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        #[cfg(unix)]
        close_folder(folder)?;
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)?;
    #[cfg(unix)]
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// Makes the names in a folder durable. (NTFS keeps names in order by itself and has no such call.)
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// SQLite's integers are signed. Times and sizes here stay far below the limit.
fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// One row or none, with the statement kept for the next time.
fn one<T>(
    conn: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    map: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_row(params, map).optional()?)
}

/// All rows, with the statement kept for the next time.
fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    map: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_map(params, map)?.collect::<rusqlite::Result<_>>()?)
}

/// Changes rows, with the statement kept for the next time.
fn change(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<usize, StoreError> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}
