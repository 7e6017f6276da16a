//! The real program, killed: at every durable step by its fault points, and at random. After the next start,
//! everything that was acknowledged is there, and nothing is half there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod program;

use conformance::{
    calls::{CHUNK, Customer, Part, open, random},
    enrolment, hooks,
    shares::{ask, deposit, erased, open_with},
};
use program::{Program, Store};
use reqwest::{Method, Response, StatusCode};
use std::{collections::HashMap, time::Duration};
use tokio::task::JoinSet;
use wire::PartId;

/// A call to a program that may die meanwhile: the answer, if there was one.
async fn attempt(call: reqwest::RequestBuilder) -> Option<Response> {
    call.timeout(Duration::from_secs(20)).send().await.ok()
}

/// A customer who has sent two parts and not submitted yet.
async fn ready(program: &Program) -> (Customer, [Part; 2], Vec<u8>) {
    let customer = open(&program.target).await;
    let parts = [Part::make(CHUNK + 5), Part::make(3000)];
    for part in &parts {
        assert!(customer.send(part).await.iter().all(StatusCode::is_success));
    }
    let body = customer.body(&parts);
    (customer, parts, body)
}

/// The same customer, at the program started again.
fn at(customer: &Customer, program: &Program) -> Customer {
    customer.at(&program.target)
}

#[tokio::test]
async fn dies_while_storing_a_chunk() {
    for point in ["chunk.written", "chunk.synced", "chunk.before-commit", "chunk.committed"] {
        let store = Store::new();
        let program = store.start(None).await;
        let (customer, parts, body) = ready(&program).await;
        program.kill().await;
        let program = store.start(Some(point)).await;
        let part = Part::make(CHUNK);
        let customer = at(&customer, &program);
        let call = customer.call(Method::PUT, &format!("/parts/{}/0", part.id)).body(part.bytes.clone());
        assert!(attempt(call).await.is_none(), "{point}");
        program.died().await;

        let program = store.start(None).await;
        let customer = at(&customer, &program);
        // What was acknowledged is there; the one that was not may be, whole, or may not.
        for earlier in &parts {
            assert!(customer.send(earlier).await.iter().all(|status| *status == StatusCode::OK), "{point}");
        }
        let expected = if point == "chunk.committed" { StatusCode::OK } else { StatusCode::CREATED };
        assert_eq!(customer.send(&part).await, [expected], "{point}");
        assert_eq!(store.chunk_files(), 4, "{point}");
        assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);
        for earlier in &parts {
            assert_eq!(customer.download(earlier.id).await, earlier.bytes);
        }
    }
}

#[tokio::test]
async fn dies_while_accepting() {
    for (point, accepted) in [("submit.before-commit", false), ("submit.committed", true)] {
        let store = Store::new();
        let program = store.start(Some(point)).await;
        let (customer, parts, body) = ready(&program).await;
        assert!(attempt(customer.call(Method::POST, "/submit").body(body.clone())).await.is_none());
        program.died().await;

        let program = store.start(None).await;
        let customer = at(&customer, &program);
        assert_eq!(customer.state().await, if accepted { "sent" } else { "sending" });
        let events = program.target.events_of(customer.id).await.len();
        assert_eq!(events, if accepted { 2 } else { 1 });
        let other = customer.submit(&customer.body(&parts)).await.status();
        assert_eq!(other, if accepted { StatusCode::CONFLICT } else { StatusCode::OK });
        for part in &parts {
            assert_eq!(customer.download(part.id).await, part.bytes);
        }
        let again = customer.submit(&body).await.status();
        assert_eq!(again, if accepted { StatusCode::OK } else { StatusCode::CONFLICT });
    }
}

#[tokio::test]
async fn dies_while_erasing() {
    for point in [
        "erase.unlinked",
        "collected.before-commit",
        "collected.committed",
        "delete.before-commit",
        "delete.committed",
    ] {
        let store = Store::new();
        let program = store.start(Some(point)).await;
        let (customer, _, body) = ready(&program).await;
        assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);
        let record = wire::SubmitBody::parse(&body).unwrap().record.hash();
        let collected = serde_json::json!({"record": data_encoding::HEXLOWER.encode(&record)});
        let call = if point.starts_with("delete") {
            program.target.desk(Method::DELETE, &customer.desk_path("?as=purged"))
        } else {
            program.target.desk(Method::POST, &customer.desk_path("/collected")).json(&collected)
        };
        assert!(attempt(call).await.is_none(), "{point}");
        program.died().await;

        // The desk, unsure, asks again; then it is erased for certain.
        let program = store.start(None).await;
        let customer = at(&customer, &program);
        let deleting = point.starts_with("delete");
        let answer = if deleting { customer.end("purged").await } else { customer.collected(&body).await };
        assert_eq!(answer.status(), StatusCode::OK, "{point}");
        assert_eq!(customer.state().await, if deleting { "purged" } else { "collected" }, "{point}");
        assert_eq!(store.chunk_files(), 0, "{point}");
        assert_eq!(customer.submit(&body).await.status(), StatusCode::OK, "{point}");
    }
}

