//! A relay's `Date` is a source of time, over TLS and nowhere else (FORMATS §9).

use crate::{
    bed::{Bed, config},
    clock::{DAY, START},
    elsewhere::Elsewhere,
};
use desk::{Answer, Call, Clock, Desk, HttpTransport, NoAnswer, RemoteRelay, Template, Transport};
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex};
use vault::tables::round::RoundState;

/// Leads every call to one relay, whatever its address says, and dates the answers.
struct Dated {
    inner: HttpTransport,
    to: Arc<str>,
    date: Arc<Mutex<u64>>,
}

impl Transport for Dated {
    fn call(&self, mut call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        call.origin = Arc::clone(&self.to);
        let (answer, date) = (self.inner.call(call), Arc::clone(&self.date));
        Box::pin(async move {
            let mut answer = answer.await?;
            let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(*date.lock().unwrap());
            answer.headers.insert("date", httpdate::fmt_http_date(date).parse().unwrap());
            Ok(answer)
        })
    }
}

/// A desk that was off for a year and comes back with a clock that says so: does it believe that?
async fn believes(origin: &str, relay_says: u64) -> bool {
    let elsewhere = Elsewhere::start().await;
    let bed = Bed::with(Some(elsewhere.for_desk())).await;
    let (link, _) = bed.ask("#1", Template::IdDocument).await;
    let Bed { desk, person, hands, folder } = bed;
    desk.close().await;
    hands.set_wall(START + 365 * DAY);
    let mut back = config(folder.path(), &hands);
    let origin = if origin.is_empty() { elsewhere.origin() } else { origin.to_owned() };
    back.relay = Some(RemoteRelay { origin, token: Arc::clone(&elsewhere.token) });
    back.transport = Arc::new(Dated {
        inner: HttpTransport::new(),
        to: elsewhere.origin().into(),
        date: Arc::new(Mutex::new(relay_says)),
    });
    let desk = Desk::open(back).await.unwrap();
    let bed = Bed { desk, person, hands, folder };
    bed.until("an answer", || async { bed.desk.relays().await.unwrap()[0].calls.heard.is_some() }).await;
    let far_apart = relay_says.abs_diff(bed.hands.wall()) > 300;
    let shown = bed.desk.troubles().iter().any(|trouble| trouble.about == "clock");
    assert_eq!(shown, far_apart, "{:?}", bed.desk.troubles());
    let believed = bed.desk.now() >= START + 365 * DAY;
    assert_eq!(believed, bed.desk.clock_jump().is_none());
    if believed {
        bed.until("what is due", || async { bed.state(link.request).await != RoundState::Waiting }).await;
    }
    believed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_agrees_over_tls_is_believed() {
    assert!(believes("https://relay.test", START + 365 * DAY + 7).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tls_it_is_not() {
    assert!(!believes("", START + 365 * DAY + 7).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_disagrees_with_the_clock_is_not_and_that_is_said() {
    assert!(!believes("https://relay.test", START).await);
}
