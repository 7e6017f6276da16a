//! The writing thread: groups, what is taken back, and what is not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use crate::store::{HalfChunk, shares::Standing};

fn writer(folder: &std::path::Path) -> Writer {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
    let blobs = Arc::new(Blobs::open(folder.join("blobs")).unwrap());
    Writer::start(conn, (blobs, shares(folder)), watch::channel(0).0, CancellationToken::new()).unwrap()
}

fn shares(folder: &std::path::Path) -> Arc<Shares> {
    Arc::new(Shares::open(&folder.join("shares"), |_| Ok::<_, std::io::Error>(Standing::Lives)).unwrap())
}

fn insert(batch: &Batch<'_>, n: i64) -> Result<(), StoreError> {
    batch.conn.execute("INSERT INTO t VALUES (?1)", [n])?;
    Ok(())
}

async fn count(writer: &Writer) -> i64 {
    let count =
        |batch: &mut Batch<'_>| Ok(batch.conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?);
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

/// A commit that failed may stand after the next start: its files stay, and nothing is written after it.
#[tokio::test]
async fn after_a_failed_commit_files_stay_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let conn = Connection::open_in_memory().unwrap();
    // A row without its parent is refused by the commit and by nothing before it.
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; CREATE TABLE p (n INTEGER PRIMARY KEY); CREATE TABLE t (n INTEGER);
         CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED);",
    )
    .unwrap();
    let blobs = Arc::new(Blobs::open(folder.path().join("blobs")).unwrap());
    let chunk = || {
        let mut half = HalfChunk::create(Arc::clone(&blobs)).unwrap();
        half.write(&[bytes::Bytes::from_static(b"chunk")]).unwrap();
        half.finish().unwrap()
    };
    let (new, old) = (chunk(), chunk());
    let (kept, dropped) = (new.name(), old.name());
    old.keep();
    let (files, broken) = ((Arc::clone(&blobs), shares(folder.path())), CancellationToken::new());
    let writer = Writer::start(conn, files, watch::channel(0).0, broken.clone()).unwrap();
    assert!(!writer.ended());
    let failing = writer.run("failing", move |batch| {
        batch.keep(new);
        batch.let_go(dropped);
        batch.conn.execute("INSERT INTO c VALUES (1)", [])?;
        Ok(())
    });
    assert_eq!(failing.await, Err(StoreError::Unavailable));
    assert_eq!(blobs.length(kept).unwrap(), Some(5));
    assert_eq!(blobs.length(dropped).unwrap(), Some(5));
    assert_eq!(writer.run("next", |batch| insert(batch, 1)).await, Err(StoreError::Unavailable));
    assert!(writer.ended());
    broken.cancelled().await;
}

/// Each overwriting of a share is made durable before anyone hears of it: asked for, in a transaction that is given up,
/// and at its term.
#[tokio::test]
async fn a_share_is_overwritten_durably_whatever_becomes_of_the_rows() {
    use wire::{RelayShare, api::ShareDeposit};
    let folder = tempfile::tempdir().unwrap();
    let shares = shares(folder.path());
    let id = BoxId::from_bytes([1; 16]);
    let keys = DataClass::ALL.map(|class| {
        let share = RelayShare::from_bytes([7; 32]);
        shares.put(id, &ShareDeposit { class, share, term: 10, term_max: 20 }).unwrap()
    });
    shares.sync().unwrap();
    let syncs = shares.syncs();
    let blobs = Arc::new(Blobs::open(folder.path().join("blobs")).unwrap());
    let conn = Connection::open_in_memory().unwrap();
    let files = (blobs, Arc::clone(&shares));
    let writer = Writer::start(conn, files, watch::channel(0).0, CancellationToken::new()).unwrap();
    let [asked, given_up, ..] = keys;
    assert_eq!(writer.run("asked", move |batch| batch.erase_share(asked)).await, Ok(Erased::Now));
    assert_eq!(shares.syncs(), syncs + 1);
    let giving_up = writer.run::<()>("full", move |batch| {
        assert_eq!(batch.erase_share(given_up)?, Erased::Now);
        batch.conn.execute_batch("ROLLBACK")?;
        Err(StoreError::Full)
    });
    assert_eq!(giving_up.await, Err(StoreError::Full));
    assert_eq!(shares.syncs(), syncs + 2);
    // Asked again, it says so.
    assert_eq!(writer.run("again", move |batch| batch.erase_share(given_up)).await, Ok(Erased::Before));
    assert_eq!(shares.erase_over(10, 100), Ok(1));
    assert_eq!(shares.syncs(), syncs + 3);
    assert!(!std::fs::read(folder.path().join("shares")).unwrap().windows(32).any(|bytes| bytes == [7; 32]));
}

/// Nobody knows what the disk holds of the shares: the relay ends and reads them anew, as after a failed commit.
#[tokio::test]
async fn a_failed_file_of_shares_ends_the_thread() {
    let folder = tempfile::tempdir().unwrap();
    let conn = Connection::open_in_memory().unwrap();
    let blobs = Arc::new(Blobs::open(folder.path().join("blobs")).unwrap());
    let (shares, broken) = (shares(folder.path()), CancellationToken::new());
    let files = (blobs, Arc::clone(&shares));
    let writer = Writer::start(conn, files, watch::channel(0).0, broken.clone()).unwrap();
    assert_eq!(writer.run("good", |_| Ok(())).await, Ok(()));
    assert!(!broken.is_cancelled());
    shares.fail();
    // What this one does needs no share; it is the last.
    let _ = writer.run("last", |_| Ok(())).await;
    broken.cancelled().await;
    assert_eq!(writer.run("after", |_| Ok(())).await, Err(StoreError::Unavailable));
}
