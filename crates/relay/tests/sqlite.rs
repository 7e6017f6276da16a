//! The relay on SQLite and files: what every store must do, and what is this one's own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod running;

use conformance::{
    calls::{CHUNK, Part, is_problem, open},
    shares::{ask, deposit, open_with},
};
use relay::{Config, OpenError, Relay, SystemClock};
use reqwest::{Method, StatusCode};
use running::{chunk_files, start};
use std::{fs, path::Path, sync::Arc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

checks!(running::start);

/// No file outlives its row: dropped, evicted, collected, ended, refused chunks are gone from the disk.
#[tokio::test]
async fn no_file_without_a_row() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let customer = open(&target).await;
    let (kept, dropped) = (Part::make(2 * CHUNK), Part::make(CHUNK));
    customer.send(&dropped).await;
    customer.send(&kept).await;
    customer.put(kept.id, 0, b"other").await;
    customer.put(kept.id, 5, &[]).await;
    customer.put(kept.id, 5, &vec![0; CHUNK + 1]).await;
    assert_eq!(chunk_files(&store), 3);
    let body = customer.hand_in(std::slice::from_ref(&kept)).await;
    // Dropped chunks go after the answer's commit, which the next commit follows.
    let other = open(&target).await;
    assert_eq!(chunk_files(&store), 2);
    customer.collected(&body).await;
    assert_eq!(chunk_files(&store), 0);
    other.send(&dropped).await;
    assert_eq!(chunk_files(&store), 1);
    other.end("revoked").await;
    assert_eq!(chunk_files(&store), 0);
    let late = open(&target).await;
    late.send(&dropped).await;
    (target.advance)(86_400).await;
    assert_eq!(chunk_files(&store), 0);
}

/// A store has one relay; a file that no row names is gone after the next start, a file that one names is not.
#[tokio::test]
async fn opens_again_where_it_stopped() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let customer = open(&target).await;
    let part = Part::make(CHUNK + 7);
    let body = customer.hand_in(std::slice::from_ref(&part)).await;
    assert!(matches!(Relay::open(Config::new(&store), Arc::new(SystemClock)), Err(OpenError::InUse)));

    let running::Running { folder, relay, stop, served } = running;
    stop.send(()).unwrap();
    served.await.unwrap();
    let (desks, id) = (target.desks.clone(), customer.id);
    drop((relay, target, customer));
    fs::write(store.join("blobs").join("00".repeat(16)), "orphan").unwrap();
    let (again, running) = running::start_with(Config::new(&store), folder).await;
    assert_eq!(chunk_files(&store), 2);
    let path = format!("/v1/desk/boxes/{}", id);
    // "one" was let in again under a new token; the earlier one ended.
    let old = reqwest::Client::new().get(again.url(&path)).bearer_auth(&desks[0]).send().await.unwrap();
    assert_eq!(old.status(), StatusCode::UNAUTHORIZED);
    let view: serde_json::Value = again.desk(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    assert_eq!(view["record"], data_encoding::BASE64.encode(&body));
    drop(running);
}

/// A store from a newer version is left as it is.
#[tokio::test]
async fn a_newer_store_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    drop(Relay::open(Config::new(folder.path()), Arc::new(SystemClock)).unwrap());
    let database = folder.path().join("relay.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&database).unwrap();
    let refused = Relay::open(Config::new(folder.path()), Arc::new(SystemClock)).err().unwrap();
    assert!(matches!(refused, OpenError::Newer));
    assert_eq!(fs::read(&database).unwrap(), before);
}

/// A database that is none is refused, not made anew.
#[tokio::test]
async fn a_corrupt_store_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    drop(Relay::open(Config::new(folder.path()), Arc::new(SystemClock)).unwrap());
    let database = folder.path().join("relay.db");
    fs::write(&database, vec![7; 8192]).unwrap();
    let refused = Relay::open(Config::new(folder.path()), Arc::new(SystemClock)).err().unwrap();
    assert!(matches!(refused, OpenError::Store(_)));
    assert_eq!(fs::read(&database).unwrap(), vec![7; 8192]);
}

/// Nothing of a submission is left in the store's files once it was collected, database and log included.
#[tokio::test]
async fn collected_means_erased() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let customer = open(&target).await;
    let part = Part::make(CHUNK);
    let found = |needle: &[u8]| !files_with(&store, needle).is_empty();
    let body = customer.hand_in(std::slice::from_ref(&part)).await;
    let needle = &part.bytes[1000..1032];
    assert!(found(needle));
    customer.collected(&body).await;
    assert!(!found(needle));
}

