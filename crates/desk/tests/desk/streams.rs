//! Where something on the way cuts event streams or holds them back, the desk asks instead, and misses nothing.

use crate::{bed::Bed, elsewhere::Elsewhere};
use desk::{NewsBy, RemoteRelay, Template};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use vault::tables::round::RoundState;

/// What is done to streams.
#[derive(Clone, Copy)]
enum To {
    /// Ended soon after they began, and well.
    Cut,
    /// Kept until they end, which they do not.
    Hold,
}

/// A proxy before a relay, that knows a stream by what it is asked for.
async fn proxy(elsewhere: &Elsewhere, to: To) -> RemoteRelay {
    let relay = elsewhere.origin().trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            let relay = relay.clone();
            tokio::spawn(async move { pass(near, &relay, to).await });
        }
    });
    RemoteRelay { origin, token: Arc::clone(&elsewhere.token) }
}

async fn pass(mut near: TcpStream, relay: &str, to: To) {
    let mut asked = vec![0; 8192];
    let Ok(length) = near.read(&mut asked).await else { return };
    let Ok(mut far) = TcpStream::connect(relay).await else { return };
    if far.write_all(&asked[..length]).await.is_err() {
        return;
    }
    let is_stream = asked[..length].windows(17).any(|text| text == b"text/event-stream");
    match to {
        _ if !is_stream => drop(copy_bidirectional(&mut near, &mut far).await),
        To::Cut => {
            let passed = copy_bidirectional(&mut near, &mut far);
            let _ = tokio::time::timeout(Duration::from_millis(200), passed).await;
        }
        To::Hold => {
            let mut kept = Vec::new();
            let _ = far.read_to_end(&mut kept).await;
        }
    }
}

async fn collected_by(to: To) {
    let elsewhere = Elsewhere::start().await;
    let bed = Bed::with(Some(proxy(&elsewhere, to).await)).await;
    bed.until("asking", || async { bed.desk.relays().await.unwrap()[0].calls.news == NewsBy::Asking }).await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    assert_eq!(bed.state(link.request).await, RoundState::Collected);
    assert!(bed.desk.troubles().is_empty(), "nothing is wrong: {:?}", bed.desk.troubles());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_cuts_streams_is_asked_through() {
    collected_by(To::Cut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_holds_streams_back_is_asked_through() {
    collected_by(To::Hold).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proxy_news_come_by_a_stream() {
    let elsewhere = Elsewhere::start().await;
    let bed = Bed::with(Some(elsewhere.for_desk())).await;
    bed.until("the stream", || async { bed.desk.relays().await.unwrap()[0].calls.news == NewsBy::Stream })
        .await;
    let health = bed.desk.relays().await.unwrap().remove(0);
    assert!(!health.inside);
    assert!(health.calls.connected.is_some() && health.calls.no_answer.is_none());
    elsewhere.switch_off().await;
    bed.until("the loss", || async { bed.desk.relays().await.unwrap()[0].calls.no_answer.is_some() }).await;
    assert!(bed.desk.relays().await.unwrap()[0].calls.connected.is_none());
    elsewhere.switch_on().await;
    bed.until("the return", || async { bed.desk.relays().await.unwrap()[0].calls.connected.is_some() }).await;
}
