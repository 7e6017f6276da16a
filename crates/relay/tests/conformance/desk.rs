//! The desk's calls.

use super::{
    Target,
    calls::{CHUNK, Part, is_problem, open, random_bytes},
};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// Every call of a desk.
fn calls(id: &str) -> Vec<(Method, String)> {
    let part = "0f".repeat(16);
    vec![
        (Method::POST, "/v1/boxes".to_owned()),
        (Method::GET, "/v1/desk/events".to_owned()),
        (Method::GET, "/v1/desk".to_owned()),
        (Method::GET, "/v1/desk/hooks".to_owned()),
        (Method::PUT, format!("/v1/desk/hooks/{part}")),
        (Method::DELETE, format!("/v1/desk/hooks/{part}")),
        (Method::GET, "/v1/desk/deliveries".to_owned()),
        (Method::DELETE, "/v1/desk/deliveries/1".to_owned()),
        (Method::GET, format!("/v1/desk/boxes/{id}")),
        (Method::GET, format!("/v1/desk/boxes/{id}/parts/{part}")),
        (Method::POST, format!("/v1/desk/boxes/{id}/collected")),
        (Method::PUT, format!("/v1/desk/boxes/{id}/notes/0")),
        (Method::GET, format!("/v1/desk/boxes/{id}/shares/identity")),
        (Method::PUT, format!("/v1/desk/boxes/{id}/shares/identity")),
        (Method::DELETE, format!("/v1/desk/boxes/{id}/shares/identity")),
        (Method::DELETE, format!("/v1/desk/boxes/{id}?as=purged")),
    ]
}

/// The body that a call takes.
fn with_body(call: RequestBuilder, path: &str, collected: &Value) -> RequestBuilder {
    if path.ends_with("collected") {
        call.json(collected)
    } else if path.contains("/shares/") {
        call.json(&json!({"term": 1}))
    } else {
        call.body("note")
    }
}

pub(crate) async fn strangers_hear_401(target: &Target) {
    let customer = open(target).await;
    let mut bodies = Vec::new();
    for (method, path) in calls(&customer.id.to_string()) {
        for authorization in [
            None,
            Some("Bearer".to_owned()),
            Some(format!("Bearer {}", "00".repeat(32))),
            Some(format!("Bearer {}", customer.token)),
            Some(format!("Bearer {}", &target.desks[0][1..])),
            Some(format!("Basic {}", target.desks[0])),
        ] {
            let mut call = Client::new().request(method.clone(), target.url(&path)).body("{}");
            if let Some(authorization) = authorization {
                call = call.header("authorization", authorization);
            }
            let answer = call.send().await.unwrap();
            assert_eq!(answer.headers()["www-authenticate"], "Bearer");
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
            bodies.push(answer.bytes().await.unwrap());
        }
        let twice = Client::new()
            .request(method, target.url(&path))
            .bearer_auth(&target.desks[0])
            .header("authorization", format!("Bearer {}", target.desks[0]));
        bodies.push(twice.send().await.unwrap().bytes().await.unwrap());
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(customer.state().await, "waiting");
}

pub(crate) async fn other_desks_hear_404(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(100);
    let body = customer.hand_in(std::slice::from_ref(&part)).await;
    let record = wire::SubmitBody::parse(&body).unwrap().record.hash();
    let collected = json!({"record": data_encoding::HEXLOWER.encode(&record)});
    for (method, path) in calls(&customer.id.to_string()).into_iter().skip(8) {
        let path = path.replace(&"0f".repeat(16), &part.id.to_string());
        let call = target.desk_number(1, method, &path);
        is_problem(with_body(call, &path, &collected).send().await.unwrap(), 404, "not-here").await;
    }
    for unknown in ["00".repeat(16), "nonsense".to_owned()] {
        for (method, path) in calls(&unknown).into_iter().skip(8) {
            let call = target.desk(method, &path);
            is_problem(with_body(call, &path, &collected).send().await.unwrap(), 404, "not-here").await;
        }
    }
    let events = target.desk_number(1, Method::GET, "/v1/desk/events").send().await.unwrap();
    assert_eq!(events.json::<serde_json::Value>().await.unwrap(), json!({"events": [], "next": 0}));
    assert_eq!(customer.download(part.id).await, part.bytes);
}

pub(crate) async fn collects(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(CHUNK + 1);
    customer.send(&part).await;
    let body = customer.body(std::slice::from_ref(&part));
    let path = customer.desk_path(&format!("/parts/{}", part.id));
    is_problem(customer.collected(&body).await, 409, "conflict").await;
    is_problem(target.desk(Method::GET, &path).send().await.unwrap(), 404, "not-here").await;
    assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);

    is_problem(customer.collected(&customer.body(std::slice::from_ref(&part))).await, 409, "conflict").await;
    for bad in [json!({"record": "00"}), json!({}), json!({"record": "00".repeat(32), "more": 1})] {
        let call = target.desk(Method::POST, &customer.desk_path("/collected")).json(&bad);
        is_problem(call.send().await.unwrap(), 400, "bad-request").await;
    }
    assert_eq!(customer.download(part.id).await, part.bytes);

    for _ in 0..2 {
        assert_eq!(customer.collected(&body).await.status(), StatusCode::OK);
        assert_eq!(customer.state().await, "collected");
        is_problem(target.desk(Method::GET, &path).send().await.unwrap(), 410, "ended").await;
    }
    is_problem(customer.collected(&customer.body(std::slice::from_ref(&part))).await, 409, "conflict").await;
    assert_eq!(customer.parts().await, json!({"parts": []}));
    assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);
    is_problem(customer.submit(&customer.body(std::slice::from_ref(&part))).await, 409, "already-sent").await;
    is_problem(customer.put(part.id, 0, &part.bytes[..CHUNK]).await, 409, "already-sent").await;
    assert_eq!(customer.end("purged").await.status(), StatusCode::OK);
    assert_eq!(customer.state().await, "purged");
}