/// Every file of a store that holds these bytes, by its name.
fn files_with(store: &Path, needle: &[u8]) -> Vec<String> {
    let (mut folders, mut found) = (vec![store.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file()
                && fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle)
            {
                found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// A share is in its own file alone, and in none once it was deleted, ran out or went with its box; what lives beside
/// it is untouched by that, and by the next start.
#[tokio::test]
async fn a_share_that_is_gone_is_nowhere() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let shares: Vec<_> = (0..4).map(|_| deposit(&target, "identity")).collect();
    let mut soon = deposit(&target, "payment");
    soon["term"] = serde_json::json!((target.now)() + 100);
    let bytes = |share: &serde_json::Value| {
        data_encoding::HEXLOWER.decode(share["share"].as_str().unwrap().as_bytes()).unwrap()
    };
    let mut customers = Vec::new();
    for share in &shares {
        customers.push(open_with(&target, &[share.clone(), soon.clone()]).await);
    }
    for share in shares.iter().chain([&soon]) {
        assert_eq!(files_with(&store, &bytes(share)), ["shares"]);
        // Nor as text.
        assert!(files_with(&store, share["share"].as_str().unwrap().as_bytes()).is_empty());
    }
    assert_eq!(ask(&customers[0], Method::DELETE, "identity").await.status(), StatusCode::OK);
    assert_eq!(customers[1].end("revoked").await.status(), StatusCode::OK);
    assert_eq!(customers[2].end("purged").await.status(), StatusCode::OK);
    (target.advance)(100).await;
    for share in shares[..3].iter().chain([&soon]) {
        assert!(files_with(&store, &bytes(share)).is_empty());
    }
    assert_eq!(files_with(&store, &bytes(&shares[3])), ["shares"]);
    let metrics = reqwest::get(target.url("/metrics")).await.unwrap().text().await.unwrap();
    for line in ["cloakroom_relay_shares 1", "cloakroom_relay_shares_deposited_total 8"] {
        assert!(metrics.lines().any(|other| other == line), "{metrics}");
    }

    let running::Running { folder, relay, stop, served } = running;
    stop.send(()).unwrap();
    served.await.unwrap();
    let id = customers[3].id;
    drop((relay, target, customers));
    let (again, running) = running::start_with(Config::new(&store), folder).await;
    let path = format!("/v1/desk/boxes/{id}/shares/identity");
    let kept: serde_json::Value = again.desk(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    assert_eq!(kept["share"], shares[3]["share"]);
    for share in &shares[..3] {
        assert!(files_with(&store, &bytes(share)).is_empty());
    }
    drop(running);
}

/// A record of a box that is not there, and one that was half written, are overwritten by the next start.
#[tokio::test]
async fn orphaned_shares_are_overwritten() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let share = deposit(&target, "identity");
    let bytes = data_encoding::HEXLOWER.decode(share["share"].as_str().unwrap().as_bytes()).unwrap();
    let gone = open_with(&target, std::slice::from_ref(&share)).await;
    let record = fs::read(store.join("shares")).unwrap()[..128].to_vec();
    assert!(record.windows(32).any(|window| window == bytes));
    assert_eq!(gone.end("purged").await.status(), StatusCode::OK);
    assert!(files_with(&store, &bytes).is_empty());
    let running::Running { folder, relay, stop, served } = running;
    stop.send(()).unwrap();
    served.await.unwrap();
    drop((relay, target, gone));
    // As an older copy of the file would have it: the box has ended. And one with a wrong checksum.
    let mut file = fs::read(store.join("shares")).unwrap();
    file[..128].copy_from_slice(&record);
    file[128..256].copy_from_slice(&record);
    file[128 + 10] ^= 1;
    fs::write(store.join("shares"), file).unwrap();
    assert_eq!(files_with(&store, &bytes), ["shares"]);
    let (_, running) = running::start_with(Config::new(&store), folder).await;
    assert!(files_with(&store, &bytes).is_empty());
    drop(running);
}

/// Beyond loopback, plain HTTP is refused before anything is answered.
#[tokio::test]
async fn plain_http_stays_on_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::open(Config::new(folder.path()), Arc::new(SystemClock)).unwrap();
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = relay.serve(listener, std::future::pending()).await.unwrap_err();
    assert!(matches!(refused, relay::ServeError::NotLoopback(_)));
}

/// A stream that listens does not keep the relay from stopping.
#[tokio::test]
async fn stops_while_someone_listens() {
    let (target, running) = start().await;
    let stream = target
        .desk(Method::GET, "/v1/desk/events")
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    running.stop.send(()).unwrap();
    running.served.await.unwrap();
    assert_eq!(stream.bytes().await.unwrap().len(), 0);
}

/// Whoever sends too slowly is let go: without an answer before the head is whole, with 408 after.
#[tokio::test]
async fn patience_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.patience = std::time::Duration::from_millis(200);
    let (target, running) = running::start_with(config, folder).await;
    let address = target.base.strip_prefix("http://").unwrap().to_owned();
    let customer = open(&target).await;
    let head = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nX-A: ");
    let body = format!(
        "PUT {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\n\r\nabc",
        customer.path("/parts/0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f/0"),
        customer.token
    );
    for (sent, expected) in [(head, ""), (body, "HTTP/1.1 408 Request Timeout")] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(10), read).await.expect("it is let go");
        assert_eq!(answer.lines().next().unwrap_or_default(), expected);
    }
    assert_eq!(customer.state().await, "waiting");
    assert_eq!(chunk_files(running.folder.path()), 0);
}

