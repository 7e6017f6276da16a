//! Killed between any two steps of what a desk and its relay do about a share, from the asking to the purge.

use crate::{
    bed::{Bed, PASSPHRASE, config, passphrase},
    clock::{DAY, Hands},
    elsewhere::Elsewhere,
};
use desk::{Desk, Template};
use helpdesk::TicketSignal;
use seal::word::WordKind;
use std::{path::Path, sync::Arc};
use vault::tables::{holding::HoldingState, round::RoundState, ticket::TicketState};
use wire::DataClass;

const CHILD: &str = "CLOAKROOM_TEST_SHARES_CHILD";

/// The work of the process that is killed: asks on a relay elsewhere, collects, closes, destroys.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_that_asks_elsewhere() {
    let Some(given) = std::env::var_os(CHILD) else { return };
    let given: serde_json::Value = serde_json::from_str(&given.into_string().unwrap()).unwrap();
    let text = |name: &str| given[name].as_str().unwrap().to_owned();
    let folder = std::path::PathBuf::from(text("folder"));
    let hands = Arc::new(Hands::new());
    let mut config = config(&folder.join("data"), &hands);
    let token = Arc::new(wire::DeskToken::parse(&text("token")).unwrap());
    config.relay = Some(desk::RemoteRelay { origin: text("origin"), token });
    let (desk, person, _) =
        Desk::found(config, "Mira", passphrase(PASSPHRASE), &desk::Company::default()).await.unwrap();
    desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
    promise(&folder, "founded");
    let ask =
        desk::Ask { ticket: "#7".into(), template: Template::IdAndCard, client: String::new(), until: None };
    let link = desk.ask(&ask).await.unwrap();
    promise(&folder, "asked");
    let mut customer = crate::customer::Customer::open(&link.url).await;
    customer.send_everything().await;
    promise(&folder, "sent");
    let mut news = desk.news();
    while desk.rounds(link.request).await.unwrap()[0].state != RoundState::Collected {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), news.changed()).await;
    }
    promise(&folder, "collected");
    let identity = async || {
        let held = desk.detail(link.request).await.unwrap().rounds.remove(0).holdings;
        held.into_iter().find(|held| held.class == DataClass::Identity).unwrap().due.unwrap()
    };
    let until = identity().await + DAY;
    desk.offer_longer(link.box_id, DataClass::Identity, until).await.unwrap();
    customer.say(WordKind::Extend(until)).await;
    promise(&folder, &format!("agreed {until}"));
    while identity().await != until {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), news.changed()).await;
    }
    desk.hear_ticket("#7", TicketSignal::Solved, "test").await.unwrap();
    let charged = desk.charged(link.request).await.unwrap()[0];
    promise(&folder, "card destroyed");
    desk.wait_certified(charged).await.unwrap();
    let erased = desk.erase_now(link.request).await.unwrap()[0];
    promise(&folder, "all destroyed");
    desk.wait_certified(erased).await.unwrap();
    desk.close().await;
}

fn promise(folder: &Path, text: &str) {
    use std::io::Write;
    let path = folder.join("promised");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{text}").unwrap();
    file.sync_all().unwrap();
}

async fn run_child(folder: &Path, elsewhere: &Elsewhere, variables: &[(&str, &str)]) -> bool {
    let given = serde_json::json!({
        "folder": folder.to_str().unwrap(), "origin": elsewhere.origin(), "token": *elsewhere.token.to_bearer(),
    });
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "share_crashes::the_child_that_asks_elsewhere"]).env(CHILD, given.to_string());
    child.envs(variables.iter().copied());
    child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    child.status().await.unwrap().success()
}

