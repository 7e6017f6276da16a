//! Submitting: accepted once.

use super::{
    Target,
    calls::{CHUNK, Customer, LIMIT, Part, is_problem, open, random, random_bytes},
};
use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use wire::{SubmitBody, digest::part_digest};

pub(crate) async fn accepts_once(target: &Target) {
    let customer = open(target).await;
    let parts = [Part::make(5000), Part::make(3 * CHUNK + 1)];
    for part in &parts {
        customer.send(part).await;
    }
    let body = customer.body(&parts);
    let answer = customer.submit(&body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"state": "sent"}));
    let again = customer.submit(&body).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>().await.unwrap(), json!({"state": "sent"}));
    is_problem(customer.submit(&customer.body(&parts)).await, 409, "already-sent").await;

    assert_eq!(customer.state().await, "sent");
    assert_eq!(customer.send(&parts[0]).await, [StatusCode::OK]);
    is_problem(customer.put(parts[0].id, 0, b"other").await, 409, "conflict").await;
    is_problem(customer.put(parts[0].id, 1, b"more").await, 409, "already-sent").await;
    for part in &parts {
        assert_eq!(customer.download(part.id).await, part.bytes);
    }
    let view = customer.desk_view().await;
    assert_eq!(view["state"], "sent");
    assert_eq!(view["record"], data_encoding::BASE64.encode(&body));
    assert_eq!(target.events_of(customer.id).await, [json!({"kind": "sending"}), json!({"kind": "sent"})]);
}

/// A hundred different submissions at once: one is accepted, and its data is what the desk gets.
pub(crate) async fn one_of_a_hundred_wins(target: &Target) {
    let customer = open(target).await;
    let parts: Vec<Part> = (0..100).map(|_| Part::make(4096)).collect();
    for part in &parts {
        assert_eq!(customer.send(part).await, [StatusCode::CREATED]);
    }
    let bodies: Vec<Vec<u8>> = parts.iter().map(|part| customer.body(std::slice::from_ref(part))).collect();
    let answers = join_all(bodies.iter().map(|body| {
        // A connection each, as a hundred browsers have.
        let alone = Customer { http: Client::new(), ..customer.clone() };
        async move { alone.submit(body).await }
    }))
    .await;
    let winners: Vec<usize> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.status() == StatusCode::OK)
        .map(|(n, _)| n)
        .collect();
    assert_eq!(winners.len(), 1);
    for answer in answers {
        if answer.status() != StatusCode::OK {
            is_problem(answer, 409, "already-sent").await;
        }
    }
    let winner = winners[0];
    assert_eq!(customer.desk_view().await["record"], data_encoding::BASE64.encode(&bodies[winner]));
    assert_eq!(customer.download(parts[winner].id).await, parts[winner].bytes);
    assert_eq!(customer.submit(&bodies[winner]).await.status(), StatusCode::OK);
    let kinds = target.events_of(customer.id).await;
    assert_eq!(kinds, [json!({"kind": "sending"}), json!({"kind": "sent"})]);
}

pub(crate) async fn names_what_is_missing(target: &Target) {
    let customer = open(target).await;
    let parts = [Part::make(10), Part::make(2 * CHUNK + 5), Part::make(CHUNK)];
    customer.send(&parts[0]).await;
    customer.put(parts[1].id, 0, &parts[1].bytes[..CHUNK]).await;
    customer.put(parts[1].id, 2, &parts[1].bytes[2 * CHUNK..]).await;
    let body = customer.body(&parts);
    let problem = is_problem(customer.submit(&body).await, 422, "incomplete").await;
    assert_eq!(problem["missing"], json!([parts[1].id, parts[2].id]));
    assert_eq!(customer.state().await, "sending");
    // What was there still is.
    assert_eq!(customer.send(&parts[1]).await, [StatusCode::OK, StatusCode::CREATED, StatusCode::OK]);
    customer.send(&parts[2]).await;
    assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);
}

