//! Chunks.

use super::{
    Target,
    calls::{CHUNK, Part, is_problem, open, random, random_bytes},
};
use futures_util::future::join_all;
use reqwest::{Body, Method, StatusCode};
use serde_json::json;
use wire::PartId;

pub(crate) async fn stores_once(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(CHUNK + 100);
    assert_eq!(customer.send(&part).await, [StatusCode::CREATED; 2]);
    assert_eq!(customer.state().await, "sending");
    assert_eq!(customer.send(&part).await, [StatusCode::OK; 2]);
    is_problem(customer.put(part.id, 0, &random_bytes(CHUNK)).await, 409, "conflict").await;
    is_problem(customer.put(part.id, 1, &[]).await, 409, "conflict").await;
    assert_eq!(customer.send(&part).await, [StatusCode::OK; 2]);
    assert_eq!(target.events_of(customer.id).await, [json!({"kind": "sending"})]);
}

pub(crate) async fn refuses_bad_chunks(target: &Target) {
    let customer = open(target).await;
    let part = PartId::from_bytes(random());
    is_problem(customer.put(part, 0, &[]).await, 400, "bad-request").await;
    is_problem(customer.put(part, 0, &random_bytes(CHUNK + 1)).await, 413, "too-large").await;
    // Without a length, only the bytes tell.
    let pieces = (0..3).map(|_| Ok::<_, std::io::Error>(random_bytes(CHUNK / 2)));
    let streamed = customer
        .call(Method::PUT, &format!("/parts/{part}/0"))
        .body(Body::wrap_stream(futures_util::stream::iter(pieces)));
    is_problem(streamed.send().await.unwrap(), 413, "too-large").await;
    for n in [1538, u32::MAX] {
        is_problem(customer.put(part, n, b"x").await, 413, "too-large").await;
    }
    let text = customer
        .call(Method::PUT, &format!("/parts/{part}/0"))
        .header("content-type", "text/plain")
        .body("x");
    is_problem(text.send().await.unwrap(), 415, "bad-request").await;
    assert_eq!(customer.parts().await, json!({"parts": []}));
    assert_eq!(customer.state().await, "waiting");
    assert!(target.events_of(customer.id).await.is_empty());
}

pub(crate) async fn lists_runs(target: &Target) {
    let customer = open(target).await;
    let part = PartId::from_bytes(random());
    for n in [4, 0, 1, 7, 5] {
        assert_eq!(customer.put(part, n, &random_bytes(10)).await.status(), StatusCode::CREATED);
    }
    assert_eq!(
        customer.parts().await,
        json!({"parts": [{"part": part, "chunks": [[0, 1], [4, 5], [7, 7]]}]})
    );
}

/// The same chunk from many tabs at once: stored by one of them, there for all.
pub(crate) async fn two_tabs_store_one_chunk(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(CHUNK);
    let answers = join_all((0..16).map(|_| customer.put(part.id, 0, &part.bytes))).await;
    let made = answers.iter().filter(|answer| answer.status() == StatusCode::CREATED).count();
    let there = answers.iter().filter(|answer| answer.status() == StatusCode::OK).count();
    assert_eq!((made, there), (1, 15));
    let body = customer.hand_in(std::slice::from_ref(&part)).await;
    assert_eq!(customer.download(part.id).await, part.bytes);
    assert_eq!(customer.collected(&body).await.status(), StatusCode::OK);
}
