//! One thread writes. It takes every job that waits, runs them in one transaction, makes the folder of chunk files
//! and then the database durable once for all of them, and only then answers (group commit).
//!
//! A commit that fails may stand all the same once the store is opened again (a sync that failed after the write); so may
//! a share. The thread then ends: nothing is written, and no file goes, on top of what nobody can know.

use super::{
    StoreError,
    blob::{BlobName, Blobs, WholeChunk},
    shares::{Erased, ShareKey, Shares},
};
use crate::fault;
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use wire::{BoxId, DataClass, api::ShareDeposit};

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
        (blobs, shares): (Arc<Blobs>, Arc<Shares>),
        news: watch::Sender<u64>,
        broken: CancellationToken,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("relay-writer".to_owned()).spawn(move || {
            if let GoesOn::No = run(conn, Files { blobs: &blobs, shares: &shares }, &news, inbox) {
                broken.cancel();
            }
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Whether nothing is written any more until the store is opened again.
    pub(crate) fn ended(&self) -> bool {
        self.jobs.as_ref().is_none_or(mpsc::Sender::is_closed)
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

/// What is kept beside the database.
#[derive(Clone, Copy)]
struct Files<'a> {
    blobs: &'a Blobs,
    shares: &'a Shares,
}

/// What the jobs of one transaction work on.
pub(crate) struct Batch<'a> {
    pub(crate) conn: &'a Connection,
    blobs: &'a Blobs,
    shares: &'a Shares,
    /// Shares came, moved or went: their file needs a sync before the commit.
    shares_changed: bool,
    /// Shares of boxes that this transaction opens.
    deposited: Vec<ShareKey>,
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
    fn new(conn: &'a Connection, files: Files<'a>) -> Self {
        Self {
            conn,
            blobs: files.blobs,
            shares: files.shares,
            shares_changed: false,
            deposited: vec![],
            folder_changed: false,
            keep: vec![],
            loose: vec![],
            news: false,
            names: vec![],
        }
    }

    /// Shares that go with a box whose row is being written.
    pub(crate) fn deposit(&mut self, id: BoxId, shares: &[ShareDeposit]) -> Result<(), StoreError> {
        for share in shares {
            self.shares_changed = true;
            let key = self.shares.put(id, share)?;
            self.deposited.push(key);
        }
        Ok(())
    }

    /// Overwrites a share before the commit that says so, durably.
    pub(crate) fn erase_share(&mut self, key: ShareKey) -> Result<Erased, StoreError> {
        let erased = self.shares.erase(key)?;
        self.shares_changed |= erased == Erased::Now;
        Ok(erased)
    }

    /// Every share of a box.
    pub(crate) fn erase_shares(&mut self, id: BoxId) -> Result<(), StoreError> {
        for class in DataClass::ALL {
            self.erase_share(ShareKey { id, class })?;
        }
        Ok(())
    }

    /// Every share of a box that is being forgotten.
    pub(crate) fn forget_shares(&mut self, id: BoxId) -> Result<(), StoreError> {
        for class in DataClass::ALL {
            self.shares_changed |= self.shares.leave_nothing(ShareKey { id, class })?;
        }
        Ok(())
    }

    /// Moves a share's term; false when there is no such share.
    pub(crate) fn move_term(&mut self, key: ShareKey, term: u64) -> Result<bool, StoreError> {
        self.shares_changed = true;
        self.shares.move_term(key, term)
    }

    /// The term of a share, and the latest it may be.
    pub(crate) fn term(&self, key: ShareKey) -> Option<(u64, u64)> {
        self.shares.term(key)
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
        let (kept, loose, deposited) = (self.keep.len(), self.loose.len(), self.deposited.len());
        self.statement("SAVEPOINT job")?;
        let result = job(self).and_then(|done| self.statement("RELEASE job").map(|()| done));
        if result.is_err() {
            self.keep.truncate(kept);
            self.loose.truncate(loose);
            self.take_back_shares(deposited);
            if !self.conn.is_autocommit() {
                self.statement("ROLLBACK TO job")?;
                self.statement("RELEASE job")?;
            }
        } else if cfg!(feature = "faults") {
            self.names.push(name);
        }
        result
    }

    /// Overwrites the shares of boxes that will not be there, from the `first` on.
    fn take_back_shares(&mut self, first: usize) {
        for key in self.deposited.split_off(first) {
            self.shares_changed = true;
            if self.shares.leave_nothing(key).is_err() {
                tracing::warn!("a share could not be taken back; the next start overwrites it");
            }
        }
    }

    fn statement(&self, sql: &str) -> Result<(), StoreError> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Makes it all durable: first files, then the rows that name them.
    fn commit(&mut self) -> Result<(), Failed> {
        if self.folder_changed {
            self.blobs.sync().map_err(|error| Failed::TakenBack(error.into()))?;
        }
        if self.shares_changed {
            self.shares.sync().map_err(Failed::TakenBack)?;
            self.shares_changed = false;
        }
        self.fault("before-commit");
        let committed = if self.fails() { Err(StoreError::Unavailable) } else { self.statement("COMMIT") };
        self.fault("committed");
        match committed {
            Ok(()) => {
                self.keep.drain(..).for_each(WholeChunk::keep);
                self.deposited.clear();
            }
            // Without room its last page was never written.
            Err(StoreError::Full) => return Err(Failed::TakenBack(StoreError::Full)),
            Err(_) => {
                // Rows that may stand name these files. If they do not stand, the next start removes the files.
                self.keep.drain(..).for_each(WholeChunk::keep);
                self.deposited.clear();
                return Err(Failed::Unknown);
            }
        }
        for name in self.loose.drain(..) {
            if self.blobs.unlink(name).is_err() {
                tracing::warn!("a dropped chunk could not be removed; the next start removes it");
            }
        }
        Ok(())
    }

    /// Whether a test has this commit fail.
    fn fails(&self) -> bool {
        cfg!(feature = "faults") && self.names.iter().any(|name| fault::fails(name))
    }

    fn fault(&self, when: &str) {
        if cfg!(feature = "faults") {
            self.names.iter().for_each(|name| fault::point(&format!("{name}.{when}")));
        }
    }
}

impl Drop for Batch<'_> {
    /// What was not committed is taken back, also when a job panicked. A share that was overwritten stays so, for
    /// certain, whatever became of the rows.
    fn drop(&mut self) {
        self.take_back_shares(0);
        if self.shares_changed && self.shares.sync().is_err() {
            tracing::warn!("shares could not be overwritten for certain; the next start overwrites them");
        }
    }
}

