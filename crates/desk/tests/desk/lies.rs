//! A relay that invents or changes: refused, said, nothing destroyed, believed, shown or lost.

use crate::{bed::Bed, customer::Customer, liar::Lying};
use axum::body::Bytes;
use desk::Template;
use seal::{
    note::{NoteLog, Says},
    request::Request,
    word::{Word, WordKind},
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use vault::{RequestId, tables::round::RoundState};
use wire::ProblemCode;

/// Changes a JSON answer.
fn altered(body: &Bytes, change: impl FnOnce(&mut Value)) -> Option<Bytes> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    change(&mut value);
    Some(serde_json::to_vec(&value).unwrap().into())
}

/// Adds one event to every poll's answer.
fn invent(lying: &Lying, event: Value) {
    let seq = AtomicU64::new(1_000_000);
    lying.liar.tell(move |_, path, body| {
        if path != "/v1/desk/events" {
            return None;
        }
        altered(&body, |answer| {
            let mut event = event.clone();
            event["seq"] = json!(seq.fetch_add(1, SeqCst));
            answer["events"].as_array_mut().unwrap().push(event);
        })
    });
}

async fn until_alarmed(bed: &Bed) {
    bed.until("an alarm", || async { bed.desk.troubles().iter().any(|trouble| trouble.about == "alarm") })
        .await;
    let alarms = bed.ledger_kinds().iter().filter(|kind| *kind == "alarm").count();
    assert_eq!(alarms, 1, "said once, however often it is claimed");
}

async fn still_whole(bed: &Bed, request: RequestId) {
    assert_eq!(bed.state(request).await, RoundState::Collected);
    assert_eq!(bed.desk.items(request).await.unwrap().len(), 1);
    let item = bed.desk.items(request).await.unwrap()[0].item;
    bed.desk.reveal(item, "verify-identity", None).await.unwrap();
}

