//! How much one desk, one hook and one box may have.

use crate::{
    conformance::{
        self,
        calls::{CHUNK, Part, is_problem, open},
    },
    running::{self, start},
};
use relay::Config;
use reqwest::{Method, StatusCode};

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
