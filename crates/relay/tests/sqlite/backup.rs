//! A copy of the store, and a relay that goes on with it.

use crate::{
    conformance::{
        self,
        calls::{CHUNK, Part, is_problem, open},
        shares::{ask, deposit, open_with},
    },
    files_with,
    running::{self, start},
};
use relay::Config;
use reqwest::Method;

/// A copy made while the relay serves has everything but shares; restored, numbers go on beyond what desks know.
#[tokio::test]
async fn a_backup_restores_without_shares() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let share = deposit(&target, "identity");
    let bytes = data_encoding::HEXLOWER.decode(share["share"].as_str().unwrap().as_bytes()).unwrap();
    let (sent, waiting) = (open_with(&target, std::slice::from_ref(&share)).await, open(&target).await);
    let part = Part::make(2 * CHUNK + 5);
    sent.hand_in(std::slice::from_ref(&part)).await;
    let hook = conformance::hooks::make(&target).await.to_string();
    conformance::hooks::post(&target, &hook).body("kept of webhooks").send().await.unwrap();
    let code = conformance::enrolment::add(&target, "late").await;
    let copy = running.folder.path().join("copy");
    let done = relay::backup(&store, &copy).unwrap();
    assert_eq!((done.chunks, done.bytes, done.gone), (3, part.bytes.len() as u64, 0));
    assert_eq!(files_with(&store, &bytes), ["shares"]);
    assert!(files_with(&copy, &bytes).is_empty());
    // Nor has it webhooks, whose headers may prove more than they should.
    assert!(files_with(&copy, b"kept of webhooks").is_empty());
    assert_eq!(files_with(&store, b"kept of webhooks").len(), 1);
    assert!(matches!(relay::backup(&store, &copy), Err(relay::BackupError::NotEmpty)));
    assert!(matches!(relay::backup(&copy.join("blobs"), &copy), Err(relay::BackupError::NoStore)));
    // What the desk heard after the copy was made is lost with the store.
    conformance::hooks::post(&target, &hook).body("lost").send().await.unwrap();
    waiting.send(&part).await;
    let path = "/v1/desk/events?after=0";
    let heard: serde_json::Value = target.desk(Method::GET, path).send().await.unwrap().json().await.unwrap();
    let position = heard["next"].as_u64().unwrap();
    let last = conformance::hooks::waiting(&target).await["deliveries"][1]["n"].as_u64().unwrap();

    let running::Running { folder, relay, stop, served } = running;
    stop.send(()).unwrap();
    served.await.unwrap();
    drop((relay, target));
    let (again, _running) = running::start_with(Config::new(&copy), folder).await;
    let (sent, waiting) = (sent.at(&again), waiting.at(&again));
    assert_eq!((sent.state().await.as_str(), waiting.state().await.as_str()), ("sent", "waiting"));
    assert_eq!(sent.download(part.id).await, part.bytes);
    is_problem(ask(&sent, Method::GET, "identity").await, 410, "ended").await;
    // Nobody erased that share here, and nobody says so; nor does a code from before work.
    assert!(!conformance::shares::erased(&sent, "identity").await);
    let token = wire::DeskToken::from_bytes([0x3d; 32]);
    let enrolled = conformance::enrolment::enrol(&again, &code, &token).await;
    is_problem(enrolled, 403, "bad-code").await;
    // New events and webhooks have numbers the desk does not know yet.
    waiting.send(&part).await;
    conformance::hooks::post(&again, &hook).body("new").send().await.unwrap();
    let path = format!("/v1/desk/events?after={position}");
    let events: serde_json::Value =
        again.desk(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    let kinds: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["sending", "delivery"]);
    let view = conformance::hooks::waiting(&again).await;
    assert_eq!((view["deliveries"].as_array().unwrap().len(), &view["dropped"]), (1, &1.into()));
    assert!(view["deliveries"][0]["n"].as_u64().unwrap() > last);
}
