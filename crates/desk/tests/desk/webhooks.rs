//! Webhooks through a real relay, judged here: what is signed counts, what is not is asked about, and what is stale,
//! forged or repeated changes nothing and is shown.

use crate::{
    bed::Bed,
    elsewhere::Elsewhere,
    freshdesk::{self, Freshdesk},
    tracker::{Day, TOKEN, Tracker},
};
use desk::{HelpdeskId, HelpdeskKind, HelpdeskToken, HookSetup, NewHelpdesk, Template};
use helpdesk::hook;
use vault::tables::{claim::Claimed, ticket::TicketState};

pub struct Sender {
    http: reqwest::Client,
    url: String,
    secret: hook::HookSecret,
}

impl Sender {
    pub fn new(setup: HookSetup) -> Self {
        Self::to(setup.url, &setup.secret.unwrap())
    }

    pub fn to(url: String, secret: &str) -> Self {
        let secret = hook::HookSecret::parse(secret).unwrap();
        Self { http: reqwest::Client::builder().no_proxy().build().unwrap(), url, secret }
    }

    pub fn secret(&self) -> &str {
        self.secret.expose()
    }

    pub fn is_at(&self, url: &str) -> bool {
        self.url == url
    }

    pub async fn post(&self, headers: &[(&str, String)], body: &str) {
        let mut call = self.http.post(&self.url).body(body.to_owned());
        for (name, value) in headers {
            call = call.header(*name, value);
        }
        assert_eq!(call.send().await.unwrap().status(), 202);
    }

    pub async fn signed(&self, at: u64, body: &str) {
        let headers = [
            (hook::TIMESTAMP_HEADER, at.to_string()),
            (hook::SIGNATURE_HEADER, hook::sign(&self.secret, at, body.as_bytes())),
        ];
        self.post(&headers, body).await;
    }

    pub async fn with_secret(&self, body: &str) {
        self.post(&[(hook::SECRET_HEADER, self.secret.expose().to_owned())], body).await;
    }
}

pub fn new(kind: HelpdeskKind, address: &str) -> NewHelpdesk {
    NewHelpdesk {
        kind,
        name: "Front desk".into(),
        address: address.into(),
        account: String::new(),
        scope: String::new(),
        prefix: String::new(),
    }
}

/// A helpdesk that only sends, and signs.
async fn signing(bed: &Bed) -> (Sender, HelpdeskId) {
    let id = bed.desk.add_helpdesk(&new(HelpdeskKind::Webhook, ""), None).await.unwrap();
    (Sender::new(bed.desk.set_hook(id, None).await.unwrap()), id)
}

/// A Request Tracker, whose scrip signs, and which can be asked.
async fn asked(bed: &Bed) -> (Sender, Tracker, HelpdeskId) {
    let tracker = Tracker::start(&bed.hands).await;
    let new = new(HelpdeskKind::RequestTracker, &tracker.address);
    let id = bed.desk.add_helpdesk(&new, Some(HelpdeskToken::parse(TOKEN).unwrap())).await.unwrap();
    bed.desk.pull_now(id).await.unwrap();
    (Sender::new(bed.desk.set_hook(id, None).await.unwrap()), tracker, id)
}

pub async fn state(bed: &Bed, reference: &str) -> TicketState {
    bed.desk.ticket(reference).await.unwrap().state
}

