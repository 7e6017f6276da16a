//! Calls that meet something on their way: a sign-in page that answers for the relay, a download that is overtaken.

use crate::{bed::Bed, liar::Lying};
use axum::http::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};
use bytes::Bytes;
use desk::{Answer, Call, HttpTransport, NoAnswer, Template, Transport};
use futures_util::{StreamExt, future::BoxFuture};
use seal::{note::Says, word::WordKind};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, Ordering::SeqCst},
};
use tokio::sync::Semaphore;
use vault::tables::round::RoundState;
use wire::api::BoxState;

fn is_part(call: &Call) -> bool {
    call.path.starts_with("/v1/desk/boxes/") && call.path.contains("/parts/")
}

/// A sign-in page answers with 200: for parts, for all else that is told or fetched, or for nothing.
struct SignIn {
    http: HttpTransport,
    answers: AtomicU8,
}

const NOTHING: u8 = 0;
const PARTS: u8 = 1;
const REST: u8 = 2;

impl Transport for SignIn {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let here = match self.answers.load(SeqCst) {
            PARTS => is_part(&call),
            REST => !is_part(&call) && call.method != "GET",
            _ => false,
        };
        if !here {
            return self.http.call(call);
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        let page = Bytes::from("<!doctype html><p>Please accept our terms of use.</p>".repeat(2_000));
        let body = futures_util::stream::once(std::future::ready(Ok(page))).boxed();
        Box::pin(std::future::ready(Ok(Answer { status: StatusCode::OK, headers, body })))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_page_that_says_200_collects_erases_and_confirms_nothing() {
    let lying = Lying::new().await;
    let way = Arc::new(SignIn { http: HttpTransport::new(), answers: AtomicU8::new(PARTS) });
    let bed = Bed::by(Some(lying.relay.clone()), Arc::clone(&way) as Arc<dyn Transport>).await;
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    customer.send_everything().await;
    let trouble = |about: &'static str| {
        let desk = bed.desk.clone();
        async move { desk.troubles().iter().any(|trouble| trouble.about == about) }
    };
    bed.until("the trouble", || trouble("collect")).await;
    assert_eq!(bed.problem(link.box_id, link.request).await, None, "what was sent is not at fault");
    way.answers.store(REST, SeqCst);
    bed.until_state(link.request, RoundState::Collected).await;
    bed.until("the trouble", || trouble("outbox")).await;
    assert_eq!(customer.view().await.state, BoxState::Sent, "the relay heard nothing");
    let purge = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.until_state(link.request, RoundState::Purged).await;
    assert!(bed.desk.certificate(purge).await.is_err(), "not before the relay confirmed");
    way.answers.store(NOTHING, SeqCst);
    bed.desk.wait_certified(purge).await.unwrap();
    assert_eq!(customer.view().await.state, BoxState::Purged);
}

/// The first part that is fetched waits until it is let through.
struct Held {
    http: Arc<HttpTransport>,
    gate: Arc<Semaphore>,
}

impl Transport for Held {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let (http, gate) = (Arc::clone(&self.http), Arc::clone(&self.gate));
        Box::pin(async move {
            if is_part(&call) {
                let _turn = gate.acquire().await;
            }
            http.call(call).await
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_while_it_is_being_fetched_is_no_problem() {
    let lying = Lying::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let way = Held { http: Arc::new(HttpTransport::new()), gate: Arc::clone(&gate) };
    let bed = Bed::by(Some(lying.relay.clone()), Arc::new(way)).await;
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Sent).await;
    customer.say(WordKind::Withdraw).await;
    bed.until_state(link.request, RoundState::Purged).await;
    bed.until("the relay to let go", || async { customer.view().await.state == BoxState::Purged }).await;
    gate.add_permits(1_000);
    // One after the other: once this is collected, the first was dealt with.
    bed.collected("#2", Template::CardOnce).await;
    assert_eq!(bed.problem(link.box_id, link.request).await, None);
    assert!(!bed.ledger_kinds().contains(&"problem".to_owned()));
    assert!(!customer.notes().await.iter().any(|says| matches!(says, Says::Problem { .. })));
}

/// Answers about boxes end early, as if that were their end.
struct CutShort {
    http: Arc<HttpTransport>,
    cuts: Arc<AtomicBool>,
    cut: Arc<AtomicBool>,
}

impl Transport for CutShort {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let (http, cuts, cut) = (Arc::clone(&self.http), Arc::clone(&self.cuts), Arc::clone(&self.cut));
        let view = call.method == "GET" && call.path.starts_with("/v1/desk/boxes/") && !is_part(&call);
        Box::pin(async move {
            let mut answer = http.call(call).await?;
            if view && cuts.load(SeqCst) {
                let mut whole = Vec::new();
                while let Some(piece) = answer.body.next().await {
                    whole.extend_from_slice(&piece?);
                }
                whole.truncate(whole.len() / 2);
                answer.body = futures_util::stream::once(std::future::ready(Ok(whole.into()))).boxed();
                cut.store(true, SeqCst);
            }
            Ok(answer)
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_not_lost_to_an_answer_that_ends_early() {
    let lying = Lying::new().await;
    let (cuts, cut) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let way =
        CutShort { http: Arc::new(HttpTransport::new()), cuts: Arc::clone(&cuts), cut: Arc::clone(&cut) };
    let bed = Bed::by(Some(lying.relay.clone()), Arc::new(way)).await;
    let (link, customer) = bed.collected("#1", Template::IdDocument).await;
    cuts.store(true, SeqCst);
    let owner = seal::submission::Owner::from_bytes(zeroize::Zeroizing::new(customer.owner_bytes));
    customer.say(WordKind::TakeBack(owner)).await;
    bed.until("an answer that ends early", || async { cut.load(SeqCst) }).await;
    cuts.store(false, SeqCst);
    bed.until("what was taken back to go", || async {
        bed.desk.rounds(link.request).await.unwrap()[0].state == RoundState::Purged
    })
    .await;
}
