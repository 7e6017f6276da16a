//! Shares: kept for the desk until their term, and not a moment longer.

use super::{
    Target,
    calls::{CHUNK, Customer, Part, is_problem, opening, random},
};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

const DAY: u64 = 86_400;

/// A share as it is deposited: 10 days, at most 20.
pub(crate) fn deposit(target: &Target, class: &str) -> Value {
    let now = (target.now)();
    json!({
        "class": class,
        "share": data_encoding::HEXLOWER.encode(&random::<32>()),
        "term": now + 10 * DAY,
        "term_max": now + 20 * DAY,
    })
}

/// A box with these shares.
pub(crate) async fn open_with(target: &Target, shares: &[Value]) -> Customer {
    let (mut body, customer) = opening(target);
    body["shares"] = json!(shares);
    let answer = target.desk(Method::POST, "/v1/boxes").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    customer
}

pub(crate) async fn ask(customer: &Customer, method: Method, class: &str) -> Response {
    let path = customer.desk_path(&format!("/shares/{class}"));
    customer.target.desk(method, &path).send().await.unwrap()
}

/// Has a share deleted; whether the relay says that it overwrote it.
pub(crate) async fn erased(customer: &Customer, class: &str) -> bool {
    let answer = ask(customer, Method::DELETE, class).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json::<Value>().await.unwrap()["erased"].as_bool().unwrap()
}