pub async fn disbelieved(bed: &Bed, code: &str) -> u64 {
    let views = bed.desk.helpdesks().await.unwrap();
    let found = views.iter().flat_map(|view| &view.disbeliefs).find(|of| of.code == code);
    found.map_or(0, |of| of.count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_close_closes_where_nobody_can_be_asked() {
    let bed = Bed::new().await;
    let (sender, _id) = signing(&bed).await;
    bed.collected("#7", Template::IdDocument).await;
    sender.signed(bed.desk.now(), r##"{"ticket":"#7","state":"closed"}"##).await;
    bed.until("the close", || async { state(&bed, "#7").await == TicketState::Closed }).await;
    assert!(bed.desk.troubles().is_empty(), "{:?}", bed.desk.troubles());
}

/// A hook was made and its secret not pasted yet: what comes through it waits, and hides nothing behind it.
#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_cannot_be_judged_yet_hold_up_no_others() {
    let bed = Bed::new().await;
    let intercom = NewHelpdesk { prefix: "IC-".into(), ..new(HelpdeskKind::Intercom, "") };
    let id = bed.desk.add_helpdesk(&intercom, None).await.unwrap();
    let unset = bed.desk.set_hook(id, None).await.unwrap();
    assert!(unset.secret.is_none());
    let (sender, _id) = signing(&bed).await;
    bed.collected("#7", Template::IdDocument).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    // More than one answer of the relay's holds.
    for _ in 0..6 {
        let answer = http.post(&unset.url).body(vec![b'x'; 240 * 1024]).send().await.unwrap();
        assert_eq!(answer.status(), 202);
    }
    sender.signed(bed.desk.now(), r##"{"ticket":"#7","state":"closed"}"##).await;
    bed.until("the close", || async { state(&bed, "#7").await == TicketState::Closed }).await;
    let said = |trouble: &desk::Trouble| {
        trouble.about == "delivery" && trouble.text.contains("set the webhook up again")
    };
    bed.until("what is missing", || async { bed.desk.troubles().iter().any(said) }).await;
    // With the secret they are judged, and here found to be nobody's.
    let secret = hook::HookSecret::parse("a secret that was pasted later").unwrap();
    bed.desk.set_hook(id, Some(secret)).await.unwrap();
    bed.until("the six", || async { disbelieved(&bed, "unsigned").await == 6 }).await;
}

/// Whose webhooks sign with a secret that was made here is not told another.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_nobody_needs_is_refused_in_words() {
    let bed = Bed::new().await;
    let id = bed.desk.add_helpdesk(&new(HelpdeskKind::Webhook, ""), None).await.unwrap();
    let pasted = hook::HookSecret::parse("a secret that somebody made up").unwrap();
    let refused = bed.desk.set_hook(id, Some(pasted)).await.err().unwrap().to_string();
    assert!(refused.contains("made here") && !refused.contains("somebody"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forged_stale_early_repeated_or_unreadable_changes_nothing_and_is_shown() {
    let bed = Bed::new().await;
    let (sender, id) = signing(&bed).await;
    bed.collected("#7", Template::IdDocument).await;
    let (now, close) = (bed.desk.now(), r#"{"ticket":7,"state":"closed"}"#);
    let other = hook::HookSecret::parse("another secret of the same length").unwrap();
    let forged = [
        (hook::TIMESTAMP_HEADER, now.to_string()),
        (hook::SIGNATURE_HEADER, hook::sign(&other, now, close.as_bytes())),
    ];
    sender.post(&forged, close).await;
    sender.post(&[], close).await;
    sender.signed(now - 3600, close).await;
    sender.signed(now + 3600, close).await;
    sender.signed(now, "{").await;
    for code in ["forged", "unsigned", "stale", "early", "malformed"] {
        bed.until(code, || async { disbelieved(&bed, code).await == 1 }).await;
    }
    // Genuine, and repeated: the second one is not heard.
    sender.signed(now, r#"{"ticket":7,"state":"open"}"#).await;
    sender.signed(now, r#"{"ticket":7,"state":"open"}"#).await;
    bed.until("the replay", || async { disbelieved(&bed, "replayed").await == 1 }).await;
    // About a ticket that nobody asked anything for: counted, no alarm.
    sender.signed(now, r#"{"ticket":8,"state":"closed"}"#).await;
    bed.until("the other ticket", || async { disbelieved(&bed, "not-ours").await == 1 }).await;
    assert_eq!(state(&bed, "#7").await, TicketState::Open);
    let trouble = bed.desk.troubles().into_iter().find(|trouble| trouble.about == "webhook").unwrap();
    assert!(trouble.text.contains("1 with a wrong signature"), "{}", trouble.text);
    assert!(!trouble.text.contains("without a request"), "{}", trouble.text);

    // A flood of one kind is one line in the ledger.
    for _ in 0..20 {
        sender.post(&[], close).await;
    }
    bed.until("all of them", || async { disbelieved(&bed, "unsigned").await == 21 }).await;
    let alarms = bed.ledger_kinds().iter().filter(|kind| *kind == "alarm").count();
    assert_eq!(alarms, 6);
    bed.desk.forget_disbeliefs(id).await.unwrap();
    assert!(bed.desk.troubles().is_empty());
    // And a genuine one still counts. Of two in one second nobody knows which came first.
    bed.hands.pass(1);
    sender.signed(bed.desk.now(), close).await;
    bed.until("the close", || async { state(&bed, "#7").await == TicketState::Closed }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn older_news_that_come_late_change_nothing() {
    let bed = Bed::new().await;
    let (sender, _id) = signing(&bed).await;
    bed.collected("#7", Template::IdDocument).await;
    let now = bed.desk.now();
    sender.signed(now, r#"{"ticket":7,"state":"open"}"#).await;
    sender.signed(now - 60, r#"{"ticket":7,"state":"closed"}"#).await;
    bed.until("the late one", || async { disbelieved(&bed, "late").await == 1 }).await;
    assert_eq!(state(&bed, "#7").await, TicketState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_a_scrip_signed_counts_once_request_tracker_itself_says_so() {
    let bed = Bed::new().await;
    let (sender, tracker, _id) = asked(&bed).await;
    bed.collected("#7", Template::IdDocument).await;
    tracker.set(7, "resolved");
    sender.signed(bed.desk.now(), r#"{"ticket":7,"state":"closed"}"#).await;
    bed.until("the close", || async { state(&bed, "#7").await == TicketState::Closed }).await;
    assert_eq!(bed.desk.claim_of("#7").await.unwrap(), None);
    assert_eq!(disbelieved(&bed, "contradicted").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_request_tracker_denies_closes_nothing() {
    let bed = Bed::new().await;
    let (sender, tracker, _id) = asked(&bed).await;
    bed.collected("#7", Template::IdDocument).await;
    tracker.set(7, "open");
    sender.signed(bed.desk.now(), r#"{"ticket":7,"state":"closed"}"#).await;
    bed.until("the answer", || async { disbelieved(&bed, "contradicted").await == 1 }).await;
    assert_eq!(state(&bed, "#7").await, TicketState::Open);
    assert_eq!(bed.desk.claim_of("#7").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shows_the_secret_instead_of_signing_is_not_request_trackers() {
    let bed = Bed::new().await;
    let (sender, _tracker, _id) = asked(&bed).await;
    bed.collected("#7", Template::IdDocument).await;
    sender.with_secret(r#"{"ticket":7,"state":"closed"}"#).await;
    bed.until("the refusal", || async { disbelieved(&bed, "unsigned").await == 1 }).await;
    assert_eq!((state(&bed, "#7").await, bed.desk.claim_of("#7").await.unwrap()), (TicketState::Open, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn freshdesk_can_only_show_the_secret_and_is_asked_before_anything_ends() {
    let bed = Bed::new().await;
    let helpdesk = Freshdesk::start().await;
    let new = new(HelpdeskKind::Freshdesk, &helpdesk.address);
    let key = HelpdeskToken::parse(freshdesk::KEY).unwrap();
    let id = bed.desk.add_helpdesk(&new, Some(key)).await.unwrap();
    let sender = Sender::new(bed.desk.set_hook(id, None).await.unwrap());
    bed.collected("#7", Template::IdDocument).await;
    let said = r#"{"freshdesk_webhook":{"ticket_id":7,"ticket_status":"Closed"}}"#;
    sender.with_secret(said).await;
    bed.until("the answer", || async { disbelieved(&bed, "contradicted").await == 1 }).await;
    assert_eq!(state(&bed, "#7").await, TicketState::Open);
    helpdesk.set(freshdesk::CLOSED);
    // Undated, so the same words at another time are other words.
    bed.hands.pass(1);
    sender.with_secret(said).await;
    bed.until("the close", || async { state(&bed, "#7").await == TicketState::Closed }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_answers_it_is_shown_as_not_confirmed_and_a_person_decides() {
    let bed = Bed::new().await;
    let (sender, tracker, _id) = asked(&bed).await;
    bed.collected("#7", Template::IdDocument).await;
    bed.until("two notes", || async { tracker.comments().len() == 2 }).await;
    tracker.set(7, "resolved");
    tracker.day(Day::Says(503, 3000));
    sender.signed(bed.desk.now(), r#"{"ticket":7,"state":"closed"}"#).await;
    bed.until("the claim", || async {
        bed.desk.claim_of("#7").await.unwrap().is_some_and(|claim| claim.says == Claimed::Closed)
    })
    .await;
    bed.until("the trouble", || async {
        bed.desk.troubles().iter().any(|trouble| trouble.about == "helpdesk")
    })
    .await;
    assert_eq!(state(&bed, "#7").await, TicketState::Open);
    bed.desk.close_ticket("#7").await.unwrap();
    assert_eq!(bed.desk.claim_of("#7").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_came_while_the_desk_was_off_are_judged_at_its_start() {
    let bed = Bed::new().await;
    let (sender, _id) = signing(&bed).await;
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    let bed = bed.reopen().await;
    assert!(!bed.desk.is_unlocked());
    sender.signed(bed.desk.now(), r#"{"ticket":7,"state":"closed"}"#).await;
    bed.until("the close", || async { state(&bed, "#7").await == TicketState::Closed }).await;
    assert!(bed.desk.detail(link.request).await.unwrap().row.due.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_helpdesks_webhooks_are_nobodys() {
    let bed = Bed::new().await;
    let (sender, id) = signing(&bed).await;
    bed.desk.remove_helpdesk(id).await.unwrap();
    let answer = sender.http.post(&sender.url).body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 404);
}

/// The address of a webhook is the relay's: when the desk moves to another, the helpdesk has to be told by a person.
#[tokio::test(flavor = "multi_thread")]
async fn a_hook_moves_with_the_relay_and_that_is_said_until_it_is_used() {
    let (elsewhere, bed) = (Elsewhere::start().await, Bed::new().await);
    let (old, id) = signing(&bed).await;
    let (held, _) = bed.collected("#1", Template::IdDocument).await;
    let moved = || async { bed.desk.helpdesks().await.unwrap()[0].hook_moved };
    let said = || bed.desk.troubles().into_iter().any(|trouble| trouble.about == "webhook-address");
    assert!(!moved().await && !said());

    bed.desk.enrol(&elsewhere.origin(), &elsewhere.code("Front desk", true).await).await.unwrap();
    bed.until("the word of it", || async { said() }).await;
    assert!(moved().await);
    // Where it goes until somebody enters the new address, it is still heard; that is not the new address's use.
    let now = bed.desk.now();
    old.signed(now, r#"{"ticket":9,"state":"closed"}"#).await;
    bed.until("the old address", || async { disbelieved(&bed, "not-ours").await == 1 }).await;
    assert!(moved().await && said());
    let bed = bed.reopen().await;
    bed.unlock().await;
    let said = || bed.desk.troubles().into_iter().any(|trouble| trouble.about == "webhook-address");
    bed.until("the word of it, after a restart", || async { said() }).await;

    // The relay that was left has nothing more to do: whoever still sends there hears that nobody is.
    let erased = bed.desk.erase_now(held.request).await.unwrap()[0];
    bed.desk.wait_certified(erased).await.unwrap();
    bed.until("letting go", || async { bed.desk.relays().await.unwrap().len() == 1 }).await;

    // The new address, as the settings show it, with the secret of before.
    let hook = bed.desk.helpdesks().await.unwrap()[0].hook.unwrap();
    let new = Sender { url: bed.desk.hook_url(hook), ..old };
    assert!(new.url.starts_with(&elsewhere.origin()));
    new.signed(bed.desk.now(), r#"{"ticket":10,"state":"closed"}"#).await;
    bed.until("the new address", || async { !said() }).await;
    assert!(!bed.desk.helpdesks().await.unwrap()[0].hook_moved);
    bed.desk.remove_helpdesk(id).await.unwrap();
}
