//! One thread writes. It takes every job that waits, runs them in one transaction, makes the folder of chunk files
//! and then the database durable once for all of them, and only then answers (group commit).

use super::{
    StoreError,
    blob::{BlobName, Blobs, WholeChunk},
};
use crate::fault;
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot, watch};

/// Jobs waiting at most; beyond it callers wait their turn.
const QUEUE: usize = 4096;
/// Jobs in one transaction at most, so that a flood does not delay the first of them for long.
const BATCH: usize = 1024;

/// The way to the writing thread.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

type Committed = Result<(), StoreError>;
type Answer = Box<dyn FnOnce(Committed)>;
type Job = Box<dyn FnOnce(&mut Batch<'_>) -> Answer + Send>;

impl Writer {
    pub(crate) fn start(
        conn: Connection,
        blobs: Arc<Blobs>,
        news: watch::Sender<u64>,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("relay-writer".to_owned())
            .spawn(move || run(conn, &blobs, &news, inbox))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `job` in the next transaction. When this returns Ok, it is durable. `name` is what fault points call it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        name: &'static str,
        job: impl FnOnce(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tx, rx) = oneshot::channel();
        let boxed: Job = Box::new(move |batch| {
            let result = batch.run(name, job);
            Box::new(move |committed: Committed| {
                // Nobody waits any more when the caller hung up: the work is done all the same.
                let _ = tx.send(committed.and(result));
            })
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Unavailable)?;
        jobs.send(boxed).await.map_err(|_| StoreError::Unavailable)?;
        rx.await.unwrap_or(Err(StoreError::Unavailable))
    }
}

impl Drop for Writer {
    /// Waits for the jobs under way, so that the store can be opened again at once.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writing thread ended badly");
        }
    }
}

/// What the jobs of one transaction work on.
pub(crate) struct Batch<'a> {
    pub(crate) conn: &'a Connection,
    blobs: &'a Blobs,
    /// Files came or went: the folder needs a sync before the commit.
    folder_changed: bool,
    /// Chunk files that rows of this transaction name.
    keep: Vec<WholeChunk>,
    /// Chunk files that no row names any more once this is committed.
    loose: Vec<BlobName>,
    /// Something for the desks to read.
    pub(crate) news: bool,
    names: Vec<&'static str>,
}

impl<'a> Batch<'a> {
    fn new(conn: &'a Connection, blobs: &'a Blobs) -> Self {
        Self { conn, blobs, folder_changed: false, keep: vec![], loose: vec![], news: false, names: vec![] }
    }

    /// A row that is being written names this file.
    pub(crate) fn keep(&mut self, chunk: WholeChunk) {
        self.folder_changed = true;
        self.keep.push(chunk);
    }

    /// Takes the file away after the commit. Lost to a crash, it is the next start's orphan.
    pub(crate) fn let_go(&mut self, name: BlobName) {
        self.loose.push(name);
    }

    /// Takes the file away before the commit that says so, durably: what is answered "erased" is.
    pub(crate) fn erase(&mut self, name: BlobName) -> Result<(), StoreError> {
        self.folder_changed = true;
        Ok(self.blobs.unlink(name)?)
    }

    /// The length of a chunk's file, none when it is gone.
    pub(crate) fn file_length(&self, name: BlobName) -> Result<Option<u64>, StoreError> {
        Ok(self.blobs.length(name)?)
    }

    /// One job, taken back alone when it fails.
    fn run<T>(
        &mut self,
        name: &'static str,
        job: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (kept, loose) = (self.keep.len(), self.loose.len());
        self.statement("SAVEPOINT job")?;
        let result = job(self).and_then(|done| self.statement("RELEASE job").map(|()| done));
        if result.is_err() {
            self.keep.truncate(kept);
            self.loose.truncate(loose);
            if !self.conn.is_autocommit() {
                self.statement("ROLLBACK TO job")?;
                self.statement("RELEASE job")?;
            }
        } else if cfg!(feature = "faults") {
            self.names.push(name);
        }
        result
    }

    fn statement(&self, sql: &str) -> Result<(), StoreError> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Makes it all durable: first files, then the rows that name them.
    fn commit(&mut self) -> Result<(), StoreError> {
        if self.folder_changed {
            self.blobs.sync()?;
        }
        self.fault("before-commit");
        self.statement("COMMIT")?;
        self.fault("committed");
        self.keep.drain(..).for_each(WholeChunk::keep);
        for name in self.loose.drain(..) {
            if self.blobs.unlink(name).is_err() {
                tracing::warn!("a dropped chunk could not be removed; the next start removes it");
            }
        }
        Ok(())
    }

