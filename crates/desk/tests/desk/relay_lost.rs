//! A relay that does not come back: what was made on it ends by its terms all the same, and then a supervisor lets go of
//! it, which claims no more than is known.

use crate::{bed::Bed, clock::DAY, elsewhere::Elsewhere};
use desk::{DeskError, RelayHealth, Template};
use vault::tables::{purge::PurgeState, relay::RelayState, round::RoundState};

async fn relays(bed: &Bed) -> Vec<RelayHealth> {
    bed.desk.relays().await.unwrap()
}

async fn lost(bed: &Bed) -> RelayHealth {
    relays(bed).await.into_iter().find(|relay| !relay.inside).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn when_everything_on_it_has_ended_it_is_let_go_of_and_the_certificates_say_that_it_confirmed_nothing()
{
    let (elsewhere, bed) = (Elsewhere::start().await, Bed::new().await);
    bed.desk.enrol(&elsewhere.origin(), &elsewhere.code("Front desk", true).await).await.unwrap();
    let (held, _) = bed.collected("#1", Template::IdAndCard).await;
    let (waiting, _) = bed.ask("#2", Template::CardOnce).await;
    let id = lost(&bed).await.id;
    assert!(matches!(bed.desk.give_up_relay(id).await, Err(DeskError::RelayHolds)), "it is the current one");
    bed.desk.use_relay_inside().await.unwrap();
    elsewhere.switch_off().await;
    drop(elsewhere);

    // The server is gone for good. Nothing is claimed and nothing dropped while a part of anything may be opened.
    bed.until("the loss", || async { lost(&bed).await.calls.no_answer.is_some() }).await;
    let shown = lost(&bed).await;
    assert_eq!((shown.state, shown.left, shown.is_over), (RelayState::Finishing, 2, false));
    assert!(matches!(bed.desk.give_up_relay(id).await, Err(DeskError::RelayHolds)));
    let promised = bed.desk.detail(held.request).await.unwrap().rounds[0].holdings.clone();
    assert_eq!(shown.ends.unwrap(), promised.iter().map(|held| held.term_max).max().unwrap());
    // Erased by hand it is gone here, and a thief of the server's disk might still have its part until the term.
    bed.desk.erase_now(held.request).await.unwrap();
    bed.until_state(held.request, RoundState::Purged).await;
    assert!(matches!(bed.desk.give_up_relay(id).await, Err(DeskError::RelayHolds)));

    bed.hands.pass(shown.ends.unwrap() - bed.desk.now() + DAY);
    bed.desk.wake();
    bed.until("the end of all terms", || async { lost(&bed).await.is_over }).await;
    assert_ne!(
        bed.state(waiting.request).await,
        RoundState::Waiting,
        "a link that never could be taken back"
    );
    // A restart changes nothing: it owes a confirmation, and is asked for it.
    let bed = bed.reopen().await;
    assert!(matches!(bed.desk.give_up_relay(id).await, Err(DeskError::Vault(vault::VaultError::Locked))));
    bed.unlock().await;
    let owed = bed.desk.history_of("#1").await.unwrap();
    assert!(!owed.is_empty() && owed.iter().all(|purge| purge.state == PurgeState::Removed), "{owed:?}");
    assert_eq!(lost(&bed).await.left, 2);

    bed.desk.give_up_relay(id).await.unwrap();
    assert_eq!(relays(&bed).await.len(), 1);
    for ticket in ["#1", "#2"] {
        for purge in bed.desk.history_of(ticket).await.unwrap() {
            bed.desk.wait_certified(purge.id).await.unwrap();
            let certificate = bed.desk.certificate(purge.id).await.unwrap();
            let findings = ledger::Certificate::parse(certificate.as_bytes()).unwrap().verify(None).unwrap();
            assert!(!findings.relay_confirmed);
            assert!(!bed.desk.purge(purge.id).await.unwrap().row.method.unwrap().contains('R'));
        }
    }
    let about_it = |about: &str| ["relay", "outbox", "delivery"].contains(&about);
    bed.until("no trouble", || async { !bed.desk.troubles().iter().any(|trouble| about_it(trouble.about)) })
        .await;
    assert!(matches!(bed.desk.give_up_relay(id).await, Err(DeskError::RelayGone)));
    let bed = bed.reopen().await;
    assert_eq!(relays(&bed).await.len(), 1, "and it stays so");
    bed.unlock().await;
    bed.collected("#3", Template::IdDocument).await;
    assert_eq!(bed.ledger_kinds().iter().filter(|kind| *kind == "policy-set").count(), 3);
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_took_in_keeps_no_relay() {
    let (elsewhere, bed) = (Elsewhere::start().await, Bed::new().await);
    bed.desk.enrol(&elsewhere.origin(), &elsewhere.code("Front desk", true).await).await.unwrap();
    let to = crate::bring::new("#1", Template::CardOnce);
    let request = bed.desk.bring_in(to, vec![crate::bring::card(0)]).await.unwrap();
    assert_eq!((lost(&bed).await.left, lost(&bed).await.ends), (0, None));
    bed.desk.use_relay_inside().await.unwrap();
    bed.until("letting go", || async { relays(&bed).await.len() == 1 }).await;
    assert_eq!(bed.state(request).await, RoundState::Collected);
    let charged = bed.desk.charged(request).await.unwrap()[0];
    bed.desk.wait_certified(charged).await.unwrap();
    assert!(bed.desk.proof(charged).await.unwrap().1.relay_confirmed, "no relay ever had anything of it");
}
