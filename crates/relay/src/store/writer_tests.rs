//! The writing thread: groups, what is taken back, and what is not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use crate::store::HalfChunk;

fn writer(folder: &std::path::Path) -> Writer {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
    let blobs = Arc::new(Blobs::open(folder.join("blobs")).unwrap());
    Writer::start(conn, blobs, shares(folder), watch::channel(0).0).unwrap()
}

fn shares(folder: &std::path::Path) -> Arc<Shares> {
    Arc::new(Shares::open(&folder.join("shares"), |_| Ok::<_, std::io::Error>(true)).unwrap())
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
    let writer = Writer::start(conn, Arc::clone(&blobs), shares(folder.path()), watch::channel(0).0).unwrap();
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
}