pub(crate) async fn ranges(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(3 * CHUNK + 123);
    customer.hand_in(std::slice::from_ref(&part)).await;
    let path = customer.desk_path(&format!("/parts/{}", part.id));
    let total = part.bytes.len();
    for (first, last) in [(0, 0), (0, total - 1), (CHUNK - 1, CHUNK), (5, 3 * CHUNK), (total - 1, total - 1)]
    {
        let call = target.desk(Method::GET, &path).header("range", format!("bytes={first}-{last}"));
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(answer.headers()["content-range"], format!("bytes {first}-{last}/{total}"));
        assert_eq!(answer.headers()["content-length"], (last - first + 1).to_string());
        assert_eq!(answer.bytes().await.unwrap(), part.bytes[first..=last]);
    }
    let rest = target
        .desk(Method::GET, &path)
        .header("range", format!("bytes={}-", CHUNK + 7))
        .send()
        .await
        .unwrap();
    assert_eq!(rest.bytes().await.unwrap(), part.bytes[CHUNK + 7..]);
    let tail = target.desk(Method::GET, &path).header("range", "bytes=-130").send().await.unwrap();
    assert_eq!(tail.bytes().await.unwrap(), part.bytes[total - 130..]);
    let outside =
        target.desk(Method::GET, &path).header("range", format!("bytes={total}-")).send().await.unwrap();
    assert_eq!(outside.headers()["content-range"], format!("bytes */{total}"));
    is_problem(outside, 416, "bad-request").await;
    let whole = target.desk(Method::GET, &path).send().await.unwrap();
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    assert_eq!(whole.headers()["content-length"], total.to_string());
    assert_eq!(whole.bytes().await.unwrap(), part.bytes);
    let head = target.desk(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], total.to_string());
}

pub(crate) async fn notes_in_order(target: &Target) {
    let customer = open(target).await;
    let put = |seq: &str, note: Vec<u8>| {
        target.desk(Method::PUT, &customer.desk_path(&format!("/notes/{seq}"))).body(note).send()
    };
    is_problem(put("1", b"gap".to_vec()).await.unwrap(), 409, "conflict").await;
    let notes: Vec<Vec<u8>> = (0..3).map(|_| random_bytes(1053)).collect();
    for (seq, note) in notes.iter().enumerate() {
        assert_eq!(put(&seq.to_string(), note.clone()).await.unwrap().status(), StatusCode::CREATED);
        assert_eq!(put(&seq.to_string(), note.clone()).await.unwrap().status(), StatusCode::OK);
        is_problem(put(&seq.to_string(), b"other".to_vec()).await.unwrap(), 409, "conflict").await;
    }
    is_problem(put("3", Vec::new()).await.unwrap(), 400, "bad-request").await;
    is_problem(put("3", random_bytes(4097)).await.unwrap(), 413, "too-large").await;
    is_problem(put("x", b"note".to_vec()).await.unwrap(), 404, "not-here").await;
    assert_eq!(put("3", random_bytes(4096)).await.unwrap().status(), StatusCode::CREATED);
    let view = customer.view().await;
    for (seq, note) in notes.iter().enumerate() {
        assert_eq!(view["notes"][seq], json!({"seq": seq, "note": data_encoding::BASE64.encode(note)}));
    }
    assert_eq!(customer.desk_view().await["notes"], 4);
    assert_eq!(customer.desk_view().await["chunk_size"], CHUNK);
}