    fn fault(&self, when: &str) {
        if cfg!(feature = "faults") {
            self.names.iter().for_each(|name| fault::point(&format!("{name}.{when}")));
        }
    }
}

fn run(conn: Connection, blobs: &Blobs, news: &watch::Sender<u64>, mut inbox: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(BATCH);
    while inbox.blocking_recv_many(&mut jobs, BATCH) > 0 {
        let mut waiting = jobs.drain(..);
        // A job that panics takes its transaction with it: whoever waits for it is told "unavailable".
        while waiting.len() > 0 {
            if catch_unwind(AssertUnwindSafe(|| transaction(&conn, blobs, news, &mut waiting))).is_err() {
                tracing::error!("a job of the writing thread panicked");
                roll_back(&conn);
            }
        }
    }
}

/// Runs jobs until none waits, or until SQLite gave up the transaction (a full disk does that).
fn transaction(
    conn: &Connection,
    blobs: &Blobs,
    news: &watch::Sender<u64>,
    waiting: &mut std::vec::Drain<'_, Job>,
) {
    let mut batch = Batch::new(conn, blobs);
    let mut answers = Vec::with_capacity(waiting.len());
    if batch.statement("BEGIN IMMEDIATE").is_err() {
        // Whoever waits for a dropped job is told "unavailable".
        waiting.by_ref().for_each(drop);
        return;
    }
    let mut outcome = Ok(());
    for job in waiting.by_ref() {
        answers.push(job(&mut batch));
        if conn.is_autocommit() {
            outcome = Err(StoreError::Full);
            break;
        }
    }
    let outcome = outcome.and_then(|()| batch.commit());
    if outcome.is_err() {
        roll_back(conn);
    } else if batch.news {
        news.send_modify(|count| *count += 1);
    }
    // Chunks that were not kept go before anyone hears that they were not taken.
    drop(batch);
    for answer in answers {
        answer(outcome.clone());
    }
}

fn roll_back(conn: &Connection) {
    if !conn.is_autocommit()
        && let Err(error) = conn.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be taken back");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    fn writer(folder: &std::path::Path) -> Writer {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
        let blobs = Arc::new(Blobs::open(folder.join("blobs")).unwrap());
        Writer::start(conn, blobs, watch::channel(0).0).unwrap()
    }

    fn insert(batch: &Batch<'_>, n: i64) -> Result<(), StoreError> {
        batch.conn.execute("INSERT INTO t VALUES (?1)", [n])?;
        Ok(())
    }

    async fn count(writer: &Writer) -> i64 {
        let count = |batch: &mut Batch<'_>| {
            Ok(batch.conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
        };
        writer.run("count", count).await.unwrap()
    }

    #[tokio::test]
    async fn a_refused_job_takes_only_itself_back() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let good = |n| writer.run("good", move |batch| insert(batch, n));
        let bad = writer.run("bad", |batch| {
            insert(batch, 2)?;
            Err::<(), _>(wire::ProblemCode::Conflict.into())
        });
        let (one, two, three) = tokio::join!(good(1), bad, good(3));
        assert_eq!((one, three), (Ok(()), Ok(())));
        assert_eq!(two, Err(StoreError::Refused(wire::ProblemCode::Conflict)));
        assert_eq!(count(&writer).await, 2);
    }

    #[tokio::test]
    async fn a_panic_takes_its_transaction_back_and_the_thread_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let panicking = writer.run::<()>("bad", |batch| {
            insert(batch, 1)?;
            panic!("a mistake");
        });
        assert_eq!(panicking.await, Err(StoreError::Unavailable));
        assert_eq!(writer.run("good", |batch| insert(batch, 2)).await, Ok(()));
        assert_eq!(count(&writer).await, 1);
    }

    /// SQLite gives a whole transaction up when the disk is full: nobody in it may hear "done".
    #[tokio::test]
    async fn a_transaction_given_up_fails_all_its_jobs() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let (held, go) = std::sync::mpsc::channel::<()>();
        let first = writer.run("first", move |_| {
            let _ = go.recv();
            Ok(())
        });
        let good = |n| writer.run("good", move |batch| insert(batch, n));
        let giving_up = writer.run::<()>("full", |batch| {
            batch.conn.execute_batch("ROLLBACK")?;
            Err(StoreError::Full)
        });
        // The first job holds the thread until the other three wait: they share one transaction.
        let release = async { held.send(()).unwrap() };
        let (_, before, full, after, ()) = tokio::join!(biased; first, good(1), giving_up, good(2), release);
        assert_eq!((before, full), (Err(StoreError::Full), Err(StoreError::Full)));
        assert_eq!(after, Ok(()));
        assert_eq!(count(&writer).await, 1);
    }
}
