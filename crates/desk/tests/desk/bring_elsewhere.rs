//! Bring in where a relay elsewhere keeps a part of every link's keys: what the agent takes in has no link and no box,
//! so its keys need no relay, and its certificate claims nothing of one.

use crate::{
    bed::Bed,
    bring::{card, new, photo},
    customer::PAN,
    elsewhere::Elsewhere,
};
use desk::{BringTo, Erasure, PurgeId, RequestId, Revealed, Template};
use seal::note::Says;
use vault::tables::round::{RoundState, Way};
use wire::{DataClass, ProblemCode};

async fn bed() -> (Elsewhere, Bed) {
    let elsewhere = Elsewhere::start().await;
    let bed = Bed::with(Some(elsewhere.for_desk())).await;
    assert!(bed.desk.relay_shares().await.unwrap());
    (elsewhere, bed)
}

async fn rounds(bed: &Bed, request: RequestId) -> Vec<(Way, RoundState)> {
    let rounds = bed.desk.rounds(request).await.unwrap();
    rounds.iter().map(|round| (round.way, round.state)).collect()
}

/// It opens after a lock, when no part of any key is held.
async fn opens_afresh(bed: &Bed, request: RequestId) {
    bed.desk.lock();
    bed.unlock().await;
    let items = bed.desk.items(request).await.unwrap();
    let item = items.iter().find(|item| item.class == DataClass::Payment).unwrap();
    let opened = bed.desk.reveal(item.item, "charge-card", None).await.unwrap();
    let Revealed::Card(shown) = opened else { panic!("a card") };
    assert_eq!(shown.number.expose(), PAN);
}

/// How well it was erased, by the certificate itself and by the history, which agree.
async fn erased_how(bed: &Bed, purge: PurgeId) -> Vec<Erasure> {
    bed.desk.wait_certified(purge).await.unwrap();
    let certificate = bed.desk.certificate(purge).await.unwrap();
    let findings = ledger::Certificate::parse(certificate.as_bytes()).unwrap().verify(None).unwrap();
    let letters: String = findings.erasure.iter().map(|class| class.as_str()).collect();
    assert_eq!(bed.desk.purge(purge).await.unwrap().row.method.as_deref(), Some(letters.as_str()));
    findings.erasure
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_brought_in_for_a_link_that_waits_opens_without_the_relay_and_the_link_is_taken_back() {
    let (elsewhere, bed) = bed().await;
    let (link, customer) = bed.ask("#1", Template::CardOnce).await;
    bed.desk.bring_in(BringTo::Request(link.request), vec![card(0)]).await.unwrap();
    bed.until("the link's end", || async {
        rounds(&bed, link.request).await
            == [(Way::Link, RoundState::Revoked), (Way::Desk, RoundState::Collected)]
    })
    .await;
    assert_eq!(elsewhere.share(link.box_id, DataClass::Payment).await.err(), Some(ProblemCode::Ended));
    let sent = customer.seal_everything();
    let body = seal::submission::make(&customer.record(&sent), &customer.link.submission_mac());
    assert!(!customer.submit_body(&body).await.is_success(), "one request has one answer");
    opens_afresh(&bed, link.request).await;
    elsewhere.switch_off().await;
    opens_afresh(&bed, link.request).await;

    // Its purge owes the relay nothing, so it is certified while that is away; and says nothing of a relay's part.
    let charged = bed.desk.charged(link.request).await.unwrap()[0];
    let how = erased_how(&bed, charged).await;
    assert!(how.len() == 1 && how[0] != Erasure::RelayShare, "{how:?}");
    elsewhere.switch_on().await;
    bed.until("the page to hear of it", || async {
        customer.notes().await.iter().any(|note| matches!(note, Says::TakenDeleted { .. }))
    })
    .await;
    // The link's own keys were halved with the relay, and both halves are gone.
    let purges = bed.desk.history_of("#1").await.unwrap();
    let links = purges.iter().find(|purge| purge.id != charged).unwrap();
    assert_eq!(erased_how(&bed, links.id).await[0], Erasure::RelayShare);
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_relay_is_out_of_reach_it_is_taken_in_at_once_and_the_link_ends_when_it_is_back() {
    let (elsewhere, bed) = bed().await;
    let (link, customer) = bed.ask("#1", Template::CardOnce).await;
    bed.desk.lock();
    elsewhere.switch_off().await;
    bed.unlock().await;
    bed.desk.bring_in(BringTo::Request(link.request), vec![card(0)]).await.unwrap();
    opens_afresh(&bed, link.request).await;
    assert_eq!(
        rounds(&bed, link.request).await,
        [(Way::Link, RoundState::Waiting), (Way::Desk, RoundState::Collected)],
        "nobody knows yet what came through the link"
    );
    elsewhere.switch_on().await;
    bed.until("the link's end", || async {
        rounds(&bed, link.request).await[0] == (Way::Link, RoundState::Revoked)
    })
    .await;
    bed.until("the page to say so", || async {
        let notes = customer.notes().await;
        notes.iter().any(|note| matches!(note, Says::Taken { .. }))
            && notes.iter().any(|note| matches!(note, Says::Revoked {}))
    })
    .await;
    opens_afresh(&bed, link.request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_customer_sent_while_the_relay_was_out_of_the_desks_reach_is_kept_beside_it() {
    let (elsewhere, bed) = bed().await;
    let (link, mut customer) = bed.ask("#1", Template::IdAndCard).await;
    // Out of the desk's reach alone: the desk is closed while the customer sends, and the relay while it is open.
    let Bed { desk, person, hands, folder } = bed;
    desk.close().await;
    customer.send_everything().await;
    elsewhere.switch_off().await;
    let mut again = crate::bed::config(folder.path(), &hands);
    again.relay = Some(elsewhere.for_desk());
    let bed = Bed { desk: desk::Desk::open(again).await.unwrap(), person, hands, folder };
    bed.unlock().await;
    let request = bed.desk.bring_in(BringTo::Request(link.request), vec![photo(0), card(1)]).await.unwrap();
    elsewhere.switch_on().await;
    bed.until("both", || async {
        rounds(&bed, request).await
            == [(Way::Link, RoundState::Collected), (Way::Desk, RoundState::Collected)]
    })
    .await;
    let items = bed.desk.items(request).await.unwrap();
    assert_eq!(items.len(), 4, "nothing is lost on either way");
    for item in items {
        bed.desk.reveal(item.item, "check-quality", None).await.unwrap();
    }
    let erased = bed.desk.erase_now(request).await.unwrap();
    for purge in erased {
        bed.desk.wait_certified(purge).await.unwrap();
    }
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_request_of_what_came_by_mail_needs_no_relay_at_all() {
    let (elsewhere, bed) = bed().await;
    elsewhere.switch_off().await;
    let request = bed.desk.bring_in(new("#9", Template::CardOnce), vec![card(0)]).await.unwrap();
    opens_afresh(&bed, request).await;
    let erased = bed.desk.erase_now(request).await.unwrap()[0];
    let how = erased_how(&bed, erased).await;
    assert!(how.len() == 1 && how[0] != Erasure::RelayShare, "{how:?}");
    elsewhere.switch_on().await;
    bed.ledger_verifies().await;
}
