//! Several relays in a desk's life: taken up by a code, left again; what was asked on one is finished there.

use crate::{
    bed::{Bed, PASSPHRASE, config, passphrase},
    clock::Hands,
    elsewhere::Elsewhere,
};
use desk::{
    Answer, Call, Desk, DeskError, HttpTransport, NoAnswer, RelayError, RelayHealth, Template, Transport,
};
use futures_util::future::BoxFuture;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::SeqCst},
};
use vault::tables::{purge::PurgeState, relay::RelayState, round::RoundState};

async fn relays(bed: &Bed) -> Vec<RelayHealth> {
    bed.desk.relays().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_is_taken_up_and_what_runs_is_finished_where_it_was_asked() {
    let bed = Bed::new().await;
    let elsewhere = Elsewhere::start().await;
    let inside = bed.desk.origin();
    let (here, mut customer) = bed.ask("#1", Template::IdDocument).await;
    let code = elsewhere.code("Front desk", true).await;
    bed.desk.enrol(&elsewhere.origin(), &code.to_lowercase()).await.unwrap();
    let listed = relays(&bed).await;
    assert_eq!(listed.len(), 2);
    assert_eq!(
        (listed[0].origin.as_str(), listed[0].state),
        (elsewhere.origin().as_str(), RelayState::Current)
    );
    assert_eq!(listed[0].name.as_deref(), Some("Front desk"));
    assert!(listed[0].calls.version.is_some() && !listed[0].inside);
    assert!(listed[1].inside);
    assert_eq!((listed[1].state, listed[1].left), (RelayState::Finishing, 1));
    // New ones go there; what was asked before is collected where it was asked.
    let (there, _) = bed.collected("#2", Template::IdDocument).await;
    assert!(there.url.starts_with(&elsewhere.origin()) && here.url.starts_with(&inside));
    assert_eq!(*bed.desk.link(here.box_id).await.unwrap().url, *here.url);
    customer.send_everything().await;
    bed.until_state(here.request, RoundState::Collected).await;
    let bed = bed.reopen().await;
    assert_eq!(bed.desk.origin(), elsewhere.origin());
    assert_eq!(relays(&bed).await.len(), 2, "a restart changes nothing");
    bed.unlock().await;
    for link in [&here, &there] {
        let item = bed.desk.items(link.request).await.unwrap().remove(0);
        bed.desk.reveal(item.item, "check-quality", None).await.unwrap();
    }
    // With its last purge certified and told, the old one is let go of.
    let erased = bed.desk.erase_now(here.request).await.unwrap()[0];
    bed.desk.wait_certified(erased).await.unwrap();
    bed.until("letting go", || async { relays(&bed).await.len() == 1 }).await;
    let bed = bed.reopen().await;
    assert_eq!(relays(&bed).await.len(), 1);
    bed.unlock().await;
    // And back.
    bed.desk.use_relay_inside().await.unwrap();
    let (again, _) = bed.collected("#3", Template::IdDocument).await;
    assert!(again.url.starts_with(&inside), "its port was picked once");
    assert_eq!(relays(&bed).await.iter().find(|relay| !relay.inside).unwrap().left, 1);
    let policies = bed.ledger_kinds().iter().filter(|kind| *kind == "policy-set").count();
    assert_eq!(policies, 2);
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_code_for_the_same_relay_renews_the_token_and_the_old_one_ends() {
    let bed = Bed::new().await;
    let elsewhere = Elsewhere::start().await;
    bed.desk.enrol(&elsewhere.origin(), &elsewhere.code("Front desk", true).await).await.unwrap();
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    bed.desk.enrol(&elsewhere.origin(), &elsewhere.code("Front desk", false).await).await.unwrap();
    let listed = relays(&bed).await;
    let theirs: Vec<_> = listed.iter().filter(|relay| !relay.inside).collect();
    assert_eq!(theirs.len(), 1, "it is the same relay, and the same desk there");
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    let bed = bed.reopen().await;
    bed.unlock().await;
    let item = bed.desk.items(link.request).await.unwrap().remove(0);
    bed.desk.reveal(item.item, "check-quality", None).await.unwrap();
    bed.until("no trouble", || async { bed.desk.troubles().is_empty() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_enrolment_is_said_and_changes_nothing() {
    let bed = Bed::new().await;
    let elsewhere = Elsewhere::start().await;
    let origin = elsewhere.origin();
    let refused = |address: String, code: String| {
        let desk = bed.desk.clone();
        async move {
            match desk.enrol(&address, &code).await.err().unwrap() {
                DeskError::Relay(error) => error,
                other => panic!("{other}"),
            }
        }
    };
    let code = elsewhere.code("Front desk", true).await;
    assert_eq!(refused("not an address".into(), code.clone()).await, RelayError::Address);
    assert_eq!(refused("http://relay.example.com".into(), code.clone()).await, RelayError::PlainHttp);
    assert_eq!(refused(origin.clone(), "AAAA-BBBB".into()).await, RelayError::BadCode);
    let page = crate::way::answering(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"
            .into(),
    )
    .await;
    assert_eq!(refused(page, code.clone()).await, RelayError::NotARelay);
    let problem = serde_json::to_string(&wire::Problem::new(wire::ProblemCode::NoSuchCall)).unwrap();
    let old = crate::way::answering(format!(
        "HTTP/1.1 404 Not Found\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{problem}",
        problem.len()
    ))
    .await;
    assert_eq!(refused(old, code.clone()).await, RelayError::TooOld);
    assert!(relays(&bed).await[0].inside && relays(&bed).await.len() == 1);
    assert!(bed.desk.troubles().is_empty(), "{:?}", bed.desk.troubles());
    bed.desk.enrol(&origin, &code).await.unwrap();
    assert_eq!(refused(origin.clone(), code).await, RelayError::BadCode, "used up");
    bed.desk.lock();
    assert!(matches!(bed.desk.enrol(&origin, "x").await, Err(DeskError::Vault(vault::VaultError::Locked))));
}

/// Loses the answers to the first enrolments, after the relay gave them.
struct Losing {
    inner: HttpTransport,
    left: AtomicU32,
}

impl Transport for Losing {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let is_lost = call.path == "/v1/desk/enrol"
            && self.left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
        let answer = self.inner.call(call);
        Box::pin(async move {
            let answer = answer.await?;
            if is_lost { Err(NoAnswer::Broken) } else { Ok(answer) }
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_whose_answer_was_lost_comes_to_the_same_end() {
    let elsewhere = Elsewhere::start().await;
    let folder = tempfile::tempdir().unwrap();
    let hands = Arc::new(Hands::new());
    let losing = |left| Arc::new(Losing { inner: HttpTransport::new(), left: AtomicU32::new(left) });
    let mut first = config(folder.path(), &hands);
    first.transport = losing(1);
    let (desk, person, _) =
        Desk::found(first, "Mira", passphrase(PASSPHRASE), &desk::Company::default()).await.unwrap();
    desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
    let code = elsewhere.code("Front desk", true).await;
    let lost = desk.enrol(&elsewhere.origin(), &code).await.err().unwrap();
    assert!(matches!(lost, DeskError::Relay(RelayError::Unreachable(NoAnswer::Broken))), "{lost}");
    assert!(desk.relays().await.unwrap()[0].inside, "nothing is believed that was not heard");
    // The process may end in between: the token was durable before anybody was told of it.
    desk.close().await;
    let desk = Desk::open(config(folder.path(), &hands)).await.unwrap();
    desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
    desk.enrol(&elsewhere.origin(), &code).await.unwrap();
    assert_eq!(desk.origin(), elsewhere.origin());
    let bed = Bed { desk, person, hands, folder };
    let (_, _) = bed.collected("#1", Template::IdDocument).await;
}

const CHILD: &str = "CLOAKROOM_TEST_ENROLLING_CHILD";

/// The work of the process that is killed: takes up a relay.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_that_enrols() {
    let Some(given) = std::env::var_os(CHILD) else { return };
    let given: serde_json::Value = serde_json::from_str(&given.into_string().unwrap()).unwrap();
    let config = config(given["folder"].as_str().unwrap().as_ref(), &Arc::new(Hands::new()));
    let (desk, person, _) =
        Desk::found(config, "Mira", passphrase(PASSPHRASE), &desk::Company::default()).await.unwrap();
    desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
    desk.enrol(given["origin"].as_str().unwrap(), given["code"].as_str().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_enrols_a_desk_comes_to_the_same_end_with_the_same_code() {
    for point in ["relay.token-durable", "relay.enrolled"] {
        let elsewhere = Elsewhere::start().await;
        let folder = tempfile::tempdir().unwrap();
        let code = elsewhere.code("Front desk", true).await;
        let given = serde_json::json!({
            "folder": folder.path().to_str().unwrap(), "origin": elsewhere.origin(), "code": code,
        });
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "relays::the_child_that_enrols"]).env(CHILD, given.to_string());
        child.env("CLOAKROOM_CRASH_AT", format!("{point}:1"));
        child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        assert!(!child.status().await.unwrap().success(), "{point} is passed");
        let hands = Arc::new(Hands::new());
        let desk = Desk::open(config(folder.path(), &hands)).await.unwrap();
        let person = desk.people().await.unwrap()[0];
        desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
        assert!(desk.relays().await.unwrap()[0].inside, "{point}: nothing is believed that was not heard");
        desk.enrol(&elsewhere.origin(), &code).await.unwrap();
        assert_eq!(desk.origin(), elsewhere.origin(), "{point}");
        desk.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_relay_says_of_anothers_box_is_nothing_to_go_by() {
    let lying = crate::liar::Lying::new().await;
    let bed = Bed::with(Some(lying.relay.clone())).await;
    let (first, _) = bed.ask("#0", Template::IdDocument).await;
    let elsewhere = Elsewhere::start().await;
    bed.desk.enrol(&elsewhere.origin(), &elsewhere.code("Front desk", true).await).await.unwrap();
    let (there, mut customer) = bed.ask("#1", Template::IdDocument).await;
    // The first relay tells of a box that was never made on it, and is asked about it no more than it is believed.
    let (id, own) = (there.box_id.to_string(), first.box_id.to_string());
    let asked = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&asked);
    lying.liar.tell(move |_, path, body| {
        if path == format!("/v1/desk/boxes/{id}") {
            seen.fetch_add(1, SeqCst);
        }
        if path != "/v1/desk/events" {
            return None;
        }
        let mut answer: serde_json::Value = serde_json::from_slice(&body).ok()?;
        let seq = 1_000_000 + answer["next"].as_u64().unwrap_or(0);
        let invented = [(&id, "sending"), (&id, "sent"), (&id, "expired"), (&own, "sending")];
        for (of, kind) in invented {
            let event = serde_json::json!({ "seq": seq, "box": of, "kind": kind });
            answer["events"].as_array_mut()?.push(event);
        }
        Some(serde_json::to_vec(&answer).unwrap().into())
    });
    // What it says last, of a box of its own, shows that it was heard to the end.
    bed.until_state(first.request, RoundState::Sending).await;
    assert_eq!(bed.state(there.request).await, RoundState::Waiting);
    assert!(!bed.ledger_kinds().contains(&"alarm".to_owned()));
    assert_eq!(asked.load(SeqCst), 0);
    customer.send_everything().await;
    bed.until_state(there.request, RoundState::Collected).await;
    let erased = bed.desk.erase_now(there.request).await.unwrap()[0];
    bed.desk.wait_certified(erased).await.unwrap();
    assert_eq!(bed.desk.history_of("#1").await.unwrap()[0].state, PurgeState::Certified);
}
