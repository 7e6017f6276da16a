//! Expiry, the desk's ending, and being forgotten.

use super::{
    Target,
    calls::{CHUNK, Customer, Part, is_problem, open, opening, random},
};
use reqwest::{Method, StatusCode};
use serde_json::json;
use wire::PartId;

const DAY: u64 = 86_400;

/// What everyone sees of a box that takes nothing any more.
async fn is_over(customer: &Customer, state: &str) {
    let view = customer.view().await;
    assert_eq!(view["state"], state);
    assert_eq!(view["request"], data_encoding::BASE64.encode(&customer.request));
    assert_eq!(customer.parts().await, json!({"parts": []}));
    is_problem(customer.put(PartId::from_bytes(random()), 0, b"late").await, 410, "ended").await;
}

pub(crate) async fn expires(target: &Target) {
    let (untouched, started) = (open(target).await, open(target).await);
    let part = Part::make(CHUNK);
    started.send(&part).await;
    (target.advance)(DAY - 1).await;
    assert_eq!(untouched.state().await, "waiting");
    (target.advance)(1).await;
    is_over(&untouched, "expired").await;
    // It began more than an hour before its time was over: no lease is needed.
    is_over(&started, "expired").await;
    is_problem(started.put(part.id, 0, &part.bytes).await, 410, "ended").await;
    let body = started.body(std::slice::from_ref(&part));
    is_problem(started.submit(&body).await, 410, "ended").await;
    assert_eq!(target.events_of(untouched.id).await, [json!({"kind": "expired"})]);
    assert_eq!(target.events_of(started.id).await, [json!({"kind": "sending"}), json!({"kind": "expired"})]);
    // A stranger hears what a stranger always hears.
    let stranger = Customer { token: "00".repeat(32), ..started.clone() };
    is_problem(stranger.call(Method::GET, "").send().await.unwrap(), 404, "not-here").await;
    // The customer may still speak, the desk may still write.
    let word = started.call(Method::POST, "/words").body("withdraw").send().await.unwrap();
    assert_eq!(word.status(), StatusCode::ACCEPTED);
    let note = target.desk(Method::PUT, &started.desk_path("/notes/0")).body("note").send().await.unwrap();
    assert_eq!(note.status(), StatusCode::CREATED);
    assert_eq!(started.view().await["notes"][0]["seq"], 0);
}

/// The first chunk, minutes before the end, buys an hour, once.
pub(crate) async fn a_started_upload_has_a_lease(target: &Target) {
    let customer = open(target).await;
    (target.advance)(DAY - 60).await;
    let part = Part::make(2 * CHUNK);
    assert_eq!(customer.put(part.id, 0, &part.bytes[..CHUNK]).await.status(), StatusCode::CREATED);
    let expires = customer.view().await["expires"].as_u64().unwrap();
    assert!((3540..=3560).contains(&(expires - customer.expires)), "{}", expires - customer.expires);
    (target.advance)(3000).await;
    assert_eq!(customer.put(part.id, 1, &part.bytes[CHUNK..]).await.status(), StatusCode::CREATED);
    assert_eq!(customer.view().await["expires"], expires);
    let other = open(target).await;
    other.send(&part).await;
    assert_eq!(other.view().await["expires"], other.expires);
    (target.advance)(600).await;
    is_over(&customer, "expired").await;
}

