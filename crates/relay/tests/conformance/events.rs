//! Events and words.

use super::{
    Target,
    calls::{Part, is_problem, open, random_bytes},
};
use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn poll(target: &Target, query: &str) -> Value {
    let answer = target.desk(Method::GET, &format!("/v1/desk/events{query}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

pub(crate) async fn polls(target: &Target) {
    assert_eq!(poll(target, "").await, json!({"events": [], "next": 0}));
    let (one, two) = (open(target).await, open(target).await);
    one.send(&Part::make(10)).await;
    two.hand_in(&[Part::make(10)]).await;
    let all = poll(target, "").await;
    let events = all["events"].as_array().unwrap();
    let kinds: Vec<_> = events.iter().map(|event| (event["kind"].clone(), event["box"].clone())).collect();
    assert_eq!(
        kinds,
        [
            (json!("sending"), json!(one.id)),
            (json!("sending"), json!(two.id)),
            (json!("sent"), json!(two.id)),
        ]
    );
    let seqs: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|one, two| one < two));
    assert_eq!(all["next"], seqs[2]);
    assert_eq!(poll(target, &format!("?after={}", seqs[1])).await["events"], json!([events[2]]));
    assert_eq!(poll(target, &format!("?after={}", seqs[2])).await, json!({"events": [], "next": seqs[2]}));
    // Asked again from the start, everything is told again.
    assert_eq!(poll(target, "?after=0").await, all);
    let bad = target.desk(Method::GET, "/v1/desk/events?after=x").send().await.unwrap();
    is_problem(bad, 400, "bad-request").await;
}

/// A poll that waits answers when something happens, and not much later than its time when nothing does.
pub(crate) async fn a_poll_waits(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(10);
    let (waited, _) = tokio::join!(poll(target, "?after=0&wait=25"), async {
        // The poll is on its way when this request is; whichever comes first, the event is told.
        customer.send(&part).await
    });
    assert_eq!(waited["events"][0]["kind"], "sending");
    let begun = Instant::now();
    let next = waited["next"].as_u64().unwrap();
    assert_eq!(poll(target, &format!("?after={next}&wait=1")).await, json!({"events": [], "next": next}));
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

pub(crate) async fn streams_resume(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(10);
    let stream = |last: Option<String>| async move {
        let mut call = target.desk(Method::GET, "/v1/desk/events").header("accept", "text/event-stream");
        if let Some(last) = last {
            call = call.header("last-event-id", last);
        }
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        answer.bytes_stream().eventsource()
    };
    let mut first = stream(None).await;
    customer.send(&part).await;
    let sending = first.next().await.unwrap().unwrap();
    assert_eq!(sending.event, "sending");
    let data: Value = serde_json::from_str(&sending.data).unwrap();
    assert_eq!(
        data,
        json!({"seq": sending.id.parse::<u64>().unwrap(), "kind": "sending", "box": customer.id})
    );
    drop(first);
    // What happens while nobody listens is told to whoever resumes.
    let body = customer.body(std::slice::from_ref(&part));
    assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);
    let mut second = stream(Some(sending.id.clone())).await;
    let sent = second.next().await.unwrap().unwrap();
    assert_eq!(sent.event, "sent");
    assert!(sent.id.parse::<u64>().unwrap() > sending.id.parse().unwrap());
    let word = customer.call(Method::POST, "/words").body("live").send().await.unwrap();
    assert_eq!(word.status(), StatusCode::ACCEPTED);
    let said = second.next().await.unwrap().unwrap();
    assert_eq!(said.event, "word");
    assert_eq!(
        serde_json::from_str::<Value>(&said.data).unwrap()["word"],
        data_encoding::BASE64.encode(b"live")
    );
    let bad = target.desk(Method::GET, "/v1/desk/events").header("accept", "text/event-stream");
    is_problem(bad.header("last-event-id", "x").send().await.unwrap(), 400, "bad-request").await;
}

pub(crate) async fn words(target: &Target) {
    let customer = open(target).await;
    let say = |word: Vec<u8>| customer.call(Method::POST, "/words").body(word).send();
    let (one, two) = (random_bytes(100), random_bytes(1024));
    for word in [&one, &two, &one, &one] {
        assert_eq!(say(word.clone()).await.unwrap().status(), StatusCode::ACCEPTED);
    }
    is_problem(say(Vec::new()).await.unwrap(), 400, "bad-request").await;
    is_problem(say(random_bytes(1025)).await.unwrap(), 413, "too-large").await;
    let word = |bytes: &[u8]| json!({"kind": "word", "word": data_encoding::BASE64.encode(bytes)});
    assert_eq!(target.events_of(customer.id).await, [word(&one), word(&two)]);
    // A word changes nothing else: the desk judges it.
    assert_eq!(customer.state().await, "waiting");
}

pub(crate) async fn words_are_bounded(target: &Target) {
    let customer = open(target).await;
    let say = |word: String| customer.call(Method::POST, "/words").body(word).send();
    for n in 0..64 {
        assert_eq!(say(n.to_string()).await.unwrap().status(), StatusCode::ACCEPTED);
    }
    is_problem(say("64".to_owned()).await.unwrap(), 429, "too-many").await;
    assert_eq!(say("63".to_owned()).await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(target.events_of(customer.id).await.len(), 64);
}

/// A desk that has seen more than there is speaks of another store: this one tells it everything.
pub(crate) async fn a_replaced_store_tells_all(target: &Target) {
    let customer = open(target).await;
    customer.send(&Part::make(10)).await;
    let told = poll(target, "?after=1000000").await;
    assert_eq!(told["events"][0]["box"], json!(customer.id));
    assert_eq!(told["next"], told["events"][0]["seq"]);
}