async fn is_kept(customer: &Customer, share: &Value) {
    let answer = ask(customer, Method::GET, share["class"].as_str().unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let kept: Value = answer.json().await.unwrap();
    assert_eq!(kept, json!({"share": share["share"], "term": share["term"], "term_max": share["term_max"]}));
}

async fn is_gone(customer: &Customer, class: &str) {
    is_problem(ask(customer, Method::GET, class).await, 410, "ended").await;
}

async fn move_to(customer: &Customer, class: &str, term: Value) -> Response {
    let path = customer.desk_path(&format!("/shares/{class}"));
    customer.target.desk(Method::PUT, &path).json(&json!({"term": term})).send().await.unwrap()
}

pub(crate) async fn keeps_shares(target: &Target) {
    let shares = ["identity", "payment", "general"].map(|class| deposit(target, class));
    let (mut body, customer) = opening(target);
    body["shares"] = json!(shares);
    let post = |body: &Value| target.desk(Method::POST, "/v1/boxes").json(body).send();
    assert_eq!(post(&body).await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(post(&body).await.unwrap().status(), StatusCode::OK);
    for share in &shares {
        is_kept(&customer, share).await;
    }
    // The same opening has the same shares.
    for (field, other) in [("share", json!("11".repeat(32))), ("term", json!((target.now)() + DAY))] {
        let mut changed = body.clone();
        changed["shares"][1][field] = other;
        is_problem(post(&changed).await.unwrap(), 409, "conflict").await;
    }
    let mut without = body.clone();
    without.as_object_mut().unwrap().remove("shares");
    is_problem(post(&without).await.unwrap(), 409, "conflict").await;
    is_kept(&customer, &shares[1]).await;
    // One class says nothing of another, and a box without shares has none.
    let single = open_with(target, &shares[..1]).await;
    is_kept(&single, &shares[0]).await;
    is_gone(&single, "payment").await;
    is_problem(ask(&single, Method::GET, "nonsense").await, 404, "not-here").await;
    // Another desk, and the customer, hear nothing of them.
    let path = customer.desk_path("/shares/identity");
    for method in [Method::GET, Method::DELETE] {
        let other = target.desk_number(1, method.clone(), &path).send().await.unwrap();
        is_problem(other, 404, "not-here").await;
        let call = reqwest::Client::new().request(method, target.url(&path)).bearer_auth(&customer.token);
        is_problem(call.send().await.unwrap(), 401, "unauthorized").await;
    }
    let view = customer.view().await.to_string();
    assert!(!view.contains(shares[0]["share"].as_str().unwrap()));
}

pub(crate) async fn refuses_bad_shares(target: &Target) {
    let now = (target.now)();
    for (field, bad) in [
        ("class", json!("other")),
        ("share", json!("00")),
        ("share", json!("AB".repeat(32))),
        ("term", json!(now)),
        ("term", json!(now + 20 * DAY + 1)),
        ("term", json!(-1)),
        ("term_max", json!(now + 490 * DAY + 1)),
        ("term_max", json!(u64::MAX)),
        ("more", json!(1)),
    ] {
        let mut share = deposit(target, "identity");
        share[field] = bad;
        let (mut body, customer) = opening(target);
        body["shares"] = json!([share]);
        let answer = target.desk(Method::POST, "/v1/boxes").json(&body).send().await.unwrap();
        is_problem(answer, 400, "bad-request").await;
        is_problem(ask(&customer, Method::GET, "identity").await, 404, "not-here").await;
    }
    let (mut body, customer) = opening(target);
    body["shares"] = json!([deposit(target, "identity"), deposit(target, "identity")]);
    let answer = target.desk(Method::POST, "/v1/boxes").json(&body).send().await.unwrap();
    is_problem(answer, 400, "bad-request").await;
    is_problem(customer.call(Method::GET, "").send().await.unwrap(), 404, "not-here").await;
}

pub(crate) async fn a_term_moves_before_it_passes(target: &Target) {
    let mut share = deposit(target, "payment");
    let start = (target.now)();
    let customer = open_with(target, std::slice::from_ref(&share)).await;
    for bad in [json!(start), json!(start + 20 * DAY + 1), json!(0), json!(-1), json!("soon")] {
        is_problem(move_to(&customer, "payment", bad).await, 400, "bad-request").await;
    }
    is_kept(&customer, &share).await;
    // Later, sooner, the same again.
    for term in [20 * DAY, 2 * DAY, 2 * DAY] {
        share["term"] = json!(start + term);
        assert_eq!(move_to(&customer, "payment", share["term"].clone()).await.status(), StatusCode::OK);
        is_kept(&customer, &share).await;
    }
    is_problem(move_to(&customer, "identity", json!(start + DAY)).await, 410, "ended").await;
    (target.advance)(2 * DAY).await;
    is_problem(move_to(&customer, "payment", json!(start + 3 * DAY)).await, 410, "ended").await;
    is_gone(&customer, "payment").await;
}

pub(crate) async fn a_term_runs_out(target: &Target) {
    let (mut soon, later) = (deposit(target, "identity"), deposit(target, "payment"));
    soon["term"] = json!((target.now)() + DAY);
    let customer = open_with(target, &[soon.clone(), later.clone()]).await;
    let part = Part::make(CHUNK);
    let body = customer.hand_in(std::slice::from_ref(&part)).await;
    assert_eq!(customer.collected(&body).await.status(), StatusCode::OK);
    (target.advance)(DAY - 1).await;
    is_kept(&customer, &soon).await;
    (target.advance)(1).await;
    is_gone(&customer, "identity").await;
    assert!(erased(&customer, "identity").await, "it went at its term");
    is_kept(&customer, &later).await;
    // The box is none the worse, and opening it again gives nothing back.
    assert_eq!(customer.state().await, "collected");
}

pub(crate) async fn shares_go_with_their_box(target: &Target) {
    let share = deposit(target, "general");
    let [revoked, purged, expired, stays] = [0; 4].map(|_| open_with(target, std::slice::from_ref(&share)));
    let (revoked, purged, expired, stays) = (revoked.await, purged.await, expired.await, stays.await);
    let part = Part::make(10);
    let body = purged.hand_in(std::slice::from_ref(&part)).await;
    // Accepted is accepted: a refused revocation takes nothing.
    is_problem(purged.end("revoked").await, 409, "already-sent").await;
    is_kept(&purged, &share).await;
    assert_eq!(purged.collected(&body).await.status(), StatusCode::OK);
    is_kept(&purged, &share).await;
    assert_eq!(purged.end("purged").await.status(), StatusCode::OK);
    assert_eq!(revoked.end("revoked").await.status(), StatusCode::OK);
    is_gone(&purged, "general").await;
    is_gone(&revoked, "general").await;
    is_kept(&expired, &share).await;
    let body = stays.hand_in(std::slice::from_ref(&part)).await;
    assert_eq!(stays.collected(&body).await.status(), StatusCode::OK);
    (target.advance)(DAY).await;
    is_gone(&expired, "general").await;
    is_kept(&stays, &share).await;
}

pub(crate) async fn deleting_a_share_twice(target: &Target) {
    let shares = ["identity", "payment"].map(|class| deposit(target, class));
    let customer = open_with(target, &shares).await;
    for _ in 0..2 {
        assert!(erased(&customer, "identity").await);
        is_gone(&customer, "identity").await;
    }
    // One that never was is not said to have been overwritten.
    assert!(!erased(&customer, "general").await);
    is_kept(&customer, &shares[1]).await;
    is_problem(ask(&customer, Method::DELETE, "nonsense").await, 404, "not-here").await;
    assert_eq!(customer.state().await, "waiting");
}