/// A request without the end of its body, then byte after byte until the relay lets go; what it answered. Each byte
/// comes in good time.
async fn trickle(address: &str, head: &str) -> String {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let trickling = async {
        while to.write_all(b"x").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        read = tokio::time::timeout(std::time::Duration::from_secs(10), from.read_to_string(&mut answer)) => {
            let _ = read.expect("it is let go");
        }
        () = trickling => {}
    }
    answer
}

/// A body has an end in time, whether anyone wants it or not.
#[tokio::test]
async fn a_trickled_body_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.patience = std::time::Duration::from_millis(400);
    let (target, running) = running::start_with(config, folder).await;
    let address = target.base.strip_prefix("http://").unwrap().to_owned();
    let customer = open(&target).await;
    let path = customer.path("/parts/0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f/0");
    for (token, expected) in [
        ("00".repeat(32), "HTTP/1.1 404 Not Found"),
        (customer.token.clone(), "HTTP/1.1 408 Request Timeout"),
    ] {
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: {CHUNK}\r\n\r\n"
        );
        assert_eq!(trickle(&address, &head).await.lines().next().unwrap_or_default(), expected);
    }
    assert_eq!(chunk_files(running.folder.path()), 0);
}

/// However many uploads one link leaves hanging, another customer's go through.
#[tokio::test]
async fn one_link_does_not_hold_every_turn() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.uploads_at_once = 4;
    let (target, _running) = running::start_with(config, folder).await;
    let address = target.base.strip_prefix("http://").unwrap().to_owned();
    let (greedy, other) = (open(&target).await, open(&target).await);
    let mut hanging = Vec::new();
    for n in 0..8 {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "PUT {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
            greedy.path(&format!("/parts/0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f/{n}")),
            greedy.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        if n < 2 {
            // Asked for its body: it has its turn.
            let mut go_on = [0; 25];
            stream.read_exact(&mut go_on).await.unwrap();
            assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
        }
        hanging.push(stream);
    }
    let part = Part::make(4 * CHUNK);
    let sent = tokio::time::timeout(std::time::Duration::from_secs(10), other.send(&part)).await;
    assert_eq!(sent.expect("the other customer is served"), [StatusCode::CREATED; 4]);
    drop(hanging);
}

/// However many notes a box has, the last ones, "deleted" among them, find room once it was purged.
#[tokio::test]
async fn the_last_note_has_room() {
    let (target, running) = start().await;
    let customer = open(&target).await;
    let put = |seq: u32| {
        target.desk(Method::PUT, &customer.desk_path(&format!("/notes/{seq}"))).body("note").send()
    };
    assert_eq!(put(0).await.unwrap().status(), StatusCode::CREATED);
    let most = 4096;
    rusqlite::Connection::open(running.folder.path().join("store/relay.db"))
        .unwrap()
        .execute(
            "WITH RECURSIVE next (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM next WHERE seq < ?1 - 1)
             INSERT INTO note SELECT box, next.seq, bytes FROM note, next",
            [most],
        )
        .unwrap();
    is_problem(put(most).await.unwrap(), 429, "too-many").await;
    assert_eq!(customer.end("purged").await.status(), StatusCode::OK);
    for seq in most..most + 64 {
        assert_eq!(put(seq).await.unwrap().status(), StatusCode::CREATED);
    }
    is_problem(put(most + 64).await.unwrap(), 429, "too-many").await;
    assert_eq!(customer.desk_view().await["notes"], most + 64);
}