#[tokio::test]
async fn dies_while_opening_noting_speaking() {
    for point in ["open", "note", "word"] {
        for when in ["before-commit", "committed"] {
            let store = Store::new();
            let program = store.start(None).await;
            let (customer, ..) = ready(&program).await;
            program.kill().await;
            let program = store.start(Some(&format!("{point}.{when}"))).await;
            let speaking = at(&customer, &program);
            let (opening, opened) = conformance::calls::opening(&program.target);
            let call = match point {
                "open" => program.target.desk(Method::POST, "/v1/boxes").json(&opening),
                "note" => program.target.desk(Method::PUT, &customer.desk_path("/notes/0")).body("note"),
                _ => speaking.call(Method::POST, "/words").body("word"),
            };
            assert!(attempt(call).await.is_none());
            program.died().await;

            let program = store.start(None).await;
            let customer = at(&customer, &program);
            let done = when == "committed";
            let target = &program.target;
            match point {
                "open" => {
                    let again = target.desk(Method::POST, "/v1/boxes").json(&opening).send().await.unwrap();
                    assert_eq!(again.status(), if done { StatusCode::OK } else { StatusCode::CREATED });
                    assert_eq!(at(&opened, &program).state().await, "waiting");
                }
                "note" => {
                    let call = target.desk(Method::PUT, &customer.desk_path("/notes/0")).body("note");
                    let again = call.send().await.unwrap();
                    assert_eq!(again.status(), if done { StatusCode::OK } else { StatusCode::CREATED });
                    assert_eq!(customer.view().await["notes"].as_array().unwrap().len(), 1);
                }
                _ => {
                    let told = target.events_of(customer.id).await.len();
                    assert_eq!(told, if done { 2 } else { 1 });
                    let again = customer.call(Method::POST, "/words").body("word").send().await.unwrap();
                    assert_eq!(again.status(), StatusCode::ACCEPTED);
                    assert_eq!(target.events_of(customer.id).await.len(), 2);
                }
            }
        }
    }
}

/// Shares come with their box or not at all, and what a crash interrupts can be asked for again.
#[tokio::test]
async fn dies_while_keeping_shares() {
    for (point, opened) in [
        ("shares.written", false),
        ("shares.synced", false),
        ("open.before-commit", false),
        ("open.committed", true),
    ] {
        let store = Store::new();
        let program = store.start(Some(point)).await;
        let share = deposit(&program.target, "identity");
        let (mut body, customer) = conformance::calls::opening(&program.target);
        body["shares"] = serde_json::json!([share]);
        assert!(attempt(program.target.desk(Method::POST, "/v1/boxes").json(&body)).await.is_none());
        program.died().await;
        assert!(store.holds(&share), "{point}: it was on its way");

        let program = store.start(None).await;
        // Without the box, there is no share.
        assert_eq!(store.holds(&share), opened, "{point}");
        let again = program.target.desk(Method::POST, "/v1/boxes").json(&body).send().await.unwrap();
        assert_eq!(again.status(), if opened { StatusCode::OK } else { StatusCode::CREATED }, "{point}");
        let kept = ask(&at(&customer, &program), Method::GET, "identity").await;
        assert_eq!(kept.json::<serde_json::Value>().await.unwrap()["share"], share["share"], "{point}");
    }
}

