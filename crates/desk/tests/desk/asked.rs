//! What a helpdesk said is asked about again before anything is destroyed by it, counts from the helpdesk's own time,
//! and one ticket's trouble keeps no other waiting.

use crate::{
    bed::Bed,
    clock::{DAY, HOUR},
    helpdesks::connected,
    tracker::{Day, Tracker},
};
use desk::{HelpdeskId, RequestId, Template};
use vault::tables::{holding::HoldingRow, round::RoundState, ticket::TicketState};

const GRACE: u64 = 72 * HOUR;

async fn held(bed: &Bed, request: RequestId) -> HoldingRow {
    bed.desk.detail(request).await.unwrap().rounds[0].holdings[0].clone()
}

async fn ticket(bed: &Bed, reference: &str) -> TicketState {
    bed.desk.ticket(reference).await.unwrap().state
}

/// A ticket with what its customer sent, which its helpdesk resolved.
async fn resolved(bed: &Bed, (tracker, id): &(Tracker, HelpdeskId)) -> RequestId {
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    for status in ["open", "resolved"] {
        tracker.set(7, status);
        bed.desk.pull_now(*id).await.unwrap();
    }
    assert_eq!(ticket(bed, "#7").await, TicketState::Closed);
    link.request
}

#[tokio::test(flavor = "multi_thread")]
async fn reopened_while_the_desk_was_off_nothing_is_destroyed_though_the_grace_is_over() {
    let bed = Bed::new().await;
    let helpdesk = connected(&bed, "").await;
    let request = resolved(&bed, &helpdesk).await;
    let hands = bed.hands.clone();
    let bed = bed
        .off(|| {
            hands.pass(HOUR);
            helpdesk.0.set(7, "open");
            hands.pass(GRACE);
        })
        .await;
    bed.until("the reopening", || async { ticket(&bed, "#7").await == TicketState::Open }).await;
    assert_eq!(bed.state(request).await, RoundState::Collected);
}

