//! The process killed at every durable step it passes, from founding to the last certificate: after the restart
//! nothing accepted is lost, nothing due survives, the ledger verifies.

use crate::{
    bed::{Bed, PASSPHRASE, config, passphrase},
    clock::Hands,
    customer::Customer,
    tracker::{TOKEN, Tracker},
    webhooks::Sender,
};
use desk::{Ask, Company, Desk, Template};
use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    sync::Arc,
};
use vault::tables::{purge::PurgeState, round::RoundState};

const CHILD: &str = "CLOAKROOM_TEST_CHILD";
const TICKET: &str = "#55";

/// The work of the process that is killed; as a test of its own it only checks that nobody asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_that_is_killed() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let note = |text: &str| acknowledge(&folder, text);
    let hands = Arc::new(Hands::new());
    let company = Company::default();
    let (desk, person, _) =
        Desk::found(config(&folder.join("data"), &hands), "Mira", passphrase(PASSPHRASE), &company)
            .await
            .unwrap();
    note(&format!("founded {person}"));
    desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
    // Its helpdesk, which goes with this process.
    let tracker = Tracker::start(&hands).await;
    tracker.set(55, "open");
    let connection = crate::helpdesks::new(&tracker, "");
    let connection = desk.add_helpdesk(&connection, crate::helpdesks::token(TOKEN)).await.unwrap();
    note("connected");
    let sender = Sender::new(desk.set_hook(connection, None).await.unwrap());
    let ask =
        Ask { ticket: TICKET.into(), template: Template::IdAndCard, client: String::new(), until: None };
    let link = desk.ask(&ask).await.unwrap();
    note(&format!("asked {} {}", link.box_id, link.request));
    let mut customer = Customer::open(&link.url).await;
    customer.send_everything().await;
    note("sent");
    let mut news = desk.news();
    while desk.rounds(link.request).await.unwrap()[0].state != RoundState::Collected {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), news.changed()).await;
    }
    note("collected");
    sender.signed(desk.now(), r#"{"ticket":56,"state":"closed"}"#).await;
    let told = || tracker.comments().len() >= 2;
    let counted = || async { !desk.helpdesks().await.unwrap()[0].disbeliefs.is_empty() };
    while !(told() && counted().await) {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), news.changed()).await;
    }
    note("judged");
    let charged = desk.charged(link.request).await.unwrap()[0];
    note("card destroyed");
    desk.wait_certified(charged).await.unwrap();
    note("card certified");
    let erased = desk.erase_now(link.request).await.unwrap()[0];
    note("all destroyed");
    desk.wait_certified(erased).await.unwrap();
    note("all certified");
    while !matches!(customer.notes().await.last(), Some(seal::note::Says::Deleted { .. })) {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), news.changed()).await;
    }
    note("told");
    desk.close().await;
}

/// What was promised to somebody outside, durable before it is acted on.
fn acknowledge(folder: &Path, text: &str) {
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(folder.join("promised")).unwrap();
    writeln!(file, "{text}").unwrap();
    file.sync_all().unwrap();
}

fn run_child(folder: &Path, crash_at: Option<&str>, log: Option<&Path>) -> ExitStatus {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "crashes::the_child_that_is_killed"]).env(CHILD, folder);
    if let Some(point) = crash_at {
        child.env("CLOAKROOM_CRASH_AT", point);
    }
    if let Some(log) = log {
        child.env("CLOAKROOM_FAULT_LOG", log);
    }
    child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    child.status().unwrap()
}

/// Every point that a whole run passes.
fn points() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("points");
    assert!(run_child(folder.path(), None, Some(&log)).success());
    let text = std::fs::read_to_string(log).unwrap();
    text.lines().map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Every fourth point: four tests share the work, so that it uses the machine.
async fn killed_at_each(share: usize) {
    let points = points();
    println!("{} points in all", points.len());
    assert!(points.len() > 60, "the fault points are built in");
    for point in ["helpdesk.added", "delivery.judged", "ticket-note.sent"] {
        assert!(points.iter().any(|passed| passed.split(':').next() == Some(point)), "{point} is passed");
    }
    for point in points.iter().skip(share).step_by(4) {
        let folder = tempfile::tempdir().unwrap();
        let status = run_child(folder.path(), Some(point), None);
        // A point that this run's own timing did not pass again leaves a whole run, which must hold as well.
        let promised = std::fs::read_to_string(folder.path().join("promised")).unwrap_or_default();
        check(point, folder, &promised, status.success()).await;
    }
}

