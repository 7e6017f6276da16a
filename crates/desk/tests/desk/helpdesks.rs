//! Helpdesks as the desk lives with them: what they say ends and reopens, bad days are shown, notes go back.

use crate::{
    bed::Bed,
    tracker::{Day, TOKEN, Tracker},
};
use desk::{DeskError, HelpdeskId, HelpdeskKind, HelpdeskToken, NewHelpdesk, Template};
use vault::tables::{holding::HoldingState, round::RoundState, ticket::TicketState};

pub fn new(tracker: &Tracker, prefix: &str) -> NewHelpdesk {
    NewHelpdesk {
        kind: HelpdeskKind::RequestTracker,
        name: "Front desk".into(),
        address: tracker.address.clone(),
        account: String::new(),
        scope: String::new(),
        prefix: prefix.into(),
    }
}

pub fn token(text: &str) -> Option<HelpdeskToken> {
    Some(HelpdeskToken::parse(text).unwrap())
}

pub async fn connected(bed: &Bed, prefix: &str) -> (Tracker, HelpdeskId) {
    let tracker = Tracker::start(&bed.hands).await;
    let id = bed.desk.add_helpdesk(&new(&tracker, prefix), token(TOKEN)).await.unwrap();
    (tracker, id)
}

async fn ticket(bed: &Bed, reference: &str) -> TicketState {
    bed.desk.ticket(reference).await.unwrap().state
}

fn trouble(bed: &Bed, about: &str) -> Option<String> {
    bed.desk.troubles().into_iter().find(|trouble| trouble.about == about).map(|trouble| trouble.text)
}

