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

/// A store from before desks enrolled goes on with everything it has.
#[tokio::test]
async fn an_older_store_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let token = wire::DeskToken::from_bytes([0x3c; 32]);
    let old = rusqlite::Connection::open(folder.path().join("relay.db")).unwrap();
    old.execute_batch(include_str!("../src/store/schema/0001.sql")).unwrap();
    old.execute_batch(include_str!("../src/store/schema/0002.sql")).unwrap();
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
        include_str!("../src/store/schema/0001.sql"),
        include_str!("../src/store/schema/0002.sql"),
        include_str!("../src/store/schema/0003.sql"),
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

/// What a desk shows, and what its operator gave it, is in no file of the store, neither as text nor as bytes.
#[tokio::test]
async fn no_token_and_no_code_is_kept() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let code = conformance::enrolment::add(&target, "desk").await;
    let token = wire::DeskToken::from_bytes([0xa7; 32]);
    assert_eq!(conformance::enrolment::enrol(&target, &code, &token).await.status(), StatusCode::OK);
    let customer = open(&target).await;
    let mut secrets: Vec<Vec<u8>> = vec![
        code.clone().into_bytes(),
        code.replace('-', "").into_bytes(),
        vec![0xa7; 32],
        token.to_bearer().as_bytes().to_vec(),
    ];
    for token in target.desks.iter().chain([&customer.token]) {
        secrets.push(token.clone().into_bytes());
        secrets.push(data_encoding::HEXLOWER.decode(token.as_bytes()).unwrap());
    }
    for secret in secrets {
        assert!(files_with(&store, &secret).is_empty());
    }
    // The scan finds what is there.
    assert!(!files_with(&store, token.hash().as_bytes()).is_empty());
    assert!(!files_with(&store, customer.id.as_bytes()).is_empty());
}

/// A desk has so many boxes and bytes here and no more; what it ends makes room, and another desk is none the worse.
#[tokio::test]
async fn a_desk_has_its_quota() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.desk_boxes = 2;
    // What stays of boxes counts too.
    config.desk_bytes = 3 * CHUNK as u64 + 2 * 4125;
    let (target, _running) = running::start_with(config, folder).await;
    let (one, two) = (open(&target).await, open(&target).await);
    let opening = |number: usize| {
        let (body, _) = conformance::calls::opening(&target);
        target.desk_number(number, Method::POST, "/v1/boxes").json(&body).send()
    };
    is_problem(opening(0).await.unwrap(), 507, "quota").await;
    assert_eq!(opening(1).await.unwrap().status(), StatusCode::CREATED);
    // Bytes: of both boxes together, and of webhooks.
    let (kept, part) = (Part::make(2 * CHUNK), Part::make(CHUNK));
    let body = one.hand_in(std::slice::from_ref(&kept)).await;
    assert_eq!(two.send(&part).await, [StatusCode::CREATED]);
    let late = Part::make(10);
    is_problem(two.put(late.id, 0, &late.bytes).await, 507, "quota").await;
    let hook = conformance::hooks::make(&target).await.to_string();
    let refused = conformance::hooks::post(&target, &hook).body("{}").send().await.unwrap();
    is_problem(refused, 507, "quota").await;
    // Nothing of it was kept, and what was there is.
    assert_eq!(two.send(&part).await, [StatusCode::OK]);
    assert_eq!(one.download(kept.id).await, kept.bytes);
    assert_eq!(conformance::hooks::waiting(&target).await["dropped"], 1);
    assert_eq!(one.collected(&body).await.status(), StatusCode::OK);
    assert_eq!(two.put(late.id, 0, &late.bytes).await.status(), StatusCode::CREATED);
    assert_eq!(conformance::hooks::post(&target, &hook).body("{}").send().await.unwrap().status(), 202);
    // A collected box is not open any more.
    assert_eq!(opening(0).await.unwrap().status(), StatusCode::CREATED);
    two.end("revoked").await;
    assert_eq!(opening(0).await.unwrap().status(), StatusCode::CREATED);
    is_problem(opening(0).await.unwrap(), 507, "quota").await;
    let metrics = reqwest::get(target.url("/metrics")).await.unwrap().text().await.unwrap();
    assert!(metrics.lines().any(|line| line == "cloakroom_relay_quota_answers_total 4"), "{metrics}");
}

