//! The relay's part in request keys (FORMATS §6): without it nothing opens, it ends with its term and with the purge.

use crate::{
    bed::{Bed, PASSPHRASE, config, passphrase},
    clock::{DAY, Hands},
    elsewhere::Elsewhere,
};
use desk::{Desk, DeskError, Missing, Template};
use helpdesk::TicketSignal;
use ledger::Erasure;
use seal::{note::Says, submission::Owner, word::WordKind};
use std::{process::Command, sync::Arc};
use vault::tables::{purge::PurgeState, round::RoundState};
use wire::{DataClass, ProblemCode};
use zeroize::Zeroizing;

async fn bed() -> (Elsewhere, Bed) {
    let elsewhere = Elsewhere::start().await;
    let bed = Bed::with(Some(elsewhere.for_desk())).await;
    (elsewhere, bed)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_collected_opens_with_the_relays_part_and_what_is_held_opens_without_the_relay() {
    let (elsewhere, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdAndCard).await;
    let items = bed.desk.items(link.request).await.unwrap();
    assert!(items.iter().all(|item| item.described.is_some() && item.missing.is_none()));
    // Held from here on, for as long as somebody has it unlocked.
    elsewhere.switch_off().await;
    for item in &items {
        bed.desk.reveal(item.item, "check-quality", None).await.unwrap();
    }
    bed.desk.lock();
    bed.unlock().await;
    let before = bed.ledger_kinds().len();
    let shown = bed.desk.items(link.request).await.unwrap();
    assert_eq!(shown.len(), 2, "what is missing is shown as missing");
    assert!(shown.iter().all(|item| item.described.is_none() && item.missing == Some(Missing::Unreachable)));
    let refused = bed.desk.reveal(items[0].item, "check-quality", None).await.err().unwrap();
    assert!(matches!(refused, DeskError::Missing(Missing::Unreachable)), "{refused}");
    assert_eq!(bed.ledger_kinds().len(), before, "nothing was opened, so nothing says so");
    elsewhere.switch_on().await;
    bed.desk.reveal(items[0].item, "check-quality", None).await.unwrap();
    assert!(bed.desk.items(link.request).await.unwrap().iter().all(|item| item.described.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_inside_keeps_no_part() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    bed.desk.lock();
    bed.unlock().await;
    assert!(bed.desk.items(link.request).await.unwrap()[0].described.is_some());
    let erased = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.desk.wait_certified(erased).await.unwrap();
    assert!(!bed.desk.purge(erased).await.unwrap().row.method.unwrap().contains('R'));
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_brings_the_term_forward_and_reopening_moves_it_back() {
    let (elsewhere, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    let class = DataClass::Identity;
    let term = || async { elsewhere.share(link.box_id, class).await.unwrap().term };
    let due = || async { bed.desk.detail(link.request).await.unwrap().rounds[0].holdings[0].due.unwrap() };
    let max = elsewhere.share(link.box_id, class).await.unwrap().term_max;
    let arrived = due().await;
    assert!(arrived < max, "from the arrival on, and no longer from the latest that it could be");
    bed.until("the term after the arrival", || async { term().await == arrived }).await;
    bed.desk.hear_ticket("#1", TicketSignal::Solved, "test").await.unwrap();
    let closed = due().await;
    assert!(closed < arrived);
    bed.until("the term after the close", || async { term().await == closed }).await;
    bed.desk.hear_ticket("#1", TicketSignal::Open, "test").await.unwrap();
    assert_eq!(due().await, arrived);
    bed.until("the term after the reopening", || async { term().await == arrived }).await;
    // What could not be told then is told later.
    elsewhere.switch_off().await;
    bed.desk.hear_ticket("#1", TicketSignal::Solved, "test").await.unwrap();
    elsewhere.switch_on().await;
    bed.until("the term after the relay came back", || async { term().await == closed }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_takes_the_relays_part_and_its_certificate_says_so() {
    let (elsewhere, bed) = bed().await;
    let (link, customer) = bed.collected("#1", Template::IdAndCard).await;
    let charged = bed.desk.charged(link.request).await.unwrap()[0];
    bed.desk.wait_certified(charged).await.unwrap();
    let gone = elsewhere.share(link.box_id, DataClass::Payment).await.err();
    assert_eq!(gone, Some(ProblemCode::Ended));
    elsewhere.share(link.box_id, DataClass::Identity).await.unwrap();
    let certificate = bed.desk.certificate(charged).await.unwrap();
    let findings = ledger::Certificate::parse(certificate.as_bytes()).unwrap().verify(None).unwrap();
    assert_eq!(findings.erasure.first(), Some(&Erasure::RelayShare), "{:?}", findings.erasure);
    assert_eq!(findings.erasure.len(), 2, "and how well this disk forgets");
    let method = bed.desk.purge(charged).await.unwrap().row.method.unwrap();
    assert!(method.starts_with('R'), "{method}");
    bed.until("the note", || async {
        matches!(customer.notes().await.last(), Some(Says::Deleted { method: said, .. }) if *said == method)
    })
    .await;
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_while_the_relay_is_off_destroys_here_and_is_certified_when_its_part_is_gone() {
    let (elsewhere, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    bed.desk.lock();
    elsewhere.switch_off().await;
    bed.unlock().await;
    let erased = bed.desk.erase_now(link.request).await.unwrap()[0];
    let state = bed.desk.history_of("#1").await.unwrap()[0].state;
    assert!(matches!(state, PurgeState::Recorded | PurgeState::Removed), "{state:?}");
    assert!(bed.desk.certificate(erased).await.is_err());
    elsewhere.switch_on().await;
    bed.desk.wait_certified(erased).await.unwrap();
    assert_eq!(elsewhere.share(link.box_id, DataClass::Identity).await.err(), Some(ProblemCode::Ended));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_the_relay_lost_is_said_and_the_end_is_as_good() {
    let (elsewhere, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    let view = elsewhere.share(link.box_id, DataClass::Identity).await.unwrap();
    elsewhere.hands.pass(view.term_max - elsewhere_now(&elsewhere) + 1);
    let item = bed.desk.items(link.request).await.unwrap().remove(0);
    assert_eq!((item.missing, item.described.is_none()), (Some(Missing::Lost), true));
    let refused = bed.desk.reveal(item.item, "check-quality", None).await.err().unwrap();
    assert!(matches!(refused, DeskError::Missing(Missing::Lost)), "{refused}");
    let erased = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.desk.wait_certified(erased).await.unwrap();
    assert!(bed.desk.purge(erased).await.unwrap().row.method.unwrap().contains('R'));
}

/// Whoever keeps the store that was lost may have the part still: no certificate says that it is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_lost_with_a_store_is_not_certified_as_gone_before_its_term() {
    let (elsewhere, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    let (other, _) = bed.collected("#2", Template::IdDocument).await;
    elsewhere.lose_shares().await;
    let erased = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.desk.wait_certified(erased).await.unwrap();
    let method = bed.desk.purge(erased).await.unwrap().row.method.unwrap();
    assert!(!method.contains('R'), "{method}");
    // Its term over, no relay has it any more.
    elsewhere.hands.pass(40 * DAY);
    bed.hands.pass(40 * DAY);
    bed.until_state(other.request, RoundState::Purged).await;
    let purge = bed.desk.history_of("#2").await.unwrap()[0].id;
    bed.desk.wait_certified(purge).await.unwrap();
    assert!(bed.desk.purge(purge).await.unwrap().row.method.unwrap().contains('R'));
}

fn elsewhere_now(elsewhere: &Elsewhere) -> u64 {
    desk::Clock::wall(&*elsewhere.hands)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_taken_back_with_a_new_link_only_where_the_relays_part_is_to_be_had() {
    let (_elsewhere, bed) = bed().await;
    let (link, customer) = bed.collected("#1", Template::IdDocument).await;
    customer.say(WordKind::TakeBack(Owner::from_bytes(Zeroizing::new(customer.owner_bytes)))).await;
    bed.until("the new round", || async { bed.desk.rounds(link.request).await.unwrap().len() == 2 }).await;
    bed.until_state(link.request, RoundState::Waiting).await;
    bed.until("the note with the new link", || async {
        customer.notes().await.iter().any(|says| matches!(says, Says::Replaced { .. }))
    })
    .await;
    let again = bed.desk.rounds(link.request).await.unwrap()[1].box_id;
    let shown = bed.desk.link(again).await.unwrap();
    assert_ne!(*shown.url, *link.url);
    // Locked: destroyed all the same, and asked again by hand.
    let (locked, customer) = bed.collected("#2", Template::IdDocument).await;
    bed.desk.lock();
    customer.say(WordKind::TakeBack(Owner::from_bytes(Zeroizing::new(customer.owner_bytes)))).await;
    bed.until("the purge", || async {
        bed.desk
            .history_of("#2")
            .await
            .unwrap()
            .first()
            .is_some_and(|purge| purge.state == PurgeState::Certified)
    })
    .await;
    assert_eq!(bed.desk.rounds(locked.request).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_switches_it_off_for_new_requests_and_the_ledger_says_so() {
    let (elsewhere, bed) = bed().await;
    let (before, _) = bed.collected("#1", Template::IdDocument).await;
    bed.desk.set_relay_shares(false).await.unwrap();
    assert!(!bed.desk.relay_shares().await.unwrap());
    bed.desk.set_relay_shares(false).await.unwrap();
    assert_eq!(bed.ledger_kinds().iter().filter(|kind| *kind == "policy-set").count(), 1);
    let (after, _) = bed.collected("#2", Template::IdDocument).await;
    assert_eq!(elsewhere.share(after.box_id, DataClass::Identity).await.err(), Some(ProblemCode::Ended));
    bed.desk.lock();
    elsewhere.switch_off().await;
    assert!(bed.desk.set_relay_shares(true).await.is_err(), "not while locked");
    bed.unlock().await;
    let opens = |link: &desk::NewLink| {
        let (desk, request) = (bed.desk.clone(), link.request);
        async move {
            let item = desk.items(request).await.unwrap().remove(0);
            desk.reveal(item.item, "check-quality", None).await.is_ok()
        }
    };
    assert!(!opens(&before).await);
    assert!(opens(&after).await);
    bed.ledger_verifies().await;
}

/// Whether somebody opens anything who has the desk's disk as it was, its keychain and the passphrase, and comes when
/// the term has passed. Their own clock they set as they like.
async fn opens_past_its_term(with_shares: bool) -> bool {
    let (elsewhere, bed) = bed().await;
    bed.desk.set_relay_shares(with_shares).await.unwrap();
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    let item = bed.desk.items(link.request).await.unwrap().remove(0);
    bed.desk.reveal(item.item, "check-quality", None).await.unwrap();
    let promised = bed.desk.detail(link.request).await.unwrap().rounds[0].holdings[0].term_max;
    let Bed { desk, person, folder, .. } = bed;
    desk.close().await;
    let copy = tempfile::tempdir().unwrap();
    let copied =
        Command::new("cp").arg("-a").arg(folder.path()).arg(copy.path().join("desk")).status().unwrap();
    assert!(copied.success());
    // The desk is off; the relay goes on, and its clock is its own.
    elsewhere.hands.pass(promised - elsewhere_now(&elsewhere) + 1);
    elsewhere.sweep().await;
    let hands = Arc::new(Hands::new());
    let mut thiefs = config(&copy.path().join("desk"), &hands);
    thiefs.relay = Some(elsewhere.for_desk());
    let desk = Desk::open(thiefs).await.unwrap();
    desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
    let opened = desk.reveal(item.item, "check-quality", None).await;
    if with_shares {
        assert!(matches!(opened, Err(DeskError::Missing(Missing::Lost))));
    }
    desk.close().await;
    opened.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_was_off_past_the_term_opens_nothing_when_it_comes_back() {
    assert!(!opens_past_its_term(true).await);
    // The mode in which it fails: without the relay's part, disk, keychain and passphrase are enough.
    assert!(opens_past_its_term(false).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_comes_back_past_the_term_with_a_right_clock_destroys_what_is_left() {
    let (elsewhere, bed) = bed().await;
    let (link, _) = bed.collected("#1", Template::CardOnce).await;
    let Bed { desk, person, hands, folder } = bed;
    desk.close().await;
    elsewhere.hands.pass(20 * DAY);
    hands.pass(20 * DAY);
    let mut back = config(folder.path(), &hands);
    back.relay = Some(elsewhere.for_desk());
    let desk = Desk::open(back).await.unwrap();
    let bed = Bed { desk, person, hands, folder };
    bed.until_state(link.request, RoundState::Purged).await;
    let purge = bed.desk.history_of("#1").await.unwrap()[0].id;
    bed.desk.wait_certified(purge).await.unwrap();
    assert!(bed.desk.purge(purge).await.unwrap().row.method.unwrap().contains('R'));
}
