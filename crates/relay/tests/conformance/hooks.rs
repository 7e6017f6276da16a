//! Webhooks: passed on raw, bounded, kept until they are fetched.

use super::{
    Target,
    calls::{is_problem, random, random_bytes},
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use wire::HookId;

const DAY: u64 = 86_400;

/// A hook of the first desk.
pub(crate) async fn make(target: &Target) -> HookId {
    let hook = HookId::from_bytes(random());
    let made = target.desk(Method::PUT, &format!("/v1/desk/hooks/{hook}")).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    hook
}

pub(crate) fn post(target: &Target, hook: &str) -> RequestBuilder {
    Client::new().post(target.url(&format!("/hooks/{hook}")))
}

pub(crate) async fn waiting(target: &Target) -> Value {
    target.desk(Method::GET, "/v1/desk/deliveries").send().await.unwrap().json().await.unwrap()
}

async fn done(target: &Target, n: &Value) -> Response {
    target.desk(Method::DELETE, &format!("/v1/desk/deliveries/{n}")).send().await.unwrap()
}

async fn bells(target: &Target, after: u64) -> Vec<Value> {
    let path = format!("/v1/desk/events?after={after}");
    let answer: Value = target.desk(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    let events = answer["events"].as_array().unwrap().iter();
    events.filter(|event| event["kind"] == "delivery").cloned().collect()
}

pub(crate) async fn passes_webhooks_on(target: &Target) {
    let hook = make(target).await;
    let raw = b"{\"ticket_id\": 4821,\r\n \"status\":\"solved\"}\0\xff".to_vec();
    let kept = post(target, &hook.to_string())
        .header("content-type", "application/json; charset=whatever")
        .header("X-Zendesk-Webhook-Signature", "c2lnbmF0dXJl")
        .header("authorization", "Basic c2VjcmV0")
        .header("x-zendesk-webhook-signature-timestamp", "2026-11-22T07:00:00Z")
        .header("x-forwarded-for", "192.0.2.7")
        .header("user-agent", "a helpdesk")
        .header("x-hub-signature", "first")
        .header("x-hub-signature", "second")
        .body(raw.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(kept.status(), StatusCode::ACCEPTED);
    let view = waiting(target).await;
    let delivery = &view["deliveries"][0];
    assert_eq!((&view["dropped"], &delivery["hook"]), (&json!(0), &json!(hook)));
    assert_eq!(delivery["at"], (target.now)());
    assert_eq!(delivery["body"], data_encoding::BASE64.encode(&raw));
    assert_eq!(
        delivery["headers"],
        json!([
            ["x-zendesk-webhook-signature", "c2lnbmF0dXJl"],
            ["x-zendesk-webhook-signature-timestamp", "2026-11-22T07:00:00Z"],
            // Each once.
            ["x-hub-signature", "first"],
        ])
    );
    // It waits until the desk is done with it; then it is gone, however often that is said.
    assert_eq!(waiting(target).await, view);
    let other = target.desk_number(1, Method::GET, "/v1/desk/deliveries").send().await.unwrap();
    assert_eq!(other.json::<Value>().await.unwrap(), json!({"deliveries": [], "dropped": 0}));
    let path = format!("/v1/desk/deliveries/{}", delivery["n"]);
    let of_another = target.desk_number(1, Method::DELETE, &path).send().await.unwrap();
    assert_eq!(of_another.status(), StatusCode::OK);
    assert_eq!(waiting(target).await, view);
    for _ in 0..2 {
        assert_eq!(done(target, &delivery["n"]).await.status(), StatusCode::OK);
        assert_eq!(waiting(target).await, json!({"deliveries": [], "dropped": 0}));
    }
    for bad in ["x", "-1", "01", "99999999999999999999999"] {
        is_problem(done(target, &json!(null)).await, 404, "not-here").await;
        let path = format!("/v1/desk/deliveries/{bad}");
        is_problem(target.desk(Method::DELETE, &path).send().await.unwrap(), 404, "not-here").await;
    }
    // Numbers go on.
    assert_eq!(post(target, &hook.to_string()).send().await.unwrap().status(), StatusCode::ACCEPTED);
    let next = waiting(target).await["deliveries"][0].clone();
    assert!(next["n"].as_u64() > delivery["n"].as_u64());
    assert_eq!((&next["body"], &next["headers"]), (&json!(""), &json!([])));
}

pub(crate) async fn unknown_hooks_hear_404(target: &Target) {
    let (ours, ended) = (make(target).await, make(target).await);
    let path = format!("/v1/desk/hooks/{ended}");
    assert_eq!(post(target, &ended.to_string()).body("kept").send().await.unwrap().status(), 202);
    for _ in 0..2 {
        assert_eq!(target.desk(Method::DELETE, &path).send().await.unwrap().status(), StatusCode::OK);
    }
    let mut answers = Vec::new();
    for hook in [ended.to_string(), "00".repeat(16), "nonsense".into(), ours.to_string().to_uppercase()] {
        let answer = post(target, &hook).header("x-hub-signature", "s").body("{}").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        answers.push(answer.bytes().await.unwrap());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    // What came through a hook before it ended still waits.
    assert_eq!(waiting(target).await["deliveries"].as_array().unwrap().len(), 1);
    let get = Client::new().get(target.url(&format!("/hooks/{ours}"))).send().await.unwrap();
    is_problem(get, 405, "no-such-call").await;
}

pub(crate) async fn hooks_belong_to_a_desk(target: &Target) {
    let hook = make(target).await;
    let path = format!("/v1/desk/hooks/{hook}");
    assert_eq!(target.desk(Method::PUT, &path).send().await.unwrap().status(), StatusCode::OK);
    is_problem(target.desk_number(1, Method::PUT, &path).send().await.unwrap(), 409, "conflict").await;
    let other = target.desk_number(1, Method::DELETE, &path).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    let list = |number: usize| async move {
        let answer = target.desk_number(number, Method::GET, "/v1/desk/hooks").send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    assert_eq!((list(0).await, list(1).await), (json!({"hooks": [hook]}), json!({"hooks": []})));
    for method in [Method::PUT, Method::DELETE] {
        let bad = target.desk(method, "/v1/desk/hooks/nonsense").send().await.unwrap();
        is_problem(bad, 404, "not-here").await;
    }
    for _ in 1..32 {
        make(target).await;
    }
    let one_more = format!("/v1/desk/hooks/{}", HookId::from_bytes(random()));
    is_problem(target.desk(Method::PUT, &one_more).send().await.unwrap(), 429, "too-many").await;
    assert_eq!(target.desk_number(1, Method::PUT, &one_more).send().await.unwrap().status(), 201);
}

/// A bell for every webhook, and never more than one to hear.
pub(crate) async fn a_bell_rings(target: &Target) {
    let hook = make(target).await.to_string();
    assert!(bells(target, 0).await.is_empty());
    post(target, &hook).body("1").send().await.unwrap();
    let first = bells(target, 0).await;
    assert_eq!(first.len(), 1);
    assert!(first[0].get("box").is_none());
    let heard = first[0]["seq"].as_u64().unwrap();
    assert!(bells(target, heard).await.is_empty());
    // Another comes while the first still waits: whoever heard the first hears this one too.
    let listening = target.desk(Method::GET, &format!("/v1/desk/events?after={heard}&wait=20")).send();
    let (_, woken) = tokio::join!(post(target, &hook).body("2").send(), listening);
    let woken: Value = woken.unwrap().json().await.unwrap();
    assert_eq!(woken["events"][0]["kind"], "delivery");
    post(target, &hook).body("3").send().await.unwrap();
    assert_eq!(bells(target, 0).await.len(), 1);
    assert_eq!(waiting(target).await["deliveries"].as_array().unwrap().len(), 3);
    let other = target.desk_number(1, Method::GET, "/v1/desk/events").send().await.unwrap();
    assert_eq!(other.json::<Value>().await.unwrap()["events"], json!([]));
}

pub(crate) async fn webhooks_are_bounded(target: &Target) {
    let hook = make(target).await.to_string();
    let large = random_bytes(256 * 1024);
    let beyond = post(target, &hook).body([large.as_slice(), b"x"].concat()).send().await.unwrap();
    is_problem(beyond, 413, "too-large").await;
    for _ in 0..6 {
        assert_eq!(post(target, &hook).body(large.clone()).send().await.unwrap().status(), 202);
    }
    // An answer holds a megabyte of them; the rest comes next.
    let mut seen = 0;
    while let Some(view) = Some(waiting(target).await).filter(|view| view["deliveries"] != json!([])) {
        let deliveries = view["deliveries"].as_array().unwrap();
        assert_eq!(deliveries.len(), if seen == 0 { 4 } else { 2 });
        seen += deliveries.len();
        for delivery in deliveries {
            assert_eq!(delivery["body"].as_str().unwrap().len(), large.len().div_ceil(3) * 4);
            done(target, &delivery["n"]).await;
        }
    }
    assert_eq!(seen, 6);
    let long = "s".repeat(1025);
    let call = post(target, &hook).header("x-hub-signature", long).header("x-hub-signature-256", "s");
    assert_eq!(call.send().await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(waiting(target).await["deliveries"][0]["headers"], json!([["x-hub-signature-256", "s"]]));
}

/// Headers that sign are kept once each and together in few bytes, and a secret only as its hash.
pub(crate) async fn signing_headers_are_bounded(target: &Target) {
    let hook = make(target).await.to_string();
    let hash = data_encoding::HEXLOWER.encode(&wire::sha256(b"a secret of the helpdesk"));
    let call = post(target, &hook)
        .header("x-cloakroom-secret", "a secret of the helpdesk")
        .header("x-cloakroom-secret-sha256", "00".repeat(32));
    assert_eq!(call.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let view = waiting(target).await;
    assert_eq!(view["deliveries"][0]["headers"], json!([["x-cloakroom-secret-sha256", hash]]));
    done(target, &view["deliveries"][0]["n"]).await;
    let mut call = post(target, &hook);
    for name in wire::api::SIGNING_HEADERS {
        for _ in 0..5 {
            call = call.header(name, "s".repeat(100));
        }
    }
    assert_eq!(call.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let mut call = post(target, &hook);
    for name in wire::api::SIGNING_HEADERS {
        call = call.header(name, "s".repeat(1000));
    }
    assert_eq!(call.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let view = waiting(target).await;
    let headers = |n: usize| view["deliveries"][n]["headers"].as_array().unwrap();
    assert_eq!(headers(0).len(), wire::api::SIGNING_HEADERS.len());
    assert!((3..=4).contains(&headers(1).len()));
}

/// What nobody fetches for a week is dropped, and the desk hears how many.
pub(crate) async fn unfetched_webhooks_are_dropped(target: &Target) {
    let hook = make(target).await.to_string();
    for body in ["1", "2"] {
        post(target, &hook).body(body).send().await.unwrap();
    }
    (target.advance)(DAY).await;
    post(target, &hook).body("3").send().await.unwrap();
    (target.advance)(6 * DAY - 1).await;
    assert_eq!(waiting(target).await["deliveries"].as_array().unwrap().len(), 3);
    (target.advance)(1).await;
    let view = waiting(target).await;
    assert_eq!(view["dropped"], 2);
    assert_eq!(view["deliveries"][0]["body"], data_encoding::BASE64.encode(b"3"));
    assert_eq!(waiting(target).await["dropped"], 0);
}
