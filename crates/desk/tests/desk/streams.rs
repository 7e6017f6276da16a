//! Where something on the way cuts event streams or holds them back, the desk asks instead, and misses nothing.

use crate::{bed::Bed, elsewhere::Elsewhere};
use desk::{NewsBy, RemoteRelay, Template};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
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

/// Connections are kept: any call on one may be the stream.
async fn pass(near: TcpStream, relay: &str, to: To) {
    let Ok(far) = TcpStream::connect(relay).await else { return };
    let ((mut near_out, mut near_in), (mut far_out, mut far_in)) = (near.into_split(), far.into_split());
    let (mut up, mut down) = (vec![0; 16_384], vec![0; 16_384]);
    let mut cut_at = None;
    loop {
        let (holds, cuts) = (cut_at.is_some() && matches!(to, To::Hold), matches!(to, To::Cut));
        let passed = tokio::select! {
            read = near_out.read(&mut up) => match read {
                Ok(length) if length > 0 => {
                    let asked = &up[..length];
                    if asked.windows(17).any(|text| text == b"text/event-stream") {
                        cut_at = Some(tokio::time::Instant::now() + Duration::from_millis(200));
                    }
                    far_in.write_all(asked).await
                }
                _ => return,
            },
            read = far_out.read(&mut down), if !holds => match read {
                Ok(length) if length > 0 => near_in.write_all(&down[..length]).await,
                _ => return,
            },
            () = tokio::time::sleep_until(cut_at.unwrap_or_else(tokio::time::Instant::now)), if cuts && cut_at.is_some() => {
                return;
            }
        };
        if passed.is_err() {
            return;
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