async fn bed() -> (Lying, Bed) {
    let lying = Lying::new().await;
    let bed = Bed::with(Some(lying.relay.clone())).await;
    (lying, bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_withdrawal_destroys_nothing() {
    let (lying, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    let word = Word { box_id: link.box_id, newest: None, says: WordKind::Withdraw };
    let forged = word.make(&seal::Link::make(&seal::SystemRng).unwrap().voice());
    let word = data_encoding::BASE64.encode(&forged);
    invent(&lying, json!({"box": link.box_id.to_string(), "kind": "word", "word": word}));
    until_alarmed(&bed).await;
    still_whole(&bed, link.request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_true_word_of_another_box_moves_nothing_here() {
    let (lying, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    let (_, other) = bed.ask("#2", Template::IdDocument).await;
    let word = Word { box_id: other.link.box_id(), newest: None, says: WordKind::Withdraw };
    let word = data_encoding::BASE64.encode(&word.make(&other.link.voice()));
    invent(&lying, json!({"box": link.box_id.to_string(), "kind": "word", "word": word}));
    until_alarmed(&bed).await;
    still_whole(&bed, link.request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_expiry_ends_nothing() {
    let (lying, bed) = bed().await;
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    invent(&lying, json!({"box": link.box_id.to_string(), "kind": "expired"}));
    until_alarmed(&bed).await;
    assert_eq!(bed.state(link.request).await, RoundState::Waiting);
    lying.liar.tell_the_truth();
    // The invented numbers were believed by the cursor alone; a submission is collected all the same.
    customer.send_everything().await;
    let bed = Bed { ..bed };
    bed.until_state(link.request, RoundState::Collected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_submission_is_not_shown() {
    let (lying, bed) = bed().await;
    let (link, _) = bed.ask("#1", Template::IdDocument).await;
    invent(&lying, json!({"box": link.box_id.to_string(), "kind": "sent"}));
    until_alarmed(&bed).await;
    assert_eq!(bed.state(link.request).await, RoundState::Waiting);
    assert!(bed.desk.items(link.request).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_about_boxes_that_are_not_ours_are_nobodys() {
    let (lying, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    for kind in ["sent", "expired", "sending"] {
        invent(&lying, json!({"box": "00".repeat(16), "kind": kind}));
    }
    let before = lying.relay.origin.clone();
    assert_eq!(bed.desk.origin(), before);
    still_whole(&bed, link.request).await;
}

/// One changed byte in what the relay hands out for collecting: a problem, nothing kept of it, and once the relay
/// tells the truth nothing was lost.
async fn changed(code: &str, lie: impl Fn(&str, &Bytes) -> Option<Bytes> + Send + 'static) {
    let (lying, bed) = bed().await;
    lying.liar.tell(move |_, path, body| lie(path, &body));
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    customer.send_everything().await;
    bed.until("the problem", || async { bed.problem(link.box_id, link.request).await.is_some() }).await;
    assert_eq!(bed.problem(link.box_id, link.request).await.unwrap(), code);
    assert_eq!(bed.state(link.request).await, RoundState::Sent);
    assert!(bed.desk.items(link.request).await.unwrap().is_empty());
    let blobs = std::fs::read_dir(bed.folder.path().join("blobs")).unwrap().count();
    assert_eq!(blobs, 0, "nothing of it is kept");
    bed.until("the customer to be told", || async {
        matches!(customer.notes().await.last(), Some(Says::Problem { .. }))
    })
    .await;
    lying.liar.tell_the_truth();
    bed.desk.collect_again(link.box_id).await.unwrap();
    bed.until_state(link.request, RoundState::Collected).await;
    still_whole(&bed, link.request).await;
}

fn flip(body: &Bytes, at: usize) -> Bytes {
    let mut bytes = body.to_vec();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 1;
    bytes.into()
}

fn is_part(path: &str) -> bool {
    path.starts_with("/v1/desk/boxes/") && path.contains("/parts/")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_a_part_is_refused() {
    changed("damaged", |path, body| is_part(path).then(|| flip(body, 700))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_byte_of_a_part_counts_too() {
    changed("damaged", |path, body| is_part(path).then(|| flip(body, usize::MAX))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_part_is_refused() {
    changed("damaged", |path, body| is_part(path).then(|| [body.as_ref(), b"x"].concat().into())).await;
}

fn with_record(path: &str, body: &Bytes, change: impl FnOnce(&mut Vec<u8>)) -> Option<Bytes> {
    if !path.starts_with("/v1/desk/boxes/") || path.contains("/parts/") {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    value.get("record")?;
    altered(body, |view| {
        let mut record = data_encoding::BASE64.decode(view["record"].as_str().unwrap().as_bytes()).unwrap();
        change(&mut record);
        view["record"] = json!(data_encoding::BASE64.encode(&record));
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_the_record_is_refused() {
    for at in [24, 41, 73, 105, 106, 122, 123, 131, 160] {
        changed("forged", move |path, body| with_record(path, body, |record| record[at] ^= 1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_record_is_refused() {
    changed("forged", |path, body| with_record(path, body, |record| record.truncate(record.len() - 58)))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_note_is_not_believed_and_a_withheld_one_is_no_deletion() {
    let (lying, bed) = bed().await;
    let (_, customer) = bed.collected("#1", Template::IdDocument).await;
    bed.until("the receipt", || async { !customer.notes().await.is_empty() }).await;
    let true_view = customer.view().await;
    let read = |view: &wire::api::BoxView| {
        let series = view.notes.iter().map(|note| (note.seq, note.note.0.as_slice()));
        NoteLog::read(&customer.link.status_seal(), customer.link.box_id(), series)
            .map(|log| log.notes().len())
    };
    assert_eq!(read(&true_view), Ok(1));
    let mut invented = true_view.clone();
    invented.notes[0].note.0[40] ^= 1;
    assert!(read(&invented).is_err(), "a changed one");
    let mut doubled = true_view.clone();
    doubled.notes.push(doubled.notes[0].clone());
    assert!(read(&doubled).is_err(), "a doubled one");
    let mut moved = true_view.clone();
    moved.notes[0].seq = 1;
    assert!(read(&moved).is_err(), "one under another number");
    lying.liar.tell(|method, path, body| {
        (method == "GET" && path.starts_with("/v1/boxes/"))
            .then(|| altered(&body, |view| view["state"] = json!("purged")))
            .flatten()
    });
    let notes = customer.notes().await;
    assert!(
        !notes.iter().any(|says| matches!(says, Says::Deleted { .. })),
        "deleted is believed only from a note"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_request_does_not_open() {
    let (_lying, bed) = bed().await;
    let (_, customer) = bed.ask("#1", Template::IdAndCard).await;
    let mut sealed = customer.view().await.request.0;
    assert!(Request::open(&customer.link, &sealed).is_ok());
    for at in [0, 1, 13, 500, sealed.len() - 1] {
        sealed[at] ^= 1;
        assert!(Request::open(&customer.link, &sealed).is_err(), "byte {at}");
        sealed[at] ^= 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_lost_a_submission_is_said_and_the_customer_asked_again() {
    let (lying, bed) = bed().await;
    lying.liar.tell(|_, path, _| is_part(path).then(Bytes::new));
    let (link, mut customer): (_, Customer) = bed.ask("#1", Template::IdDocument).await;
    customer.send_everything().await;
    // An empty answer is a cut one: tried again, and said.
    bed.until("the trouble", || async {
        bed.desk.troubles().iter().any(|trouble| trouble.about == "collect")
    })
    .await;
    assert_eq!(bed.state(link.request).await, RoundState::Sent);
    lying.liar.tell_the_truth();
    bed.until_state(link.request, RoundState::Collected).await;
    bed.until("no trouble", || async {
        !bed.desk.troubles().iter().any(|trouble| trouble.about == "collect")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_answers_nonsense_loses_nothing() {
    let (lying, bed) = bed().await;
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    customer.send_everything().await;
    lying.liar.tell(|_, _, _| Some(Bytes::from_static(b"{\"nonsense\": []}")));
    let of_relay = || bed.desk.troubles().into_iter().find(|trouble| trouble.about == "relay");
    bed.until("the trouble", || async { of_relay().is_some() }).await;
    let text = of_relay().unwrap().text;
    assert!(text.contains("update"), "{text}");
    lying.liar.tell_the_truth();
    bed.until_state(link.request, RoundState::Collected).await;
    still_whole(&bed, link.request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_waits_for_the_relay_before_anything_says_deleted() {
    let (_lying, bed) = bed().await;
    let (link, customer) = bed.collected("#1", Template::IdDocument).await;
    bed.until("the receipt", || async { !customer.notes().await.is_empty() }).await;
    let purge = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
    let kinds = bed.ledger_kinds();
    assert_eq!(kinds.last().unwrap(), "purge-completed");
    assert_eq!(customer.view().await.state, wire::api::BoxState::Purged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_without_room_confirms_nothing_and_loses_no_note() {
    let (lying, bed) = bed().await;
    let (link, customer) = bed.collected("#1", Template::IdDocument).await;
    bed.until("the receipt", || async { !customer.notes().await.is_empty() }).await;
    lying.liar.refuse(|method, _| (method == "DELETE" || method == "PUT").then_some(ProblemCode::Full));
    let purge = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.until("the trouble", || async {
        bed.desk.troubles().iter().any(|trouble| trouble.about == "outbox")
    })
    .await;
    assert!(bed.desk.certificate(purge).await.is_err(), "not before the relay confirmed");
    assert!(!customer.notes().await.iter().any(|says| matches!(says, Says::Deleted { .. })));
    lying.liar.tell_the_truth();
    bed.desk.wait_certified(purge).await.unwrap();
    bed.until("the note", || async { matches!(customer.notes().await.last(), Some(Says::Deleted { .. })) })
        .await;
    assert!(!bed.ledger_kinds().contains(&"alarm".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_that_fail_leave_no_files() {
    let (lying, bed) = bed().await;
    let parts = std::sync::atomic::AtomicU64::new(0);
    // Whichever part comes second in a try is cut short.
    lying.liar.tell(move |_, path, body| {
        if !is_part(path) || parts.fetch_add(1, SeqCst).is_multiple_of(2) {
            None
        } else {
            Some(body.slice(..body.len() / 2))
        }
    });
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    customer.send_everything().await;
    bed.until("the trouble", || async {
        bed.desk.troubles().iter().any(|trouble| trouble.about == "collect")
    })
    .await;
    assert_eq!(std::fs::read_dir(bed.folder.path().join("blobs")).unwrap().count(), 0);
    lying.liar.tell_the_truth();
    bed.until_state(link.request, RoundState::Collected).await;
    assert_eq!(std::fs::read_dir(bed.folder.path().join("blobs")).unwrap().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_kind_yet_unknown_holds_up_nothing() {
    let (lying, bed) = bed().await;
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    invent(&lying, json!({"box": link.box_id.to_string(), "kind": "from-the-future", "more": 1}));
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let (lying, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    let long = Bytes::from(vec![b' '; 16 * 1024 * 1024]);
    lying.liar.tell(move |_, path, _| (path == "/v1/desk/events").then(|| long.clone()));
    bed.until("the trouble", || async { bed.desk.troubles().iter().any(|trouble| trouble.about == "relay") })
        .await;
    lying.liar.tell_the_truth();
    still_whole(&bed, link.request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_cannot_be_taken_in_can_be_erased() {
    let (lying, bed) = bed().await;
    lying.liar.tell(|_, path, body| is_part(path).then(|| flip(&body, 700)));
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    customer.send_everything().await;
    bed.until("the problem", || async { bed.problem(link.box_id, link.request).await.is_some() }).await;
    let purge = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
    assert_eq!(bed.state(link.request).await, RoundState::Purged);
    assert_eq!(customer.view().await.state, wire::api::BoxState::Purged, "the relay's copy too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_is_repeated_is_one() {
    let (lying, bed) = bed().await;
    let (link, customer) = bed.collected("#1", Template::IdDocument).await;
    let owner = seal::submission::Owner::from_bytes(zeroize::Zeroizing::new(customer.owner_bytes));
    let word = Word { box_id: link.box_id, newest: None, says: WordKind::TakeBack(owner) };
    let word = data_encoding::BASE64.encode(&word.make(&customer.link.voice()));
    invent(&lying, json!({"box": link.box_id.to_string(), "kind": "word", "word": word}));
    bed.until("the new link", || async {
        customer.notes().await.iter().any(|says| matches!(says, Says::Replaced { .. }))
    })
    .await;
    // The relay says it again with every answer.
    let (other, mut later) = bed.ask("#2", Template::IdDocument).await;
    later.send_everything().await;
    bed.until_state(other.request, RoundState::Collected).await;
    assert_eq!(bed.desk.rounds(link.request).await.unwrap().len(), 2, "one new link, not one each time");
}
