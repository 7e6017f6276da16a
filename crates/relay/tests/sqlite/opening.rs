//! A store that is opened again, and one that is not this version's.

use crate::{
    conformance::{
        self,
        calls::{CHUNK, Part, open},
    },
    files_with,
    running::{self, chunk_files, start},
};
use relay::{Config, OpenError, Relay, SystemClock};
use reqwest::{Method, StatusCode};
use std::{fs, sync::Arc};

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

/// A store from before desks enrolled goes on with everything it has.
#[tokio::test]
async fn an_older_store_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let token = wire::DeskToken::from_bytes([0x3c; 32]);
    let old = rusqlite::Connection::open(folder.path().join("relay.db")).unwrap();
    old.execute_batch(include_str!("../../src/store/schema/0001.sql")).unwrap();
    old.execute_batch(include_str!("../../src/store/schema/0002.sql")).unwrap();
    old.pragma_update(None, "user_version", 2).unwrap();
    old.execute("INSERT INTO desk (n, name, token_hash) VALUES (7, 'old', ?1)", [token.hash().as_bytes()])
        .unwrap();
    for (id, state, held) in [([1_u8; 16], 1, 5000), ([2; 16], 3, 0), ([3; 16], 0, 0)] {
        old.execute(
            "INSERT INTO box (id, desk, token_hash, opened_hash, request_hash, state, expires, chunk_size,
                              limit_bytes, limit_parts, held)
             VALUES (?1, 7, zeroblob(32), zeroblob(32), zeroblob(32), ?2, 4000000000, 65536, 1000, 1, ?3)",
            (id, state, held),
        )
        .unwrap();
    }
    drop(old);
    let (target, _running) = running::start_with(Config::new(folder.path()), folder).await;
    let call = reqwest::Client::new().get(target.url("/v1/desk")).bearer_auth(token.to_bearer().as_str());
    let view: serde_json::Value = call.send().await.unwrap().json().await.unwrap();
    assert_eq!(view["name"], "old");
    let Ok(relay::DeskAnswer::Desks { desks }) = (target.operator)(relay::DeskOrder::List).await else {
        panic!("no list")
    };
    let old = desks.iter().find(|desk| desk.name == "old").unwrap();
    assert_eq!((old.boxes, old.bytes, old.admitted), (2, 5000, true));
}

/// A store that kept secrets of helpdesks in clear keeps them no longer; its desk hears that a webhook was lost.
#[tokio::test]
async fn an_older_store_forgets_secrets_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join("relay.db")).unwrap();
    for migration in [
        include_str!("../../src/store/schema/0001.sql"),
        include_str!("../../src/store/schema/0002.sql"),
        include_str!("../../src/store/schema/0003.sql"),
    ] {
        old.execute_batch(migration).unwrap();
    }
    old.pragma_update(None, "user_version", 3).unwrap();
    old.execute_batch(
        r#"INSERT INTO desk (n, name) VALUES (1, 'one');
           INSERT INTO box (n, id, desk, token_hash, opened_hash, request_hash, state, expires, chunk_size, limit_bytes,
                            limit_parts)
           VALUES (1, zeroblob(16), 1, zeroblob(32), zeroblob(32), zeroblob(32), 3, 4000000000, 65536, 1000, 1);
           INSERT INTO sealed_request VALUES (1, zeroblob(1000));
           INSERT INTO note VALUES (1, 0, zeroblob(100));
           INSERT INTO delivery (desk, hook, at, headers, body) VALUES
               (1, zeroblob(16), 1800000000, '[["x-cloakroom-secret","in the clear"]]', zeroblob(5000)),
               (1, zeroblob(16), 1800000000, '[["x-hub-signature","s"]]', zeroblob(5000));"#,
    )
    .unwrap();
    drop(old);
    assert!(!files_with(folder.path(), b"in the clear").is_empty());
    let (target, running) = running::start_with(Config::new(folder.path()), folder).await;
    assert!(files_with(running.folder.path(), b"in the clear").is_empty());
    let view = conformance::hooks::waiting(&target).await;
    assert_eq!((view["deliveries"].as_array().unwrap().len(), &view["dropped"]), (1, &1.into()));
    let Ok(relay::DeskAnswer::Desks { desks }) = (target.operator)(relay::DeskOrder::List).await else {
        panic!("no list")
    };
    let one = desks.iter().find(|desk| desk.name == "one").unwrap();
    assert_eq!(one.bytes, 1000 + 100 + 5000 + "[['x-hub-signature','s']]".len() as u64);
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