#[tokio::test(flavor = "multi_thread")]
async fn resolved_there_ends_here_reopened_takes_it_back_and_resolved_again_ends_it() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    let term = bed.desk.detail(link.request).await.unwrap().row.due;
    tracker.set(7, "open");
    tracker.set(8, "resolved");
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "#7").await, TicketState::Open);

    tracker.set(7, "resolved");
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "7").await, TicketState::Closed);
    let due = bed.desk.detail(link.request).await.unwrap().row.due;
    assert!(due < term, "grace begins");

    // Request Tracker takes its own close back: within the grace nothing is lost.
    tracker.set(7, "open");
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "#7").await, TicketState::Open);
    assert_eq!(bed.desk.detail(link.request).await.unwrap().row.due, term);

    tracker.set(7, "resolved");
    bed.desk.pull_now(id).await.unwrap();
    let grace = bed.desk.detail(link.request).await.unwrap().rounds[0].holdings[0].grace;
    bed.hands.pass(grace + 1);
    bed.desk.wake();
    bed.until_state(link.request, RoundState::Purged).await;
    assert_eq!(ticket(&bed, "#8").await, TicketState::Open, "nobody asked anything for that one");
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_by_hand_stays_though_the_helpdesk_says_open_as_before() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    bed.collected("#7", Template::IdDocument).await;
    tracker.set(7, "open");
    bed.desk.pull_now(id).await.unwrap();
    bed.desk.close_ticket("#7").await.unwrap();
    tracker.set(7, "open");
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "#7").await, TicketState::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_moves_and_ends_nothing() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "RT-").await;
    let (link, _customer) = bed.collected("RT-7", Template::IdDocument).await;
    let due = bed.desk.detail(link.request).await.unwrap().row.due;
    tracker.set(9, "open");
    tracker.merge(7, 9);
    bed.desk.pull_now(id).await.unwrap();
    let detail = bed.desk.detail(link.request).await.unwrap();
    assert_eq!((detail.row.ticket.as_str(), detail.row.due), ("RT-9", due));
    tracker.set(9, "resolved");
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "RT-9").await, TicketState::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn references_belong_to_the_helpdesk_whose_beginning_they_have() {
    let bed = Bed::new().await;
    let (one, one_id) = connected(&bed, "").await;
    let (two, two_id) = connected(&bed, "RT-").await;
    for ticket in ["#7", "RT-7"] {
        bed.collected(ticket, Template::IdDocument).await;
    }
    two.set(7, "resolved");
    one.set(7, "open");
    bed.desk.pull_now(one_id).await.unwrap();
    bed.desk.pull_now(two_id).await.unwrap();
    assert_eq!(ticket(&bed, "#7").await, TicketState::Open);
    assert_eq!(ticket(&bed, "rt-7").await, TicketState::Closed);

    let again = bed.desk.add_helpdesk(&new(&one, "rt-"), token(TOKEN)).await.unwrap_err();
    assert!(again.to_string().contains("its own beginning"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_while_locked_and_after_a_restart_from_where_it_was() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    tracker.set(7, "open");
    bed.desk.pull_now(id).await.unwrap();
    bed.hands.pass(2 * 86_400);
    bed.desk.pull_now(id).await.unwrap();
    let bed = bed.off(|| tracker.set(7, "resolved")).await;
    assert!(!bed.desk.is_unlocked());
    // By itself, at the start.
    bed.until("the close", || async { ticket(&bed, "#7").await == TicketState::Closed }).await;
    assert!(tracker.looked_back().unwrap() < 3_600, "not from the beginning");
    assert!(bed.desk.detail(link.request).await.unwrap().row.due.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_before_the_time_a_helpdesk_asked_for() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    bed.desk.pull_now(id).await.unwrap();
    let before = tracker.calls();
    bed.desk.pull_now(id).await.unwrap();
    assert!(tracker.calls() > before, "asked again at once where nothing speaks against it");

    tracker.day(Day::Says(429, 3000));
    let refused = bed.desk.pull_now(id).await.unwrap_err();
    assert!(refused.to_string().contains("less often"), "{refused}");
    tracker.day(Day::Good);
    let before = tracker.calls();
    assert!(bed.desk.pull_now(id).await.is_err());
    assert_eq!(tracker.calls(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_day_is_shown_changes_nothing_and_is_over_when_it_is_over() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    bed.collected("#7", Template::IdDocument).await;
    tracker.set(7, "resolved");
    for (day, words) in [
        (Day::Cuts, "connection broke"),
        (Day::Babbles, "cannot be read"),
        (Day::Says(403, 0), "rights"),
        (Day::Says(302, 0), "something else"),
        (Day::Says(401, 0), "does not know this token"),
    ] {
        tracker.day(day);
        let error = bed.desk.pull_now(id).await.unwrap_err();
        assert!(matches!(error, DeskError::Helpdesk(_)), "{error}");
        let shown = trouble(&bed, "helpdesk").unwrap();
        assert!(shown.contains("Front desk has not answered since"), "{shown}");
        assert!(shown.contains(words) || words == "rights", "{words}: {shown}");
        let view = bed.desk.helpdesks().await.unwrap().remove(0);
        assert!(view.failing.is_some());
        assert_eq!(ticket(&bed, "#7").await, TicketState::Open);
    }
    tracker.day(Day::Good);
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "#7").await, TicketState::Closed, "nothing was skipped");
    assert_eq!(trouble(&bed, "helpdesk"), None);
    assert_eq!(bed.desk.helpdesks().await.unwrap()[0].failing, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hard_term_wins_over_a_helpdesk_that_never_answers() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    tracker.day(Day::Says(500, 1));
    assert!(bed.desk.pull_now(id).await.is_err());
    bed.hands.pass(31 * 86_400);
    bed.desk.wake();
    bed.until_state(link.request, RoundState::Purged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_told_states_in_order_and_never_data() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    tracker.set(7, "open");
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    bed.until("two notes", || async { tracker.comments().len() == 2 }).await;
    bed.desk.erase_now(link.request).await.unwrap();
    bed.until("three notes", || async { tracker.comments().len() == 3 }).await;
    let purge = bed.desk.history(None, 10).await.unwrap().remove(0);
    let texts: Vec<_> = tracker.comments().into_iter().map(|(_, text)| text).collect();
    assert!(texts[0].starts_with("Cloakroom: requested"));
    assert!(texts[1].starts_with("Cloakroom: received"));
    assert_eq!(texts[2], format!("Cloakroom: deleted, certificate {}.", desk::certificate_number(purge.id)));

    // Switched off: nothing more.
    bed.desk.set_helpdesk(id, false, false).await.unwrap();
    bed.ask("#7", Template::IdDocument).await;
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(tracker.comments().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helpdesk_that_takes_no_notes_is_heard_all_the_same() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    tracker.day(Day::TakesNoNotes(403));
    bed.collected("#7", Template::IdDocument).await;
    bed.until("the trouble", || async { trouble(&bed, "helpdesk-note").is_some() }).await;
    tracker.set(7, "resolved");
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "#7").await, TicketState::Closed);
    assert_eq!(trouble(&bed, "helpdesk"), None);
    assert!(bed.desk.helpdesks().await.unwrap()[0].waiting > 0, "they wait");
}

/// A ticket of another department: what is said of the others goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_takes_no_notes_holds_up_no_others() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    tracker.day(Day::Hides(7));
    bed.collected("#7", Template::IdDocument).await;
    bed.until("the trouble", || async { trouble(&bed, "helpdesk-note").is_some() }).await;
    let said = trouble(&bed, "helpdesk-note").unwrap();
    assert!(said.contains("write internal notes into one of its tickets"), "{said}");
    bed.collected("#8", Template::IdDocument).await;
    bed.until("both of the other's", || async { tracker.comments().len() == 2 }).await;
    assert!(tracker.comments().iter().all(|(id, _)| *id == 8));
    assert!(trouble(&bed, "helpdesk-note").is_some(), "what waits is still said");
    // The right was given, and a person asks at once.
    tracker.day(Day::Good);
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(tracker.comments().len(), 4);
    assert_eq!(trouble(&bed, "helpdesk-note"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_answer_as_it_should_is_not_added() {
    let bed = Bed::new().await;
    let tracker = Tracker::start(&bed.hands).await;
    let wrong = bed.desk.add_helpdesk(&new(&tracker, ""), token("1-23-wrong")).await.unwrap_err();
    assert!(wrong.to_string().contains("does not know this token"), "{wrong}");
    assert!(!wrong.to_string().contains("1-23"));
    let nothing = NewHelpdesk { address: "http://127.0.0.1:9".into(), ..new(&tracker, "") };
    let error = bed.desk.add_helpdesk(&nothing, token(TOKEN)).await.unwrap_err();
    assert!(error.to_string().contains("nothing answers"), "{error}");
    let plain = NewHelpdesk { address: "http://help.example.com".into(), ..new(&tracker, "") };
    assert!(bed.desk.add_helpdesk(&plain, token(TOKEN)).await.unwrap_err().to_string().contains("https"));
    assert!(bed.desk.helpdesks().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_helpdesk_leaves_no_credential_and_a_kept_one_stands_in_no_file() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    let view = bed.desk.helpdesks().await.unwrap().remove(0);
    assert!(!view.keychain, "there is none here, and the settings say so");
    assert!(!format!("{view:?}").contains(TOKEN));
    assert_eq!(files_with(bed.folder.path(), TOKEN), Vec::<String>::new());
    // The search finds what is there.
    std::fs::write(bed.folder.path().join("note"), TOKEN).unwrap();
    assert_eq!(files_with(bed.folder.path(), TOKEN), ["note"]);
    std::fs::remove_file(bed.folder.path().join("note")).unwrap();

    bed.desk.test_helpdesk(id).await.unwrap();
    bed.desk.remove_helpdesk(id).await.unwrap();
    assert!(bed.desk.helpdesks().await.unwrap().is_empty());
    assert!(bed.desk.test_helpdesk(id).await.is_err());
    let kinds = bed.ledger_kinds();
    let at = |kind: &str| kinds.iter().position(|other| other == kind);
    assert!(
        at("helpdesk-added") < at("helpdesk-removed") && at("helpdesk-removed") < at("rotated"),
        "{kinds:?}"
    );
    drop(tracker);
    // The vault opens as before.
    let bed = bed.reopen().await;
    bed.unlock().await;
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paused_is_not_asked() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    bed.desk.set_helpdesk(id, true, true).await.unwrap();
    tracker.set(7, "resolved");
    assert!(bed.desk.pull_now(id).await.is_err());
    let held = &bed.desk.detail(link.request).await.unwrap().rounds[0].holdings[0];
    assert_eq!(held.state, HoldingState::Alive);
    assert_eq!(ticket(&bed, "#7").await, TicketState::Open);
    bed.desk.set_helpdesk(id, false, true).await.unwrap();
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "#7").await, TicketState::Closed);
}

fn files_with(folder: &std::path::Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if memchr::memmem::find(&std::fs::read(&path).unwrap_or_default(), text.as_bytes()).is_some() {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}