/// Why a transaction did not end well.
enum Failed {
    /// Nothing of it is there.
    TakenBack(StoreError),
    /// All of it may be there, once the store is opened again.
    Unknown,
}

fn run(
    conn: Connection,
    files: Files<'_>,
    news: &watch::Sender<u64>,
    mut inbox: mpsc::Receiver<Job>,
) -> GoesOn {
    let mut jobs = Vec::with_capacity(BATCH);
    while inbox.blocking_recv_many(&mut jobs, BATCH) > 0 {
        let mut waiting = jobs.drain(..);
        // A job that panics takes its transaction with it: whoever waits for it is told "unavailable".
        while waiting.len() > 0 {
            match catch_unwind(AssertUnwindSafe(|| transaction(&conn, files, news, &mut waiting))) {
                Ok(GoesOn::Yes) => {}
                Ok(GoesOn::No) => {
                    tracing::error!("a commit failed; nothing is written until the relay is started again");
                    return GoesOn::No;
                }
                Err(_) => {
                    tracing::error!("a job of the writing thread panicked");
                    roll_back(&conn);
                }
            }
            if files.shares.answers().is_err() {
                tracing::error!(
                    "the file of shares failed; nothing is written until the relay is started again"
                );
                return GoesOn::No;
            }
        }
    }
    GoesOn::Yes
}

/// Whether the thread may write another transaction.
enum GoesOn {
    Yes,
    No,
}

/// Runs jobs until none waits, or until SQLite gave up the transaction (a full disk does that).
fn transaction(
    conn: &Connection,
    files: Files<'_>,
    news: &watch::Sender<u64>,
    waiting: &mut std::vec::Drain<'_, Job>,
) -> GoesOn {
    let mut batch = Batch::new(conn, files);
    let mut answers = Vec::with_capacity(waiting.len());
    if batch.statement("BEGIN IMMEDIATE").is_err() {
        // Whoever waits for a dropped job is told "unavailable".
        waiting.by_ref().for_each(drop);
        return GoesOn::Yes;
    }
    let mut outcome = Ok(());
    for job in waiting.by_ref() {
        answers.push(job(&mut batch));
        if conn.is_autocommit() {
            outcome = Err(Failed::TakenBack(StoreError::Full));
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
    let (told, goes_on) = match outcome {
        Ok(()) => (Ok(()), GoesOn::Yes),
        Err(Failed::TakenBack(error)) => (Err(error), GoesOn::Yes),
        Err(Failed::Unknown) => (Err(StoreError::Unavailable), GoesOn::No),
    };
    for answer in answers {
        answer(told.clone());
    }
    goes_on
}

fn roll_back(conn: &Connection) {
    if !conn.is_autocommit()
        && let Err(error) = conn.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be taken back");
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
