//! A caller that hangs up in the middle leaves nothing half done.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod running;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use conformance::{calls::random, enrolment};
use running::start;
use rusqlite::Connection;
use std::{
    future::poll_fn,
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};
use tower::ServiceExt;
use wire::DeskToken;

/// A token that was written down is let in, although whoever brought it is gone before the answer.
#[tokio::test]
async fn an_enrolment_goes_on_without_its_caller() {
    let (target, running) = start().await;
    let router = running.relay.router();
    let database = Connection::open(running.folder.path().join("store/relay.db")).unwrap();
    let written = |token: &DeskToken| {
        let sql = "SELECT count(*) FROM desk WHERE token_hash = ?1";
        database.query_row(sql, [token.hash().as_bytes()], |row| row.get::<_, i64>(0)).unwrap() == 1
    };
    for n in 0..20 {
        let code = enrolment::add(&target, &format!("desk {n}")).await;
        let token = DeskToken::from_bytes(random());
        let body = serde_json::json!({"code": code, "token_hash": token.hash()}).to_string();
        let request = Request::post("/v1/desk/enrol").header("host", "localhost");
        let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
        let mut answered = false;
        {
            let mut call = pin!(router.clone().oneshot(request));
            // One step, then time for it to be written down before the next.
            while !answered && !written(&token) {
                answered = poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready())).await;
                for _ in 0..100 {
                    if written(&token) {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
        if answered {
            continue;
        }
        let begun = Instant::now();
        loop {
            let request = Request::get("/v1/desk").header("host", "localhost");
            let request = request.header("authorization", format!("Bearer {}", *token.to_bearer()));
            let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            if answer.status() == StatusCode::OK {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "written down and not let in");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    panic!("every call was answered before it could be dropped");
}