/// What the triggers counted is what is there, after everything that can happen to a box.
#[tokio::test]
async fn what_is_used_is_counted_right() {
    let (target, running) = start().await;
    let customers = [open(&target).await, open(&target).await, open(&target).await, open(&target).await];
    for customer in &customers {
        let dropped = Part::make(CHUNK);
        customer.send(&dropped).await;
    }
    let body = customers[0].hand_in(&[Part::make(2 * CHUNK)]).await;
    customers[0].collected(&body).await;
    customers[1].hand_in(&[Part::make(10)]).await;
    customers[2].end("revoked").await;
    let hook = conformance::hooks::make(&target).await.to_string();
    for length in [10, 5000] {
        conformance::hooks::post(&target, &hook).body(vec![b'x'; length]).send().await.unwrap();
    }
    let database = running.folder.path().join("store/relay.db");
    let count = || {
        let conn = rusqlite::Connection::open(&database).unwrap();
        let counted = "SELECT boxes, bytes, deliveries FROM used JOIN desk ON n = desk WHERE name = 'one'";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let counted: (i64, i64, i64) = conn.query_row(counted, [], read).unwrap();
        let looked = "SELECT (SELECT count(*) FROM box WHERE desk = 1 AND state IN (0, 1, 2)),
                             (SELECT coalesce(sum(part.held), 0) FROM part) +
                             (SELECT coalesce(sum(length(bytes)), 0) FROM sealed_request) +
                             (SELECT coalesce(sum(length(bytes)), 0) FROM note) +
                             (SELECT coalesce(sum(max(length(body) + length(headers), 4096)), 0) FROM delivery),
                             (SELECT count(*) FROM delivery)";
        assert_eq!(counted, conn.query_row(looked, [], read).unwrap());
        counted
    };
    let note = target.desk(Method::PUT, &customers[0].desk_path("/notes/0")).body("note").send();
    assert_eq!(note.await.unwrap().status(), StatusCode::CREATED);
    // Requests and notes stay until their box is forgotten.
    let requests = 4 * 4125 + 4;
    assert_eq!(count(), (2, CHUNK as i64 + 4096 + 4096 + 5002 + requests, 2));
    (target.advance)(8 * 86_400).await;
    assert_eq!(count(), (1, 4096 + requests, 0));
    (target.advance)(200 * 86_400).await;
    assert_eq!(count(), (0, 2 * 4125 + 4, 0));
    (target.advance)(90 * 86_400).await;
    assert_eq!(count(), (0, 0, 0));
}

/// However fast webhooks come through one hook, another hook's come through; what is too many is said.
#[tokio::test]
async fn one_hook_does_not_take_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.per_hook = relay::Rate { per_second: 1, burst: 5 };
    let (target, _running) = running::start_with(config, folder).await;
    let (busy, other) = (conformance::hooks::make(&target).await, conformance::hooks::make(&target).await);
    let mut refused = 0;
    for _ in 0..50 {
        let answer = conformance::hooks::post(&target, &busy.to_string()).send().await.unwrap();
        if answer.status() != StatusCode::ACCEPTED {
            is_problem(answer, 429, "too-many").await;
            refused += 1;
        }
    }
    assert!(refused > 0);
    let answer = conformance::hooks::post(&target, &other.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
}

/// A thousand wait for a desk and no more; what comes beyond is refused, counted, and told once.
#[tokio::test]
async fn a_thousand_webhooks_wait() {
    let (target, running) = start().await;
    let hook = conformance::hooks::make(&target).await.to_string();
    conformance::hooks::post(&target, &hook).body("1").send().await.unwrap();
    rusqlite::Connection::open(running.folder.path().join("store/relay.db"))
        .unwrap()
        .execute(
            "WITH RECURSIVE next (k) AS (SELECT 2 UNION ALL SELECT k + 1 FROM next WHERE k < 1000)
             INSERT INTO delivery (desk, hook, at, headers, body) SELECT desk, hook, at, headers, body FROM delivery, next",
            [],
        )
        .unwrap();
    for _ in 0..2 {
        let answer = conformance::hooks::post(&target, &hook).body("late").send().await.unwrap();
        is_problem(answer, 429, "too-many").await;
    }
    let view = conformance::hooks::waiting(&target).await;
    assert_eq!((view["deliveries"].as_array().unwrap().len(), &view["dropped"]), (1000, &2.into()));
    let path = format!("/v1/desk/deliveries/{}", view["deliveries"][0]["n"]);
    assert_eq!(target.desk(Method::DELETE, &path).send().await.unwrap().status(), StatusCode::OK);
    let answer = conformance::hooks::post(&target, &hook).body("fits").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
}

/// However long the headers of what waits, an answer is one a desk takes.
#[tokio::test]
async fn headers_count_among_what_is_answered() {
    let (target, running) = start().await;
    let hook = conformance::hooks::make(&target).await.to_string();
    conformance::hooks::post(&target, &hook).body("1").send().await.unwrap();
    // As an earlier version kept them.
    rusqlite::Connection::open(running.folder.path().join("store/relay.db"))
        .unwrap()
        .execute(
            "WITH RECURSIVE next (k) AS (SELECT 2 UNION ALL SELECT k + 1 FROM next WHERE k < 1000)
             INSERT INTO delivery (desk, hook, at, headers, body)
             SELECT desk, hook, at, json_array(json_array('x-hub-signature', hex(zeroblob(7000)))), body
             FROM delivery, next",
            [],
        )
        .unwrap();
    let mut seen = 0;
    while seen < 1000 {
        let view = conformance::hooks::waiting(&target).await;
        assert!(view.to_string().len() < 2 * 1024 * 1024);
        for delivery in view["deliveries"].as_array().unwrap() {
            let path = format!("/v1/desk/deliveries/{}", delivery["n"]);
            target.desk(Method::DELETE, &path).send().await.unwrap();
            seen += 1;
        }
    }
}