/// What was told "gone" is gone; what was not told is gone after asking again; a moved term stands before or after.
#[tokio::test]
async fn dies_while_a_share_goes_or_moves() {
    for (point, visit) in [
        ("shares.written", 2),
        ("shares.synced", 2),
        ("share.before-commit", 1),
        ("share.committed", 1),
        ("delete.before-commit", 1),
        ("term.before-commit", 1),
        ("term.committed", 1),
    ] {
        let store = Store::new();
        let program = store.start(Some(&format!("{point}:{visit}"))).await;
        let shares = ["identity", "payment"].map(|class| deposit(&program.target, class));
        let customer = open_with(&program.target, &shares).await;
        let path = customer.desk_path("/shares/identity");
        let later = shares[0]["term"].as_u64().unwrap() + 60;
        let call = match point.split_once('.').unwrap().0 {
            "delete" => program.target.desk(Method::DELETE, &customer.desk_path("?as=revoked")),
            "term" => program.target.desk(Method::PUT, &path).json(&serde_json::json!({"term": later})),
            _ => program.target.desk(Method::DELETE, &path),
        };
        assert!(attempt(call).await.is_none(), "{point}");
        program.died().await;

        let program = store.start(None).await;
        let customer = at(&customer, &program);
        match point.split_once('.').unwrap().0 {
            "delete" => {
                assert_eq!(customer.end("revoked").await.status(), StatusCode::OK);
                assert!(!store.holds(&shares[0]) && !store.holds(&shares[1]), "{point}");
                continue;
            }
            "term" => {
                let kept = ask(&customer, Method::GET, "identity").await;
                let kept: serde_json::Value = kept.json().await.unwrap();
                assert_eq!(kept["term"], later, "{point}: it was durable before the commit");
            }
            _ => {
                // The answer that was lost is given again.
                assert!(erased(&customer, "identity").await, "{point}");
                assert!(!store.holds(&shares[0]), "{point}");
            }
        }
        // The other class is none the worse.
        let kept = ask(&customer, Method::GET, "payment").await;
        assert_eq!(kept.json::<serde_json::Value>().await.unwrap()["share"], shares[1]["share"], "{point}");
    }
}

/// A share whose term passes while the relay dies is overwritten by then or at the next start, and known to be.
#[tokio::test]
async fn dies_while_a_term_ends() {
    for point in ["shares.written:2", "shares.synced:2"] {
        let store = Store::new();
        let clock = store.data_dir().with_file_name("clock");
        let clock = ("CLOAKROOM_CLOCK", clock.to_str().unwrap());
        let program = store.run([clock, ("CLOAKROOM_CRASH_AT", point)]).await;
        let mut shares = ["identity", "payment"].map(|class| deposit(&program.target, class));
        shares[1]["term"] = shares[1]["term_max"].clone();
        let customer = open_with(&program.target, &shares).await;
        let body = customer.hand_in(&[Part::make(100)]).await;
        assert_eq!(customer.collected(&body).await.status(), StatusCode::OK);
        std::fs::write(clock.1, (11 * 86_400).to_string()).unwrap();
        program.died().await;

        let program = store.run([clock]).await;
        let customer = at(&customer, &program);
        assert_eq!(ask(&customer, Method::GET, "identity").await.status(), StatusCode::GONE, "{point}");
        assert!(erased(&customer, "identity").await, "{point}");
        assert!(!store.holds(&shares[0]), "{point}");
        let kept = ask(&customer, Method::GET, "payment").await;
        assert_eq!(kept.json::<serde_json::Value>().await.unwrap()["share"], shares[1]["share"], "{point}");
    }
}

/// The mode in which the scan must find a share: left where it stood instead of being overwritten.
#[tokio::test]
async fn without_the_overwrite_a_share_is_found() {
    for (skip, found) in [(None, false), (Some(("CLOAKROOM_SKIP_SCRUB", "1")), true)] {
        let store = Store::new();
        let program = store.start_with(skip).await;
        let share = deposit(&program.target, "identity");
        let customer = open_with(&program.target, std::slice::from_ref(&share)).await;
        assert!(store.holds(&share));
        assert_eq!(ask(&customer, Method::DELETE, "identity").await.status(), StatusCode::OK);
        assert_eq!(store.holds(&share), found);
        program.kill().await;
        assert_eq!(store.holds(&share), found);
    }
}

/// A desk that did not hear whether it is in asks again, with the same code and token.
#[tokio::test]
async fn dies_while_a_desk_enrols() {
    for point in ["enrol.before-commit", "enrol.committed"] {
        let store = Store::new();
        let program = store.start(Some(point)).await;
        let code = enrolment::add(&program.target, "front desk").await;
        let token = wire::DeskToken::from_bytes(random());
        let body = serde_json::json!({"code": code, "token_hash": token.hash()});
        let enrol =
            |program: &Program| reqwest::Client::new().post(program.target.url("/v1/desk/enrol")).json(&body);
        assert!(attempt(enrol(&program)).await.is_none(), "{point}");
        program.died().await;

        let program = store.start(None).await;
        assert_eq!(enrol(&program).send().await.unwrap().status(), StatusCode::OK, "{point}");
        let call = reqwest::Client::new().get(program.target.url("/v1/desk"));
        let known = call.bearer_auth(token.to_bearer().as_str()).send().await.unwrap();
        assert_eq!(known.json::<serde_json::Value>().await.unwrap()["name"], "front desk");
        let other = wire::DeskToken::from_bytes(random());
        assert_eq!(enrolment::enrol(&program.target, &code, &other).await.status(), StatusCode::FORBIDDEN);
    }
}