#[tokio::test(flavor = "multi_thread")]
async fn still_resolved_it_is_destroyed_as_soon_as_the_helpdesk_was_asked() {
    let bed = Bed::new().await;
    let helpdesk = connected(&bed, "").await;
    let request = resolved(&bed, &helpdesk).await;
    helpdesk.0.day(Day::Cuts);
    let hands = bed.hands.clone();
    let bed = bed.off(|| hands.pass(GRACE + HOUR)).await;
    bed.until("the try", || async { bed.desk.troubles().iter().any(|of| of.about == "helpdesk") }).await;
    assert_eq!(bed.state(request).await, RoundState::Collected);
    helpdesk.0.day(Day::Good);
    bed.desk.pull_now(helpdesk.1).await.unwrap();
    bed.until_state(request, RoundState::Purged).await;
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_closed_waits_for_nobody_and_the_hard_term_wins() {
    let bed = Bed::new().await;
    let helpdesk = connected(&bed, "").await;
    let request = resolved(&bed, &helpdesk).await;
    let (by_hand, _customer) = bed.collected("#8", Template::IdDocument).await;
    bed.desk.close_ticket("#8").await.unwrap();
    helpdesk.0.day(Day::Says(500, 1));
    bed.hands.pass(GRACE + HOUR);
    bed.desk.wake();
    bed.until_state(by_hand.request, RoundState::Purged).await;
    assert_eq!(bed.state(request).await, RoundState::Collected, "it may have been reopened meanwhile");
    bed.hands.pass(30 * DAY);
    bed.desk.wake();
    bed.until_state(request, RoundState::Purged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resolved_while_the_desk_was_off_its_grace_is_over_at_the_first_answer() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    tracker.set(7, "open");
    bed.desk.pull_now(id).await.unwrap();
    let hands = bed.hands.clone();
    let bed = bed
        .off(|| {
            hands.pass(DAY);
            tracker.set(7, "resolved");
            hands.pass(9 * DAY);
        })
        .await;
    bed.until_state(link.request, RoundState::Purged).await;
    let purge = bed.desk.history(None, 1).await.unwrap().remove(0);
    assert_eq!((purge.rule.as_str(), bed.hands.start() + DAY + 1 + GRACE), ("ticket-closed", purge.due));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrived_after_the_ticket_was_resolved_counts_from_its_arrival() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    let (link, mut customer) = bed.ask("#7", Template::IdDocument).await;
    tracker.set(7, "open");
    bed.desk.pull_now(id).await.unwrap();
    tracker.set(7, "resolved");
    bed.hands.pass(2 * DAY);
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    let arrived = bed.desk.now();
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(held(&bed, link.request).await.due, Some(arrived + GRACE));
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_for_in_a_ticket_that_is_over_the_link_stays_and_the_agent_reads_so() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    tracker.set(7, "resolved");
    bed.hands.pass(60);
    let (link, mut customer) = bed.ask("#7", Template::IdDocument).await;
    bed.until("the answer", || async { bed.desk.detail(link.request).await.unwrap().over_there }).await;
    bed.desk.pull_now(id).await.unwrap();
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    let of = held(&bed, link.request).await;
    assert_eq!((of.rule.as_deref(), of.due), (Some("term"), Some(bed.desk.now() + 30 * DAY)));
    // From here on its helpdesk is followed as ever.
    tracker.set(7, "open");
    bed.desk.pull_now(id).await.unwrap();
    assert!(!bed.desk.detail(link.request).await.unwrap().over_there);
    tracker.set(7, "resolved");
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(ticket(&bed, "#7").await, TicketState::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_a_close_there_takes_back_says_so() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    let (link, _customer) = bed.ask("#7", Template::IdDocument).await;
    tracker.set(7, "resolved");
    bed.desk.pull_now(id).await.unwrap();
    bed.until_state(link.request, RoundState::Revoked).await;
    let taken_back = bed.desk.detail(link.request).await.unwrap().rounds[0].taken_back.clone();
    assert_eq!(taken_back.as_deref(), Some("helpdesk"));
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_for_under_a_number_that_was_merged_away_it_moves() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    tracker.set(7, "open");
    tracker.set(9, "open");
    tracker.merge(7, 9);
    bed.hands.pass(2 * HOUR);
    bed.desk.pull_now(id).await.unwrap();
    let (link, _customer) = bed.ask("#7", Template::IdDocument).await;
    bed.until("the move", || async { bed.desk.detail(link.request).await.unwrap().row.ticket == "#9" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_into_one_that_was_resolved_before_it_has_its_whole_grace_from_then() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    tracker.set(9, "resolved");
    bed.hands.pass(5 * DAY);
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    let (waiting, _other) = bed.ask("#7", Template::IdDocument).await;
    tracker.set(7, "open");
    bed.desk.pull_now(id).await.unwrap();
    tracker.merge(7, 9);
    bed.desk.pull_now(id).await.unwrap();
    let due = bed.desk.now() + GRACE;
    bed.until("the target's state", || async { held(&bed, link.request).await.due == Some(due) }).await;
    assert_eq!(ticket(&bed, "#9").await, TicketState::Closed);
    assert_eq!(bed.state(waiting.request).await, RoundState::Waiting, "a merge ends nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ticket_that_may_not_be_read_keeps_no_other_waiting() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    for ticket in [7, 8] {
        tracker.set(ticket, "resolved");
    }
    tracker.day(Day::Hides(7));
    bed.hands.pass(60);
    // Both are asked about, and told, at one visit.
    bed.desk.set_helpdesk(id, true, true).await.unwrap();
    bed.ask("#7", Template::IdDocument).await;
    let (other, _customer) = bed.ask("#8", Template::IdDocument).await;
    bed.desk.set_helpdesk(id, false, true).await.unwrap();
    bed.until("the answer", || async { bed.desk.detail(other.request).await.unwrap().over_there }).await;
    bed.until("the note", || async { tracker.comments().iter().any(|(ticket, _)| *ticket == 8) }).await;
    let view = bed.desk.helpdesks().await.unwrap().remove(0);
    assert_eq!((view.id, view.failing), (id, None));
    assert!(view.disbeliefs.iter().any(|of| of.code == "may-not-read"), "{:?}", view.disbeliefs);
    assert_eq!(view.waiting, 1, "the note that may not be written waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_that_are_refused_are_counted() {
    let bed = Bed::new().await;
    let (tracker, _id) = connected(&bed, "").await;
    tracker.day(Day::TakesNoNotes(400));
    tracker.set(7, "open");
    bed.ask("#7", Template::IdDocument).await;
    bed.until("the count", || async { bed.desk.helpdesks().await.unwrap()[0].refused == 1 }).await;
    let view = bed.desk.helpdesks().await.unwrap().remove(0);
    assert_eq!((view.waiting, view.refused_at), (0, Some(bed.desk.now())));
    assert!(tracker.comments().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_without_a_meaning_here_is_counted() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    bed.collected("#7", Template::IdDocument).await;
    tracker.set(7, "waiting-for-legal");
    bed.desk.pull_now(id).await.unwrap();
    let view = bed.desk.helpdesks().await.unwrap().remove(0);
    assert!(view.disbeliefs.iter().any(|of| of.code == "unknown-state"), "{:?}", view.disbeliefs);
    assert_eq!(ticket(&bed, "#7").await, TicketState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_no_round_mentions_is_asked_about_after_a_day() {
    let bed = Bed::new().await;
    let (tracker, id) = connected(&bed, "").await;
    tracker.set(7, "open");
    let (link, _customer) = bed.collected("#7", Template::IdDocument).await;
    bed.until("two notes", || async { tracker.comments().len() == 2 }).await;
    bed.desk.pull_now(id).await.unwrap();
    // As an issue that was moved: under another number, and in no list under the old one.
    tracker.set(9, "open");
    tracker.merge_unseen(7, 9);
    bed.hands.pass(DAY + HOUR);
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(bed.desk.detail(link.request).await.unwrap().row.ticket, "#9");
    bed.until("the target's answer", || async { bed.desk.claim_of("#9").await.unwrap().is_none() }).await;
    let before = tracker.calls();
    bed.desk.pull_now(id).await.unwrap();
    assert_eq!(tracker.calls(), before + 2, "and not again the same day");
}