async fn check(point: &str, folder: tempfile::TempDir, promised: &str, whole: bool) {
    let said = |what: &str| promised.lines().any(|line| line.starts_with(what));
    let hands = Arc::new(Hands::new());
    let data = folder.path().join("data");
    let opened = Desk::open(config(&data, &hands)).await;
    if !said("founded") {
        // Either there is no vault, and founding one works; or the crash came after the last step of founding.
        if let Err(error) = opened {
            assert!(matches!(error, desk::DeskError::Vault(vault::VaultError::NoVault)), "{point}: {error}");
            let company = Company::default();
            let founded = Desk::found(config(&data, &hands), "Mira", passphrase(PASSPHRASE), &company).await;
            founded.unwrap_or_else(|error| panic!("{point}: {error}")).0.close().await;
        }
        return;
    }
    let desk = opened.unwrap_or_else(|error| panic!("{point}: {error}"));
    let person = desk.people().await.unwrap()[0];
    let bed = Bed { desk, person, hands, folder };
    bed.unlock().await;
    let helpdesks = bed.desk.helpdesks().await.unwrap();
    assert!(!said("connected") || helpdesks.len() == 1, "{point}: the helpdesk is there");
    for view in &helpdesks {
        // One webhook was sent, once: what the relay brings again is known.
        assert!(view.disbeliefs.iter().all(|of| of.code == "not-ours" && of.count == 1), "{point}: {view:?}");
        assert!(!said("judged") || view.disbeliefs.len() == 1, "{point}: {view:?}");
        assert!(!said("connected") || !view.paused, "{point}");
    }
    // By its ticket: it may be done already.
    let requests = bed.desk.inbox(None, Some(TICKET.to_owned()), None, 10).await.unwrap();
    if said("asked") {
        assert_eq!(requests.len(), 1, "{point}: the request is there");
        let request = requests[0].id;
        if said("sent") {
            // Collected, or on its way to being destroyed.
            bed.until("collecting", || async { !bed.desk.rounds(request).await.unwrap()[0].state.awaits() })
                .await;
        }
        let history = bed.desk.history_of(TICKET).await.unwrap();
        for purge in &history {
            assert_ne!(purge.state, PurgeState::Destroying, "{point}: keys first of all");
            bed.desk.wait_certified(purge.id).await.unwrap();
            let certificate = bed.desk.certificate(purge.id).await.unwrap();
            ledger::Certificate::parse(certificate.as_bytes()).unwrap().verify(None).unwrap();
        }
        let rules: Vec<_> = history.iter().map(|purge| purge.rule.as_str()).collect();
        assert!(!said("card destroyed") || rules.contains(&"charged"), "{point}: {rules:?}");
        assert!(!said("all destroyed") || rules.contains(&"erase-now"), "{point}: {rules:?}");
        let items = bed.desk.items(request).await.unwrap();
        let expected = match (rules.contains(&"charged"), rules.contains(&"erase-now")) {
            (_, true) => 0,
            (true, false) => 1,
            (false, false) if said("sent") => 2,
            (false, false) => items.len(),
        };
        assert_eq!(items.len(), expected, "{point}");
        for item in items {
            bed.desk.reveal(item.item, "check-quality", None).await.unwrap();
        }
        if whole {
            assert!(said("told"), "{point}");
        }
    } else {
        // Nobody has the link; what there is of it is taken back.
        for request in requests {
            bed.until("taking back", || async { bed.state(request.id).await != RoundState::Opening }).await;
            let state = bed.state(request.id).await;
            assert!(matches!(state, RoundState::Revoked | RoundState::Waiting), "{point}: {state:?}");
        }
    }
    bed.ledger_verifies().await;
    let blobs = std::fs::read_dir(bed.folder.path().join("data/blobs")).map(Iterator::count).unwrap_or(0);
    assert!(blobs <= 4, "{point}: no orphans");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_durable_step_1_of_4() {
    killed_at_each(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_durable_step_2_of_4() {
    killed_at_each(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_durable_step_3_of_4() {
    killed_at_each(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_durable_step_4_of_4() {
    killed_at_each(3).await;
}