/// A helpdesk that heard "kept" has it kept; one that heard nothing sends again. What the desk is done with is gone.
#[tokio::test]
async fn dies_while_a_webhook_comes_or_goes() {
    for (point, after) in [
        ("deliver.before-commit", 1),
        ("deliver.committed", 2),
        ("fetched.before-commit", 0),
        ("fetched.committed", 0),
    ] {
        let store = Store::new();
        let program = store.start(Some(point)).await;
        let hook = hooks::make(&program.target).await.to_string();
        let going = point.starts_with("fetched");
        if going {
            assert_eq!(
                hooks::post(&program.target, &hook).send().await.unwrap().status(),
                StatusCode::ACCEPTED
            );
        }
        let done = |program: &Program| program.target.desk(Method::DELETE, "/v1/desk/deliveries/1");
        let call = if going { done(&program) } else { hooks::post(&program.target, &hook) };
        assert!(attempt(call).await.is_none(), "{point}");
        program.died().await;

        let program = store.start(None).await;
        let call = if going { done(&program) } else { hooks::post(&program.target, &hook) };
        assert!(call.send().await.unwrap().status().is_success(), "{point}");
        let waiting = hooks::waiting(&program.target).await;
        assert_eq!(waiting["deliveries"].as_array().unwrap().len(), after, "{point}");
    }
}

/// Eight customers at once, the program killed somewhere in the middle, ten times over the same store: what one of
/// them was told is stored, is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random() {
    let store = Store::new();
    let mut accepted: Vec<(Customer, Part, Vec<u8>)> = Vec::new();
    let mut acknowledged = 0;
    for round in 0..10 {
        let program = store.start(None).await;
        let mut customers = JoinSet::new();
        for _ in 0..8 {
            let target = program.target.clone();
            customers.spawn(async move { one_customer(&target).await });
        }
        // Killed after a number of acknowledgements that no run repeats: by the count, not by the clock.
        let [few] = random::<1>();
        program.kill_after(u64::from(few) % 60).await;
        let mut open = Vec::new();
        while let Some(done) = customers.join_next().await {
            open.extend(done.unwrap());
        }

        let program = store.start(None).await;
        for told in open {
            let customer = at(&told.customer, &program);
            acknowledged += told.chunks.len();
            let mut whole = true;
            for (n, chunk) in told.part.chunks() {
                let sent = told.chunks.contains_key(&n);
                let status = customer.put(told.part.id, n, chunk).await.status();
                assert!(!sent || status == StatusCode::OK, "round {round}: an acknowledged chunk is gone");
                whole &= status.is_success();
            }
            assert!(whole);
            let other = customer.submit(&customer.body(std::slice::from_ref(&told.part))).await.status();
            let again = customer.submit(&told.body).await.status();
            if told.accepted {
                assert_eq!((other, again), (StatusCode::CONFLICT, StatusCode::OK), "round {round}");
                accepted.push((customer.clone(), told.part.clone(), told.body));
            }
            assert_eq!(customer.download(told.part.id).await, told.part.bytes);
        }
        for (customer, part, body) in &accepted {
            let customer = at(customer, &program);
            assert_eq!(customer.submit(body).await.status(), StatusCode::OK);
            assert_eq!(customer.download(part.id).await, part.bytes);
        }
        program.kill().await;
    }
    assert!(acknowledged > 0 && !accepted.is_empty());
}

/// What a customer was told before the program died.
struct Told {
    customer: Customer,
    part: Part,
    chunks: HashMap<u32, StatusCode>,
    body: Vec<u8>,
    accepted: bool,
}

/// Sends and submits, one link after the other, until nobody answers; what was told of each.
async fn one_customer(target: &conformance::Target) -> Vec<Told> {
    let mut told = Vec::new();
    loop {
        let (opening, customer) = conformance::calls::opening(target);
        let opened = attempt(target.desk(Method::POST, "/v1/boxes").json(&opening)).await;
        if opened.is_none() {
            return told;
        }
        let part = Part { id: PartId::from_bytes(random()), ..Part::make(2 * CHUNK + 17) };
        let body = customer.body(std::slice::from_ref(&part));
        let mut chunks = HashMap::new();
        for (n, chunk) in part.chunks() {
            let call = customer.call(Method::PUT, &format!("/parts/{}/{n}", part.id)).body(chunk.to_vec());
            if let Some(answer) = attempt(call).await {
                chunks.insert(n, answer.status());
            }
        }
        let answer = attempt(customer.call(Method::POST, "/submit").body(body.clone())).await;
        let accepted = answer.is_some_and(|answer| answer.status() == StatusCode::OK);
        told.push(Told { customer, part, chunks, body, accepted });
    }
}