/// Killed between any two steps of the share's order, and again at its end: a link that was shown opens with what the
/// relay keeps; of one that was not, neither the wrap nor the share is left; what is destroyed is gone on both sides.
async fn killed_at_each(part: usize) {
    let elsewhere = Elsewhere::start().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("points");
    assert!(run_child(folder.path(), &elsewhere, &[("CLOAKROOM_FAULT_LOG", log.to_str().unwrap())]).await);
    let text = std::fs::read_to_string(log).unwrap();
    let points: std::collections::BTreeSet<&str> = text.lines().collect();
    for step in [
        "word.judged:1",
        "request.durable:1",
        "request.box-open:1",
        "request.share-forgotten:1",
        "share.moved:1",
        "share.deleted:2",
    ] {
        assert!(points.contains(step), "{step} is passed");
    }
    // Founding has its own test.
    let asked = |point: &&&str| {
        ["request.", "share.", "word.", "outbox.", "purge."].iter().any(|kind| point.starts_with(kind))
    };
    for point in points.iter().filter(asked).skip(part).step_by(2) {
        let elsewhere = Elsewhere::start().await;
        let folder = tempfile::tempdir().unwrap();
        run_child(folder.path(), &elsewhere, &[("CLOAKROOM_CRASH_AT", point)]).await;
        check(point, &elsewhere, folder).await;
    }
}

async fn check(point: &str, elsewhere: &Elsewhere, folder: tempfile::TempDir) {
    let promised = std::fs::read_to_string(folder.path().join("promised")).unwrap_or_default();
    let said = |what: &str| promised.lines().any(|line| line == what);
    let agreed: Option<u64> =
        promised.lines().find_map(|line| line.strip_prefix("agreed ")).map(|until| until.parse().unwrap());
    if !said("founded") {
        return;
    }
    let hands = Arc::new(Hands::new());
    let mut config = config(&folder.path().join("data"), &hands);
    config.relay = Some(elsewhere.for_desk());
    let desk = Desk::open(config).await.unwrap_or_else(|error| panic!("{point}: {error}"));
    let person = desk.people().await.unwrap()[0];
    let bed = Bed { desk, person, hands, folder };
    bed.unlock().await;
    for request in bed.desk.inbox(None, Some("#7".to_owned()), None, 10).await.unwrap() {
        bed.until("no half-open round", || async { bed.state(request.id).await != RoundState::Opening })
            .await;
        if said("sent") {
            bed.until("collecting", || async {
                !bed.desk.rounds(request.id).await.unwrap()[0].state.awaits()
            })
            .await;
        }
        for purge in bed.desk.history_of("#7").await.unwrap() {
            bed.desk.wait_certified(purge.id).await.unwrap();
            let method = bed.desk.purge(purge.id).await.unwrap().row.method.unwrap();
            // Of a link that was never shown the desk may not know whether the relay ever had its part: it claims nothing.
            assert!(method.contains('R') || !said("asked"), "{point}: {method}");
        }
        let round = bed.desk.detail(request.id).await.unwrap().rounds.remove(0);
        if !said("asked") {
            let state = round.row.state;
            assert!(matches!(state, RoundState::Revoked | RoundState::Waiting), "{point}: {state:?}");
        }
        let id = round.row.box_id;
        let due = async |class| {
            let held = bed.desk.detail(request.id).await.unwrap().rounds.remove(0).holdings;
            held.into_iter().find(|held| held.class == class).unwrap().due.unwrap()
        };
        // A ticket that was solved since has its own end.
        if let Some(until) = agreed
            && bed.desk.ticket("#7").await.unwrap().state == TicketState::Open
        {
            bed.until("the yes", || async { due(DataClass::Identity).await == until }).await;
        }
        for held in round.holdings {
            let kept = elsewhere.share(id, held.class).await;
            let alive = held.state == HoldingState::Alive;
            assert_eq!(kept.is_ok(), alive, "{point}: {:?} on both sides, or on neither", held.class);
            if alive {
                bed.until("the relay's term to be the holding's end", || async {
                    elsewhere.share(id, held.class).await.unwrap().term == due(held.class).await
                })
                .await;
            }
        }
        if matches!(round.row.state, RoundState::Waiting | RoundState::Sending) {
            bed.desk.link(round.row.box_id).await.unwrap();
        }
        for item in bed.desk.items(request.id).await.unwrap() {
            bed.desk.reveal(item.item, "check-quality", None).await.unwrap();
        }
    }
    bed.ledger_verifies().await;
    bed.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_of_a_share_1_of_2() {
    killed_at_each(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_of_a_share_2_of_2() {
    killed_at_each(1).await;
}