pub(crate) async fn revokes_and_purges(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(CHUNK);
    customer.send(&part).await;
    let without = target.desk(Method::DELETE, &customer.desk_path("")).send().await.unwrap();
    is_problem(without, 400, "bad-request").await;
    is_problem(customer.end("lost").await, 400, "bad-request").await;
    for _ in 0..2 {
        let ended = customer.end("revoked").await;
        assert_eq!(ended.status(), StatusCode::OK);
        is_over(&customer, "revoked").await;
    }
    is_problem(customer.submit(&customer.body(std::slice::from_ref(&part))).await, 410, "ended").await;
    for how in ["purged", "purged", "revoked"] {
        assert_eq!(customer.end(how).await.status(), StatusCode::OK);
        is_over(&customer, "purged").await;
    }

    let customer = open(target).await;
    let part = Part::make(CHUNK);
    let body = customer.hand_in(std::slice::from_ref(&part)).await;
    // What was accepted cannot be taken back, only collected and purged.
    is_problem(customer.end("revoked").await, 409, "already-sent").await;
    assert_eq!(customer.state().await, "sent");
    assert_eq!(customer.end("purged").await.status(), StatusCode::OK);
    is_over(&customer, "purged").await;
    // Whoever sent it and did not hear the answer hears it now.
    assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);
    let path = customer.desk_path(&format!("/parts/{}", part.id));
    is_problem(target.desk(Method::GET, &path).send().await.unwrap(), 410, "ended").await;
    assert_eq!(customer.collected(&body).await.status(), StatusCode::OK);
    assert_eq!(customer.desk_view().await.get("record"), None);
}

pub(crate) async fn forgets_after_90_days(target: &Target) {
    let (gone, stays) = (open(target).await, open(target).await);
    let word = gone.call(Method::POST, "/words").body("a word").send().await.unwrap();
    assert_eq!(word.status(), StatusCode::ACCEPTED);
    gone.end("revoked").await;
    let note = target.desk(Method::PUT, &gone.desk_path("/notes/0")).body("revoked").send().await.unwrap();
    assert_eq!(note.status(), StatusCode::CREATED);
    (target.advance)(DAY / 2).await;
    stays.end("revoked").await;
    (target.advance)(90 * DAY - DAY / 2 - 1).await;
    assert_eq!(gone.view().await["notes"][0]["note"], data_encoding::BASE64.encode(b"revoked"));
    (target.advance)(1).await;
    is_problem(gone.call(Method::GET, "").send().await.unwrap(), 404, "not-here").await;
    is_problem(target.desk(Method::GET, &gone.desk_path("")).send().await.unwrap(), 404, "not-here").await;
    assert!(target.events_of(gone.id).await.is_empty());
    assert_eq!(stays.state().await, "revoked");
    // The id is free again, and nothing of the old box is in the new one.
    let (mut body, mut again) = opening(target);
    body["id"] = json!(gone.id);
    again.id = gone.id;
    let opened = target.desk(Method::POST, "/v1/boxes").json(&body).send().await.unwrap();
    assert_eq!(opened.status(), StatusCode::CREATED);
    assert_eq!(again.view().await["notes"], json!([]));
}

pub(crate) async fn an_uncollected_submission_does_not_stay_for_ever(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(CHUNK);
    customer.hand_in(std::slice::from_ref(&part)).await;
    (target.advance)(90 * DAY - 1).await;
    assert_eq!(customer.download(part.id).await, part.bytes);
    (target.advance)(1).await;
    is_over(&customer, "expired").await;
    let kinds = target.events_of(customer.id).await;
    assert_eq!(kinds, [json!({"kind": "sending"}), json!({"kind": "sent"}), json!({"kind": "expired"})]);
}

/// A desk that is gone purges nothing any more; one that calls keeps what it collected.
pub(crate) async fn a_collected_box_goes_after_its_desk(target: &Target) {
    let customer = open(target).await;
    let body = customer.hand_in(&[Part::make(CHUNK)]).await;
    assert_eq!(customer.collected(&body).await.status(), StatusCode::OK);
    (target.advance)(89 * DAY).await;
    assert_eq!(customer.desk_view().await["state"], "collected");
    (target.advance)(90 * DAY - 3601).await;
    assert_eq!(customer.state().await, "collected");
    // From here on the desk is silent, though another one calls.
    assert!(
        target.desk_number(1, Method::GET, "/v1/desk/events").send().await.unwrap().status().is_success()
    );
    (target.advance)(3601).await;
    is_over(&customer, "expired").await;
    (target.advance)(90 * DAY - 1).await;
    assert_eq!(customer.state().await, "expired");
    (target.advance)(1).await;
    is_problem(customer.call(Method::GET, "").send().await.unwrap(), 404, "not-here").await;
}
