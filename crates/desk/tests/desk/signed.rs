//! Webhooks as Zendesk, Jira and Intercom sign and word them, through a real relay. Where the helpdesk can be asked, its
//! answer counts: a Zendesk and a Jira in this process, in the shapes that developer.zendesk.com ("Webhooks: verifying",
//! "Ticket events", "Tickets") and developer.atlassian.com ("Webhooks", "Issues", "Issue search") give.
//! developers.intercom.com: "Signed notifications", "Webhook topics".

use crate::{
    bed::Bed,
    webhooks::{Sender, disbelieved, new, state},
};
use axum::{Json, Router, extract::State, http::Uri};
use data_encoding::{BASE64, HEXLOWER};
use desk::{HelpdeskKind, HelpdeskToken, Template};
use ring::hmac;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};
use vault::tables::ticket::TicketState;

const OTHER: &str = "a secret of somebody else's";

fn tag(algorithm: hmac::Algorithm, secret: &str, signed: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), signed.as_bytes()).as_ref().to_vec()
}

/// What a helpdesk sends when ticket 7 is closed, at a time, signed with a secret.
type Close = fn(u64, &str) -> (Vec<(&'static str, String)>, String);

fn by_zendesk(at: u64, secret: &str) -> (Vec<(&'static str, String)>, String) {
    let time = ledger::utc_text(at).replacen(' ', "T", 1).replace(" UTC", "Z");
    let body = json!({
        "account_id": 22_129_848, "type": "zen:event-type:ticket.status_changed", "zendesk_event_version": "2022-06-20",
        "id": format!("event-{at}"), "subject": "zen:ticket:7", "time": time,
        "detail": { "id": "7", "status": "CLOSED", "tags": [], "updated_at": time, "is_public": true },
        "event": { "current": "CLOSED", "previous": "SOLVED" },
    });
    let body = body.to_string();
    let tag = BASE64.encode(&tag(hmac::HMAC_SHA256, secret, &format!("{time}{body}")));
    (vec![("x-zendesk-webhook-signature", tag), ("x-zendesk-webhook-signature-timestamp", time)], body)
}

fn by_jira(at: u64, secret: &str) -> (Vec<(&'static str, String)>, String) {
    let body = json!({ "timestamp": at * 1000, "webhookEvent": "jira:issue_updated", "issue": issue(true) })
        .to_string();
    let tag = HEXLOWER.encode(&tag(hmac::HMAC_SHA256, secret, &body));
    (vec![("x-hub-signature", format!("sha256={tag}"))], body)
}

fn by_intercom(at: u64, secret: &str) -> (Vec<(&'static str, String)>, String) {
    let body = json!({
        "type": "notification_event", "id": format!("notif_{at}"), "topic": "conversation.admin.closed",
        "app_id": "a86dr8yl", "created_at": at,
        "data": { "type": "notification_event_data",
                  "item": { "type": "conversation", "id": "7", "open": false, "state": "closed" } },
    });
    let body = body.to_string();
    let tag = HEXLOWER.encode(&tag(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, &body));
    (vec![("x-hub-signature", format!("sha1={tag}"))], body)
}

fn issue(closed: bool) -> Value {
    // A status is called as the company likes; its category is what counts.
    let status = if closed {
        json!({ "name": "Erledigt", "statusCategory": { "key": "done" } })
    } else {
        json!({ "name": "Geschlossen (wartet)", "statusCategory": { "key": "indeterminate" } })
    };
    let updated = if closed { "2026-11-17T11:00:00.000+0000" } else { "2026-11-17T10:00:00.000+0000" };
    json!({ "id": "99291", "key": "IT-7", "fields": { "updated": updated, "status": status } })
}

/// A Zendesk and a Jira at once: whoever asks about ticket 7 hears how it stands.
struct Asked {
    address: String,
    closed: Arc<AtomicBool>,
}

impl Asked {
    async fn start() -> Self {
        let closed = Arc::new(AtomicBool::new(false));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&closed));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, closed }
    }
}

async fn answer(State(closed): State<Arc<AtomicBool>>, asked: Uri) -> Json<Value> {
    let closed = closed.load(SeqCst);
    let (status, updated) =
        if closed { ("closed", "2026-11-17T11:00:00Z") } else { ("open", "2026-11-17T10:00:00Z") };
    Json(match asked.path() {
        "/api/v2/users/me.json" => json!({ "user": { "id": 35_436 } }),
        "/api/v2/incremental/tickets/cursor.json" => {
            json!({ "tickets": [], "after_cursor": "MTU3NjYxMzUzOS4wfHw0Njd8", "end_of_stream": true })
        }
        "/api/v2/tickets/7.json" => {
            json!({ "ticket": { "id": 7, "status": status, "updated_at": updated, "tags": [] } })
        }
        "/rest/api/2/myself" => json!({ "self": "https://jira.example.com/rest/api/2/user?username=desk" }),
        "/rest/api/2/search" => json!({ "issues": [] }),
        "/rest/api/2/issue/IT-7" => issue(closed),
        _ => json!({}),
    })
}

/// Adds the helpdesk. Jira takes a secret that is made here; the others make their own, which is pasted.
async fn set_up(bed: &Bed, kind: HelpdeskKind, address: &str, prefix: &str) -> Sender {
    let setup = desk::NewHelpdesk { prefix: prefix.into(), ..new(kind, address) };
    let token = (!address.is_empty()).then(|| HelpdeskToken::parse("0a1b2c3d4e5f60718293").unwrap());
    let id = bed.desk.add_helpdesk(&setup, token).await.unwrap();
    if kind == HelpdeskKind::Jira {
        return Sender::new(bed.desk.set_hook(id, None).await.unwrap());
    }
    let secret = helpdesk::hook::HookSecret::parse("a secret of the helpdesk's own").unwrap();
    let sender = Sender::to(bed.desk.set_hook(id, None).await.unwrap().url, secret.expose());
    let hook = bed.desk.set_hook(id, Some(secret)).await.unwrap();
    assert!(hook.secret.is_none() && sender.is_at(&hook.url), "the secret is shown, or the address moved");
    sender
}

async fn said(sender: &Sender, (headers, body): (Vec<(&'static str, String)>, String)) {
    sender.post(&headers, &body).await;
}

/// What nobody can be asked about ends by its signature alone.
#[tokio::test(flavor = "multi_thread")]
async fn intercoms_close_closes() {
    let bed = Bed::new().await;
    let sender = set_up(&bed, HelpdeskKind::Intercom, "", "IC-").await;
    bed.collected("IC-7", Template::IdDocument).await;
    said(&sender, by_intercom(bed.desk.now(), OTHER)).await;
    bed.until("the forgery", || async { disbelieved(&bed, "forged").await == 1 }).await;
    assert_eq!(state(&bed, "IC-7").await, TicketState::Open);
    said(&sender, by_intercom(bed.desk.now(), sender.secret())).await;
    bed.until("the close", || async { state(&bed, "IC-7").await == TicketState::Closed }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zendesks_close_counts_once_zendesk_says_so_itself() {
    asked_first(HelpdeskKind::Zendesk, "7", by_zendesk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jiras_close_counts_once_jira_says_so_itself() {
    asked_first(HelpdeskKind::Jira, "IT-7", by_jira).await;
}

async fn asked_first(kind: HelpdeskKind, ticket: &str, close: Close) {
    let (bed, helpdesk) = (Bed::new().await, Asked::start().await);
    let sender = set_up(&bed, kind, &helpdesk.address, "").await;
    bed.collected(ticket, Template::IdDocument).await;
    said(&sender, close(bed.desk.now(), OTHER)).await;
    bed.until("the forgery", || async { disbelieved(&bed, "forged").await == 1 }).await;
    // Signed, and not so: a trigger that fires too early, or a name that means something else.
    said(&sender, close(bed.desk.now(), sender.secret())).await;
    bed.until("the answer", || async { disbelieved(&bed, "contradicted").await == 1 }).await;
    assert_eq!(state(&bed, ticket).await, TicketState::Open);
    helpdesk.closed.store(true, SeqCst);
    bed.hands.pass(1);
    said(&sender, close(bed.desk.now(), sender.secret())).await;
    bed.until("the close", || async { state(&bed, ticket).await == TicketState::Closed }).await;
}
