//! What is due goes, and what is not stays, whatever clocks and restarts do.

use crate::{
    bed::Bed,
    clock::{DAY, HOUR},
};
use desk::Template;
use helpdesk::TicketSignal;
use seal::note::Says;
use vault::tables::round::RoundState;

/// Lets the purger look.
async fn look(bed: &Bed) {
    bed.desk.hear_ticket("#0", TicketSignal::Open, "test").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_term_ends_what_nobody_closed() {
    let bed = Bed::new().await;
    let (card, _) = bed.collected("#1", Template::CardOnce).await;
    let (id, _) = bed.collected("#2", Template::IdDocument).await;
    bed.desk.lock();
    bed.hands.pass(72 * HOUR + 1);
    look(&bed).await;
    bed.until_state(card.request, RoundState::Purged).await;
    assert_eq!(bed.state(id.request).await, RoundState::Collected);
    bed.hands.pass(27 * DAY);
    look(&bed).await;
    bed.until_state(id.request, RoundState::Purged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_due_while_the_desk_was_off_goes_at_its_next_start() {
    let bed = Bed::new().await;
    let (link, customer) = bed.collected("#3", Template::CardOnce).await;
    let Bed { desk, person, hands, folder } = bed;
    desk.close().await;
    hands.pass(20 * DAY);
    let desk = desk::Desk::open(crate::bed::config(folder.path(), &hands)).await.unwrap();
    let bed = Bed { desk, person, hands, folder };
    // Destroyed before the start returned: nothing had to be waited for.
    assert!(matches!(bed.state(link.request).await, RoundState::Purged | RoundState::Collected));
    let purge = &bed.desk.history_of("#3").await.unwrap()[0];
    assert_ne!(purge.state, vault::tables::purge::PurgeState::Destroying);
    bed.until("the note", || async { matches!(customer.notes().await.last(), Some(Says::Deleted { .. })) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_a_year_ahead_destroys_nothing_until_it_is_believed() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#4", Template::IdDocument).await;
    bed.hands.set_wall(crate::clock::START + 365 * DAY);
    look(&bed).await;
    assert_eq!(bed.state(link.request).await, RoundState::Collected);
    assert!(bed.desk.clock_jump().is_some(), "and it is shown");
    let bed = bed.reopen().await;
    assert_eq!(bed.state(link.request).await, RoundState::Collected);
    bed.unlock().await;
    bed.desk.believe_clock().await.unwrap();
    bed.until_state(link.request, RoundState::Purged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_keeps_nothing_that_is_due() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#5", Template::CardOnce).await;
    bed.hands.set_wall(crate::clock::START - 100 * DAY);
    bed.hands.pass(72 * HOUR + 1);
    look(&bed).await;
    bed.until_state(link.request, RoundState::Purged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_nobody_used_ends_and_its_keys_go() {
    let bed = Bed::new().await;
    let (link, _) = bed.ask("#6", Template::IdAndCard).await;
    bed.hands.pass(9 * DAY);
    look(&bed).await;
    bed.until_state(link.request, RoundState::Expired).await;
    let purge = bed.desk.history_of("#6").await.unwrap()[0].clone();
    bed.desk.wait_certified(purge.id).await.unwrap();
    assert_eq!((purge.rule.as_str(), purge.items), ("expired", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_a_link_goes_with_its_status_page() {
    let bed = Bed::new().await;
    let (link, customer) = bed.collected("#7", Template::CardOnce).await;
    let purge = bed.desk.charged(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
    bed.until("the note", || async { matches!(customer.notes().await.last(), Some(Says::Deleted { .. })) })
        .await;
    for _ in 0..4 {
        bed.hands.pass(23 * DAY);
        look(&bed).await;
    }
    bed.until("the status page's end", || async {
        let history = bed.desk.history(None, 10).await.unwrap();
        history.iter().any(|purge| purge.rule == "status-ended")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_while_the_desk_was_off_is_collected_long_after_the_links_end() {
    let relay = crate::liar::Lying::new().await;
    let bed = Bed::with(Some(relay.relay.clone())).await;
    let (link, mut customer) = bed.ask("#8", Template::IdDocument).await;
    let Bed { desk, person, hands, folder } = bed;
    desk.close().await;
    customer.send_everything().await;
    hands.pass(20 * DAY);
    let mut config = crate::bed::config(folder.path(), &hands);
    config.relay = Some(relay.relay.clone());
    let bed = Bed { desk: desk::Desk::open(config).await.unwrap(), person, hands, folder };
    bed.until_state(link.request, RoundState::Collected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_taken_back_too_late_brings_in_what_was_accepted() {
    let relay = crate::liar::Lying::new().await;
    let bed = Bed::with(Some(relay.relay.clone())).await;
    let (link, mut customer) = bed.ask("#9", Template::IdDocument).await;
    // The desk does not hear of it: the relay's events are held back.
    relay.liar.tell(|_, path, _| {
        (path == "/v1/desk/events").then(|| axum::body::Bytes::from_static(b"{\"events\":[],\"next\":0}"))
    });
    customer.send_everything().await;
    bed.desk.revoke(link.box_id).await.unwrap();
    bed.until_state(link.request, RoundState::Collected).await;
    assert_eq!(bed.desk.items(link.request).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_promise_holds_for_what_could_never_be_collected() {
    let relay = crate::liar::Lying::new().await;
    let bed = Bed::with(Some(relay.relay.clone())).await;
    relay.liar.tell(|_, path, body| {
        path.contains("/parts/").then(|| body.iter().map(|byte| byte ^ 1).collect::<Vec<_>>().into())
    });
    let (link, mut customer) = bed.ask("#10", Template::CardOnce).await;
    customer.send_everything().await;
    bed.until("the problem", || async { bed.problem(link.box_id, link.request).await.is_some() }).await;
    bed.hands.pass(12 * DAY);
    look(&bed).await;
    bed.until_state(link.request, RoundState::Purged).await;
    assert_eq!(bed.desk.history_of("#10").await.unwrap()[0].rule, "promise");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_class_that_ended_does_not_keep_the_other_from_being_collected() {
    let relay = crate::liar::Lying::new().await;
    let bed = Bed::with(Some(relay.relay.clone())).await;
    let (link, mut customer) = bed.ask("#11", Template::IdAndCard).await;
    let Bed { desk, person, hands, folder } = bed;
    desk.close().await;
    customer.send_everything().await;
    // Past the card's promise, long before the document's.
    hands.pass(12 * DAY);
    let mut config = crate::bed::config(folder.path(), &hands);
    config.relay = Some(relay.relay.clone());
    let bed = Bed { desk: desk::Desk::open(config).await.unwrap(), person, hands, folder };
    bed.until_state(link.request, RoundState::Collected).await;
    bed.unlock().await;
    let items = bed.desk.items(link.request).await.unwrap();
    assert_eq!(items.iter().map(|item| item.class).collect::<Vec<_>>(), [wire::DataClass::Identity]);
    let purge = bed.desk.history_of("#11").await.unwrap()[0].clone();
    assert_eq!(purge.rule, "promise");
    bed.desk.wait_certified(purge.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_goes_even_where_the_desk_cannot_start() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#12", Template::CardOnce).await;
    let port: u16 = bed.desk.origin().rsplit(':').next().unwrap().parse().unwrap();
    let Bed { desk, person, hands, folder } = bed;
    desk.close().await;
    hands.pass(4 * DAY);
    let squatter = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    assert!(desk::Desk::open(crate::bed::config(folder.path(), &hands)).await.is_err());
    let vault =
        vault::Vault::open(vault::Layout::new(folder.path()), std::sync::Arc::new(seal::SystemRng)).unwrap();
    let purge = &vault.db().purges_of("#12").unwrap()[0];
    assert_eq!(purge.state, vault::tables::purge::PurgeState::Recorded, "its keys are destroyed");
    drop(vault);
    drop(squatter);
    let desk = desk::Desk::open(crate::bed::config(folder.path(), &hands)).await.unwrap();
    let bed = Bed { desk, person, hands, folder };
    bed.until_state(link.request, RoundState::Purged).await;
}
