//! A relay that asks for fewer calls, or cannot answer: it is left alone for as long as it says, and then all goes on.

use crate::{bed::Bed, elsewhere::Elsewhere};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
use desk::{Answer, Ask, Call, DeskError, HttpTransport, NoAnswer, RelayError, Template, Transport};
use futures_util::{StreamExt, future::BoxFuture};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering::SeqCst},
};
use vault::tables::round::RoundState;

/// What a relay's rate limit, or the proxy before it, answers in its place.
#[derive(Default)]
struct Limit {
    http: HttpTransport,
    says: Mutex<Option<(StatusCode, &'static str)>>,
    calls: AtomicU32,
}

impl Limit {
    fn says(&self, status: StatusCode, wait: &'static str) {
        *self.says.lock().unwrap() = Some((status, wait));
    }
}

impl Transport for Limit {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let Some((status, wait)) = *self.says.lock().unwrap() else { return self.http.call(call) };
        self.calls.fetch_add(1, SeqCst);
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(wait))]);
        let body = futures_util::stream::empty().boxed();
        Box::pin(std::future::ready(Ok(Answer { status, headers, body })))
    }
}

async fn bed() -> (Elsewhere, Arc<Limit>, Bed) {
    let (elsewhere, limit) = (Elsewhere::start().await, Arc::new(Limit::default()));
    let bed = Bed::by(Some(elsewhere.for_desk()), Arc::clone(&limit) as Arc<dyn Transport>).await;
    (elsewhere, limit, bed)
}

async fn why(bed: &Bed) -> Option<NoAnswer> {
    bed.desk.relays().await.unwrap()[0].calls.no_answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_asks_for_a_pause_is_not_called_in_it_whatever_anybody_does() {
    let (_elsewhere, limit, bed) = bed().await;
    let ask = |ticket: &str| Ask {
        ticket: ticket.into(),
        template: Template::IdDocument,
        client: String::new(),
        until: None,
    };
    bed.desk.ask(&ask("#1")).await.unwrap();
    limit.says(StatusCode::TOO_MANY_REQUESTS, "3600");
    for n in 0..30 {
        let refused = bed.desk.ask(&ask(&format!("#{}", n + 2))).await.err().unwrap();
        assert!(
            matches!(refused, DeskError::Relay(RelayError::Unreachable(NoAnswer::TooOften))),
            "{refused}"
        );
    }
    assert_eq!(why(&bed).await, Some(NoAnswer::TooOften));
    let words = why(&bed).await.unwrap().to_string();
    assert!(words.contains("asks for fewer calls") && words.contains("nothing was lost"), "{words}");
    // Those that were made at the very same time, by the tasks of this one line, and none after.
    let calls = limit.calls.load(SeqCst);
    assert!((1..=5).contains(&calls), "{calls}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_pause_everything_goes_on_by_itself() {
    for (status, said) in [
        (StatusCode::TOO_MANY_REQUESTS, NoAnswer::TooOften),
        (StatusCode::SERVICE_UNAVAILABLE, NoAnswer::Busy),
    ] {
        let (_elsewhere, limit, bed) = bed().await;
        let (link, _) = bed.collected("#1", Template::IdDocument).await;
        limit.says(status, "1");
        let erased = bed.desk.erase_now(link.request).await.unwrap()[0];
        bed.until("the pause", || async { why(&bed).await == Some(said) }).await;
        assert!(bed.desk.certificate(erased).await.is_err(), "the relay heard nothing yet");
        bed.until_state(link.request, RoundState::Purged).await;
        *limit.says.lock().unwrap() = None;
        bed.desk.wait_certified(erased).await.unwrap();
        bed.until("the answer", || async { why(&bed).await.is_none() }).await;
        bed.collected("#2", Template::IdDocument).await;
    }
}
