//! Time: one wrong step of the machine's clock neither ends what is promised nor serves what is over.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod running;

use conformance::{
    calls::{Part, is_problem, open},
    shares::{ask, deposit, open_with},
};
use relay::{Config, Swept};
use reqwest::{Method, StatusCode};
use running::{HandClock, Running, START};
use std::sync::Arc;

const DAY: u64 = 86_400;

/// A year ahead: nothing is destroyed and no link ends until it has stood for an hour. What may be over is not handed
/// out meanwhile.
#[tokio::test]
async fn a_clock_set_ahead_destroys_nothing_for_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(HandClock::default());
    let (target, running) = running::start_by(Arc::clone(&clock), Config::new(folder.path()), folder).await;
    let share = deposit(&target, "identity");
    let (sent, waiting) = (open_with(&target, std::slice::from_ref(&share)).await, open(&target).await);
    let part = Part::make(100);
    let body = sent.hand_in(std::slice::from_ref(&part)).await;
    let is_kept = || async {
        let kept: serde_json::Value = ask(&sent, Method::GET, "identity").await.json().await.unwrap();
        assert_eq!(kept["share"], share["share"]);
    };
    for _ in 0..2 {
        clock.set(365 * DAY as i64);
        assert_eq!(running.relay.sweep().await.unwrap(), Swept::default());
        is_problem(ask(&sent, Method::GET, "identity").await, 503, "unavailable").await;
        assert!(waiting.send(&part).await[0].is_success());
        assert_eq!(sent.download(part.id).await, part.bytes);
        clock.pass(3_000);
        assert_eq!(running.relay.sweep().await.unwrap(), Swept::default());
        // Set right.
        clock.set(-(365 * DAY as i64));
        is_kept().await;
        assert_eq!(running.relay.sweep().await.unwrap(), Swept::default());
    }
    assert_eq!(sent.collected(&body).await.status(), StatusCode::OK);
    clock.set(365 * DAY as i64);
    assert_eq!(running.relay.sweep().await.unwrap(), Swept::default());
    clock.pass(3_600);
    let swept = running.relay.sweep().await.unwrap();
    // And the collected box, of a desk not heard of for a year.
    assert_eq!((swept.shares, swept.expired), (1, 2));
    is_problem(ask(&sent, Method::GET, "identity").await, 410, "ended").await;
}

/// A clock that lost a month while the machine was off: the relay goes on from the highest time it knew.
#[tokio::test]
async fn a_clock_set_back_serves_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(folder.path().join("store"));
    let (target, running) = running::start_with(config.clone(), folder).await;
    let mut share = deposit(&target, "identity");
    share["term"] = (START + DAY).into();
    let customer = open_with(&target, std::slice::from_ref(&share)).await;
    let body = customer.hand_in(&[Part::make(100)]).await;
    assert_eq!(customer.collected(&body).await.status(), StatusCode::OK);
    (target.advance)(DAY - 100).await;
    let path = customer.desk_path("/shares/identity");
    let Running { folder, relay, stop, served } = running;
    stop.send(()).unwrap();
    served.await.unwrap();
    drop((relay, target, customer));
    let clock = Arc::new(HandClock::default());
    clock.set(-(30 * DAY as i64));
    let (target, running) = running::start_by(Arc::clone(&clock), config, folder).await;
    let ask = || target.desk(Method::GET, &path).send();
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
    clock.pass(100);
    is_problem(ask().await.unwrap(), 410, "ended").await;
    assert_eq!(running.relay.sweep().await.unwrap().shares, 1);
}
