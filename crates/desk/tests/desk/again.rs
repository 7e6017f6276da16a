//! Ask again: the next round, found on the page that the customer has; and reminders of a link that waits.

use crate::{
    bed::Bed,
    clock::{DAY, HOUR},
    customer::Customer,
    liar::Lying,
};
use desk::{AskAgain, DeskError, REMINDERS_MAX, RelayError, Template};
use seal::{note::Says, word::WordKind};
use vault::{
    RequestId, VaultError,
    tables::{request::Shelf, round::RoundState},
};
use wire::{DataClass, PartSlot, ProblemCode};

fn again(request: RequestId, slots: &[u8], reason: Option<&str>) -> AskAgain {
    AskAgain { request, slots: slots.to_vec(), reason: reason.map(str::to_owned), destroy: false }
}

/// The link that the newest of these notes passes on, and why.
async fn passed_on(customer: &Customer) -> (Option<String>, Vec<u8>, String) {
    customer
        .notes()
        .await
        .into_iter()
        .rev()
        .find_map(|note| match note {
            Says::AskedAgain { reason, slots, next } => Some((reason, slots, next.expose().to_owned())),
            _ => None,
        })
        .expect("asked again")
}

async fn until_asked(bed: &Bed, customer: &Customer) {
    bed.until("the note", || async {
        customer.notes().await.iter().any(|note| matches!(note, Says::AskedAgain { .. }))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_round_is_found_on_the_first_ones_page_and_asks_for_what_was_chosen() {
    let bed = Bed::new().await;
    let (link, first) = bed.collected("#1", Template::IdAndCard).await;
    let next = bed.desk.ask_again(again(link.request, &[0], Some("blurry"))).await.unwrap();
    assert_eq!(next.request, link.request);
    assert_ne!(next.box_id, link.box_id);
    until_asked(&bed, &first).await;
    let (reason, slots, url) = passed_on(&first).await;
    assert_eq!((reason.as_deref(), slots.as_slice(), url.as_str()), (Some("blurry"), &[0][..], &**next.url));

    let mut second = Customer::open(&url).await;
    assert_eq!(second.request.slots.len(), 1, "the card was right");
    assert_eq!(second.request.slots[0].slot, 0);
    let promised: Vec<_> = second.request.retention.iter().map(|promise| promise.class).collect();
    assert_eq!(promised, [DataClass::Identity]);
    second.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    let items = bed.desk.items(link.request).await.unwrap();
    assert_eq!(items.len(), 3, "what was sent before stays until its own rule");
    let shelf = bed.desk.detail(link.request).await.unwrap().row.shelf;
    assert_eq!(shelf, Shelf::Arrived);
    let kinds = bed.ledger_kinds();
    assert_eq!(kinds.iter().filter(|kind| *kind == "asked-again").count(), 1);
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_rounds_holds_and_a_dead_one_says_so() {
    let bed = Bed::new().await;
    let (link, first) = bed.collected("#1", Template::IdDocument).await;
    bed.desk.ask_again(again(link.request, &[], Some("glare"))).await.unwrap();
    until_asked(&bed, &first).await;
    let mut second = Customer::open(&passed_on(&first).await.2).await;
    second.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    let third = bed.desk.ask_again(again(link.request, &[], None)).await.unwrap();
    until_asked(&bed, &second).await;
    let (reason, _, url) = passed_on(&second).await;
    assert_eq!((reason, url.as_str()), (None, &**third.url));
    assert_ne!(passed_on(&first).await.2, url, "the first page leads to the second, that one to the third");

    let customer = Customer::open(&url).await;
    bed.desk.revoke(third.box_id).await.unwrap();
    bed.until("the word of it", || async { customer.notes().await == [Says::Revoked {}] }).await;
    // Its page is there, so that asking once more is found from it.
    bed.until_state(link.request, RoundState::Revoked).await;
    bed.desk.ask_again(again(link.request, &[], None)).await.unwrap();
    until_asked(&bed, &customer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_is_destroyed_where_the_agent_chooses_so() {
    let bed = Bed::new().await;
    let (link, first) = bed.collected("#1", Template::IdAndCard).await;
    let asked = AskAgain { destroy: true, ..again(link.request, &[0], Some("expired")) };
    bed.desk.ask_again(asked).await.unwrap();
    bed.until("the deletion", || async {
        first
            .notes()
            .await
            .iter()
            .any(|note| matches!(note, Says::Deleted { classes, .. } if classes == &[DataClass::Identity]))
    })
    .await;
    let items = bed.desk.items(link.request).await.unwrap();
    let classes: Vec<_> = items.iter().map(|item| item.class).collect();
    assert_eq!(classes, [DataClass::Payment], "what was not asked for again stays");
    let purge = &bed.desk.history_of("#1").await.unwrap()[0];
    assert_eq!((purge.rule.as_str(), purge.person), ("asked-again", Some(bed.person)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_waits_is_not_doubled_and_nonsense_is_refused() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    let refused = bed.desk.ask_again(again(link.request, &[], None)).await;
    assert!(matches!(refused.err(), Some(DeskError::StillWaits)));
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    let refused = bed.desk.ask_again(again(link.request, &[1], None)).await;
    assert!(matches!(refused.err(), Some(DeskError::NotAsked)));
    let refused = bed.desk.ask_again(again(link.request, &[], Some("ugly"))).await;
    assert!(matches!(refused.err(), Some(DeskError::Reason)));
    bed.desk.lock();
    let refused = bed.desk.ask_again(again(link.request, &[], None)).await;
    assert!(matches!(refused.err(), Some(DeskError::Vault(VaultError::Locked))));
    assert_eq!(bed.desk.rounds(link.request).await.unwrap().len(), 1, "nothing of these is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_taken_in_is_answered_by_asking_again() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#1", Template::IdDocument).await;
    let mut parts = customer.seal_everything();
    parts.retain(|part| part.slot != PartSlot::Manifest);
    customer.send(&parts).await;
    bed.until("the problem", || async { bed.problem(link.box_id, link.request).await.is_some() }).await;
    assert_eq!(bed.desk.detail(link.request).await.unwrap().row.shelf, Shelf::Problem);
    let asked = AskAgain { destroy: true, ..again(link.request, &[], None) };
    bed.desk.ask_again(asked).await.unwrap();
    until_asked(&bed, &customer).await;
    let mut second = Customer::open(&passed_on(&customer).await.2).await;
    second.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    bed.until("the first round's end", || async {
        bed.desk.rounds(link.request).await.unwrap()[0].state == RoundState::Purged
    })
    .await;
    bed.until("its place on the shelf", || async {
        bed.desk.detail(link.request).await.unwrap().row.shelf == Shelf::Arrived
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_the_first_link_may_withdraw_the_second_round_and_read_nothing() {
    let bed = Bed::new().await;
    let (link, first) = bed.collected("#1", Template::CardOnce).await;
    bed.desk.ask_again(again(link.request, &[], Some("expired"))).await.unwrap();
    until_asked(&bed, &first).await;
    let url = passed_on(&first).await.2;
    let mut customer = Customer::open(&url).await;
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    // The interceptor came by the same way; the box's parts are the desk's alone to fetch, and sealed to its keys.
    let interceptor = Customer::open(&url).await;
    let view = serde_json::to_string(&interceptor.view().await).unwrap();
    assert!(!view.contains("AGE-SECRET-KEY") && !view.contains(crate::customer::PAN));
    interceptor.say(WordKind::Withdraw).await;
    bed.until_state(link.request, RoundState::Purged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_relay_refuses_nothing_new_counts_and_nothing_old_is_lost() {
    let lying = Lying::new().await;
    let bed = Bed::with(Some(lying.relay.clone())).await;
    let (link, first) = bed.collected("#1", Template::IdDocument).await;
    let asked = AskAgain { destroy: true, ..again(link.request, &[], Some("blurry")) };
    lying.liar.refuse(|method, path| (method == "POST" && path == "/v1/boxes").then_some(ProblemCode::Full));
    let refused = bed.desk.ask_again(asked.clone()).await;
    assert!(matches!(refused.err(), Some(DeskError::Relay(RelayError::Refused(ProblemCode::Full)))));
    assert_eq!(bed.desk.items(link.request).await.unwrap().len(), 1);
    bed.until_state(link.request, RoundState::Revoked).await;
    assert!(!first.notes().await.iter().any(|note| matches!(note, Says::AskedAgain { .. })));
    lying.liar.tell_the_truth();
    bed.desk.ask_again(asked).await.unwrap();
    until_asked(&bed, &first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_is_a_message_and_a_line_and_not_too_many() {
    let bed = Bed::new().await;
    let (link, _) = bed.ask("#1", Template::CardOnce).await;
    let remind_of = || async { bed.desk.hints(vec![link.request]).await.unwrap()[0] };
    assert_eq!(remind_of().await.remind, None, "it was made a moment ago");
    bed.hands.pass(DAY);
    assert_eq!(remind_of().await.remind, Some(link.box_id));

    let (again, said) = bed.desk.remind(link.box_id).await.unwrap();
    assert_eq!((&*again.url, said.len()), (&*link.url, 1));
    assert_eq!(remind_of().await.remind, None);
    bed.hands.pass(60);
    assert_eq!(bed.desk.remind(link.box_id).await.unwrap().1.len(), 1, "copied again, it is the same one");
    for n in 2..=REMINDERS_MAX {
        bed.hands.pass(HOUR);
        assert_eq!(bed.desk.remind(link.box_id).await.unwrap().1.len(), n);
    }
    bed.hands.pass(HOUR);
    assert!(matches!(bed.desk.remind(link.box_id).await.err(), Some(DeskError::Enough)));
    assert_eq!(bed.ledger_kinds().iter().filter(|kind| *kind == "reminded").count(), REMINDERS_MAX);
    bed.ledger_verifies().await;

    // One that was never reminded of, in its last day.
    let (last, _) = bed.ask("#2", Template::CardOnce).await;
    bed.hands.pass(HOUR);
    bed.desk.remind(last.box_id).await.unwrap();
    bed.hands.pass(6 * DAY);
    let hint = bed.desk.hints(vec![last.request]).await.unwrap()[0];
    assert_eq!((hint.remind, hint.reminded), (Some(last.box_id), 1));
    bed.desk.revoke(last.box_id).await.unwrap();
    bed.until_state(last.request, RoundState::Revoked).await;
    assert!(bed.desk.remind(last.box_id).await.is_err());
}