/// Someone with the link puts other bytes where the customer's belong: the submission names the part, and it can
/// be sent again.
pub(crate) async fn heals_a_spoilt_part(target: &Target) {
    let customer = open(target).await;
    for junk in [random_bytes(CHUNK), random_bytes(10)] {
        let part = Part::make(2 * CHUNK);
        assert_eq!(customer.put(part.id, 0, &junk).await.status(), StatusCode::CREATED);
        assert_eq!(customer.send(&part).await, [StatusCode::CONFLICT, StatusCode::CREATED]);
        let beyond = customer.put(part.id, 2, &junk).await;
        assert_eq!(beyond.status(), StatusCode::CREATED);
        let body = customer.body(std::slice::from_ref(&part));
        let problem = is_problem(customer.submit(&body).await, 422, "incomplete").await;
        assert_eq!(problem["missing"], json!([part.id]));
        let listed = customer.parts().await;
        assert!(listed["parts"].as_array().unwrap().iter().all(|other| other["part"] != json!(part.id)));
        assert_eq!(customer.send(&part).await, [StatusCode::CREATED; 2]);
    }
    // A chunk too many spoils nothing.
    let part = Part::make(CHUNK + 5);
    customer.send(&part).await;
    customer.put(part.id, 2, b"junk").await;
    customer.put(part.id, 9, b"junk").await;
    let body = customer.body(std::slice::from_ref(&part));
    assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);
    assert_eq!(customer.download(part.id).await, part.bytes);
}

pub(crate) async fn refuses_bad_submissions(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(5000);
    customer.send(&part).await;
    let good = customer.record(std::slice::from_ref(&part));
    let encode = |record| SubmitBody { record, mac: random() }.encode();
    for (bad, status, code) in [
        (Vec::new(), 400, "bad-request"),
        (b"{}".to_vec(), 400, "bad-request"),
        (good.encode(), 400, "bad-request"),
        ([encode(good.clone()), vec![0]].concat(), 400, "bad-request"),
        (random_bytes(2000), 413, "too-large"),
        (
            encode(wire::Record { box_id: wire::BoxId::from_bytes(random()), ..good.clone() }),
            400,
            "bad-request",
        ),
        (encode(wire::Record { request_hash: random(), ..good.clone() }), 400, "bad-request"),
    ] {
        is_problem(customer.submit(&bad).await, status, code).await;
    }
    let mut too_long = good.clone();
    too_long.parts[0].length = LIMIT + 1;
    is_problem(customer.submit(&encode(too_long)).await, 413, "too-large").await;
    let mut shorter = good.clone();
    shorter.parts[0].length -= 1;
    is_problem(customer.submit(&encode(shorter)).await, 422, "incomplete").await;
    customer.send(&part).await;
    let mut longer = good.clone();
    longer.parts[0].length += 1;
    is_problem(customer.submit(&encode(longer)).await, 422, "incomplete").await;
    let mut other = good.clone();
    other.parts[0].digest = part_digest(b"other", CHUNK);
    is_problem(customer.submit(&encode(other)).await, 422, "incomplete").await;
    assert_eq!(customer.state().await, "sending");
    customer.send(&part).await;
    assert_eq!(customer.submit(&encode(good)).await.status(), StatusCode::OK);
}

pub(crate) async fn drops_what_is_not_named(target: &Target) {
    let customer = open(target).await;
    let (kept, dropped) = (Part::make(5000), Part::make(5000));
    customer.send(&dropped).await;
    customer.hand_in(std::slice::from_ref(&kept)).await;
    assert_eq!(customer.parts().await, json!({"parts": [{"part": kept.id, "chunks": [[0, 0]]}]}));
    let path = customer.desk_path(&format!("/parts/{}", dropped.id));
    is_problem(target.desk(reqwest::Method::GET, &path).send().await.unwrap(), 404, "not-here").await;
}

/// Two tabs seal the same files differently: one wins, the other hears so, nothing mixes.
pub(crate) async fn two_tabs(target: &Target) {
    let customer = open(target).await;
    let (one, two) = ([Part::make(CHUNK), Part::make(9)], [Part::make(CHUNK), Part::make(9)]);
    for part in one.iter().chain(&two) {
        customer.send(part).await;
    }
    let (first, second) = (customer.body(&one), customer.body(&two));
    assert_eq!(customer.submit(&first).await.status(), StatusCode::OK);
    is_problem(customer.submit(&second).await, 409, "already-sent").await;
    is_problem(customer.put(two[0].id, 0, &two[0].bytes).await, 409, "already-sent").await;
    assert_eq!(customer.submit(&first).await.status(), StatusCode::OK);
    for part in &one {
        assert_eq!(customer.download(part.id).await, part.bytes);
    }
}
