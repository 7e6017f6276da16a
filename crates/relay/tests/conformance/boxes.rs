//! Opening a box and looking into it.

use super::{
    Target,
    calls::{CHUNK, Customer, LIMIT, is_problem, open, opening, random_bytes},
};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

pub(crate) async fn opens_once(target: &Target) {
    let (body, customer) = opening(target);
    let post = |body: &Value| target.desk(Method::POST, "/v1/boxes").json(body).send();
    let first = post(&body).await.unwrap();
    assert_eq!(first.status(), StatusCode::CREATED);
    let expected = json!({"id": customer.id, "expires": customer.expires, "chunk_size": CHUNK});
    assert_eq!(first.json::<Value>().await.unwrap(), expected);

    let again = post(&body).await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>().await.unwrap(), expected);

    for (field, other) in [
        ("request", json!(data_encoding::BASE64.encode(&random_bytes(4125)))),
        ("token_hash", json!("11".repeat(32))),
        ("expires", json!(customer.expires + 1)),
        ("limits", json!({"bytes": LIMIT + 1, "parts": 20})),
        ("limits", json!({"bytes": LIMIT, "parts": 19})),
        ("chunk_size", json!(2 * CHUNK)),
    ] {
        let mut changed = body.clone();
        changed[field] = other;
        is_problem(post(&changed).await.unwrap(), 409, "conflict").await;
    }
    let of_another = target.desk_number(1, Method::POST, "/v1/boxes").json(&body).send().await.unwrap();
    is_problem(of_another, 409, "conflict").await;
    assert_eq!(customer.view().await["request"], body["request"]);
}

pub(crate) async fn refuses_bad_openings(target: &Target) {
    let now = (target.now)();
    let post = |body: Value| target.desk(Method::POST, "/v1/boxes").json(&body).send();
    for (field, bad) in [
        ("id", json!("xyz")),
        ("id", json!("AB".repeat(16))),
        ("token_hash", json!("00")),
        ("request", json!("")),
        ("request", json!("not base64!")),
        ("expires", json!(now)),
        ("expires", json!(now + 91 * 86_400)),
        ("expires", json!(u64::MAX)),
        ("expires", json!(-1)),
        ("limits", json!({"bytes": 0, "parts": 1})),
        ("limits", json!({"bytes": u64::MAX, "parts": 1})),
        ("limits", json!({"bytes": 1, "parts": 0})),
        ("limits", json!({"bytes": 1, "parts": 21})),
        ("limits", json!({"bytes": 1, "parts": 1, "more": 1})),
        ("chunk_size", json!(CHUNK - 1)),
        ("chunk_size", json!(4 * 1024 * 1024 + 1)),
        ("surprise", json!(true)),
    ] {
        let (mut body, customer) = opening(target);
        body[field] = bad;
        is_problem(post(body).await.unwrap(), 400, "bad-request").await;
        nothing_here(&customer).await;
    }
    for (length, allowed) in [(64 * 1024, true), (64 * 1024 + 1, false), (300 * 1024, false)] {
        let (mut body, customer) = opening(target);
        body["request"] = json!(data_encoding::BASE64.encode(&random_bytes(length)));
        let answer = post(body).await.unwrap();
        if allowed {
            assert_eq!(answer.status(), StatusCode::CREATED);
        } else {
            is_problem(answer, 413, "too-large").await;
            nothing_here(&customer).await;
        }
    }
    let (body, customer) = opening(target);
    let plain = target.desk(Method::POST, "/v1/boxes").body(body.to_string()).send().await.unwrap();
    is_problem(plain, 415, "bad-request").await;
    let broken =
        target.desk(Method::POST, "/v1/boxes").header("content-type", "application/json").body("{\"id\":");
    is_problem(broken.send().await.unwrap(), 400, "bad-request").await;
    nothing_here(&customer).await;
}

async fn nothing_here(customer: &Customer) {
    is_problem(customer.call(Method::GET, "").send().await.unwrap(), 404, "not-here").await;
}

pub(crate) async fn shows_the_box(target: &Target) {
    let customer = open(target).await;
    assert_eq!(
        customer.view().await,
        json!({
            "request": data_encoding::BASE64.encode(&customer.request),
            "state": "waiting",
            "notes": [],
            "chunk_size": CHUNK,
            "expires": customer.expires,
            "limits": {"bytes": LIMIT, "parts": 20},
        })
    );
    let get = customer.call(Method::GET, "").send().await.unwrap();
    let length = get.headers()["content-length"].clone();
    assert_eq!(get.json::<Value>().await.unwrap()["now"], (target.now)());
    let head = customer.call(Method::HEAD, "").send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.headers()["content-length"], length);
    assert!(head.bytes().await.unwrap().is_empty());
}

/// Unknown box, wrong token, malformed id: byte for byte the same, on every call a customer can make.
pub(crate) async fn one_answer_for_strangers(target: &Target) {
    let customer = open(target).await;
    let other = open(target).await;
    let id = customer.id.to_string();
    let right = format!("Bearer {}", customer.token);
    let mut answers = Vec::new();
    let part = "0f".repeat(16);
    for (method, rest) in [
        (Method::GET, String::new()),
        (Method::GET, "/parts".to_owned()),
        (Method::PUT, format!("/parts/{part}/0")),
        (Method::POST, "/submit".to_owned()),
        (Method::POST, "/words".to_owned()),
    ] {
        for (id, authorization) in [
            ("00".repeat(16), Some(right.clone())),
            ("00".repeat(16), None),
            (id.clone(), None),
            (id.clone(), Some(format!("Bearer {}", other.token))),
            (id.clone(), Some(format!("Bearer {}", customer.token.to_uppercase()))),
            (id.clone(), Some("Bearer".to_owned())),
            (id.clone(), Some("Bearer 0".to_owned())),
            (id.clone(), Some(format!("Basic {}", customer.token))),
            (id.clone(), Some(format!("Bearer {}", target.desks[0]))),
            (id.to_uppercase(), Some(right.clone())),
            (id[1..].to_owned(), Some(right.clone())),
            ("%ff%fe".to_owned(), Some(right.clone())),
            ("'; DROP TABLE box".replace(' ', "%20"), Some(right.clone())),
        ] {
            let url = target.url(&format!("/v1/boxes/{id}{rest}"));
            let mut call = Client::new().request(method.clone(), url).body("x");
            if let Some(authorization) = authorization {
                call = call.header("authorization", authorization);
            }
            answers.push(call.send().await.unwrap());
        }
    }
    for (path, n) in [("zz", "0"), (part.as_str(), "-1"), (part.as_str(), "+1"), (part.as_str(), "01")] {
        answers
            .push(customer.call(Method::PUT, &format!("/parts/{path}/{n}")).body("x").send().await.unwrap());
    }
    let mut bodies = Vec::new();
    for answer in answers {
        let mut headers: Vec<String> = answer
            .headers()
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        bodies.push((answer.status().as_u16(), headers, answer.bytes().await.unwrap()));
    }
    assert_eq!(bodies[0].0, 404);
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(customer.state().await, "waiting");
}