/// Whom to ask: the same for everyone, as it was set last; nothing but plain text.
#[tokio::test]
async fn the_contact_is_public() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.public_contact = Some("Front desk <b>\n+43 1 234".to_owned());
    let (target, running) = running::start_with(config, folder).await;
    let ask = || async {
        let answer = reqwest::get(target.url("/v1/contact")).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        answer.json::<serde_json::Value>().await.unwrap()["contact"].clone()
    };
    assert_eq!(ask().await, "Front desk <b>\n+43 1 234");
    running.relay.set_public_contact(None).unwrap();
    assert!(ask().await.is_null());
    for bad in ["", " ", "a\rb", "a\u{0}", &"x".repeat(501)] {
        assert!(matches!(running.relay.set_public_contact(Some(bad.into())), Err(OpenError::Contact)));
        let mut config = Config::new(running.folder.path());
        config.public_contact = Some(bad.to_owned());
        assert!(matches!(Relay::open(config, Arc::new(SystemClock)), Err(OpenError::Contact)));
    }
    running.relay.set_public_contact(Some("x".repeat(500))).unwrap();
    assert_eq!(ask().await, "x".repeat(500));
}

/// A copy made while the relay serves has everything but shares; restored, numbers go on beyond what desks know.
#[tokio::test]
async fn a_backup_restores_without_shares() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let share = deposit(&target, "identity");
    let bytes = data_encoding::HEXLOWER.decode(share["share"].as_str().unwrap().as_bytes()).unwrap();
    let (sent, waiting) = (open_with(&target, std::slice::from_ref(&share)).await, open(&target).await);
    let part = Part::make(2 * CHUNK + 5);
    sent.hand_in(std::slice::from_ref(&part)).await;
    let hook = conformance::hooks::make(&target).await.to_string();
    conformance::hooks::post(&target, &hook).body("kept of webhooks").send().await.unwrap();
    let code = conformance::enrolment::add(&target, "late").await;
    let copy = running.folder.path().join("copy");
    let done = relay::backup(&store, &copy).unwrap();
    assert_eq!((done.chunks, done.bytes, done.gone), (3, part.bytes.len() as u64, 0));
    assert_eq!(files_with(&store, &bytes), ["shares"]);
    assert!(files_with(&copy, &bytes).is_empty());
    // Nor has it webhooks, whose headers may prove more than they should.
    assert!(files_with(&copy, b"kept of webhooks").is_empty());
    assert_eq!(files_with(&store, b"kept of webhooks").len(), 1);
    assert!(matches!(relay::backup(&store, &copy), Err(relay::BackupError::NotEmpty)));
    assert!(matches!(relay::backup(&copy.join("blobs"), &copy), Err(relay::BackupError::NoStore)));
    // What the desk heard after the copy was made is lost with the store.
    conformance::hooks::post(&target, &hook).body("lost").send().await.unwrap();
    waiting.send(&part).await;
    let path = "/v1/desk/events?after=0";
    let heard: serde_json::Value = target.desk(Method::GET, path).send().await.unwrap().json().await.unwrap();
    let position = heard["next"].as_u64().unwrap();
    let last = conformance::hooks::waiting(&target).await["deliveries"][1]["n"].as_u64().unwrap();

    let running::Running { folder, relay, stop, served } = running;
    stop.send(()).unwrap();
    served.await.unwrap();
    drop((relay, target));
    let (again, _running) = running::start_with(Config::new(&copy), folder).await;
    let (sent, waiting) = (sent.at(&again), waiting.at(&again));
    assert_eq!((sent.state().await.as_str(), waiting.state().await.as_str()), ("sent", "waiting"));
    assert_eq!(sent.download(part.id).await, part.bytes);
    is_problem(ask(&sent, Method::GET, "identity").await, 410, "ended").await;
    // Nobody erased that share here, and nobody says so; nor does a code from before work.
    assert!(!conformance::shares::erased(&sent, "identity").await);
    let token = wire::DeskToken::from_bytes([0x3d; 32]);
    let enrolled = conformance::enrolment::enrol(&again, &code, &token).await;
    is_problem(enrolled, 403, "bad-code").await;
    // New events and webhooks have numbers the desk does not know yet.
    waiting.send(&part).await;
    conformance::hooks::post(&again, &hook).body("new").send().await.unwrap();
    let path = format!("/v1/desk/events?after={position}");
    let events: serde_json::Value =
        again.desk(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    let kinds: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["sending", "delivery"]);
    let view = conformance::hooks::waiting(&again).await;
    assert_eq!((view["deliveries"].as_array().unwrap().len(), &view["dropped"]), (1, &1.into()));
    assert!(view["deliveries"][0]["n"].as_u64().unwrap() > last);
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

/// Whoever sends too slowly is let go with 408, before the head is whole and after.
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
    for sent in [head, body] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(10), read).await.expect("it is let go");
        assert_eq!(answer.lines().next().unwrap_or_default(), "HTTP/1.1 408 Request Timeout");
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
