//! Templates with their terms, what ends unseen, and a longer term that needs the customer's yes.

use crate::{
    bed::Bed,
    clock::{DAY, HOUR, START},
};
use desk::{Ask, BringTo, DeskError, GUARANTEE_MAX, Template};
use seal::{note::Says, word::WordKind};
use vault::tables::{holding::HoldingState, request::Shelf, round::RoundState};
use wire::DataClass;

async fn look(bed: &Bed) {
    bed.desk.hear_ticket("#0", helpdesk::TicketSignal::Open, "test").await.unwrap();
}

async fn due(bed: &Bed, link: &desk::NewLink) -> (u64, String) {
    let detail = bed.desk.detail(link.request).await.unwrap();
    let held = &detail.rounds.last().unwrap().holdings[0];
    (held.due.unwrap(), held.rule.clone().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guarantee_is_kept_until_its_date_and_then_as_a_card_that_is_charged_once() {
    let bed = Bed::new().await;
    let until = START + 40 * DAY;
    let ask =
        |until| Ask { ticket: "#1".into(), template: Template::CardGuarantee, client: String::new(), until };
    for wrong in [None, Some(START - 1), Some(START + GUARANTEE_MAX + DAY)] {
        assert!(matches!(bed.desk.ask(&ask(wrong)).await.err(), Some(DeskError::Date)), "{wrong:?}");
    }
    let link = bed.desk.ask(&ask(Some(until))).await.unwrap();
    let mut customer = crate::customer::Customer::open(&link.url).await;
    let promise = customer.request.retention[0].clone();
    assert!(promise.rule.contains(&desk::moment(until)), "{}", promise.rule);
    assert_eq!(promise.until, until + 72 * HOUR);
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    assert_eq!(due(&bed, &link).await, (until + 72 * HOUR, "term".to_owned()));
    // A ticket that is closed before the date does not end the guarantee.
    bed.desk.close_ticket("#1").await.unwrap();
    assert_eq!(due(&bed, &link).await, (until + HOUR, "ticket-closed".to_owned()));
    bed.desk.undo_close("#1").await.unwrap();
    bed.hands.pass(41 * DAY);
    look(&bed).await;
    assert_eq!(bed.state(link.request).await, RoundState::Collected);
    bed.desk.close_ticket("#1").await.unwrap();
    assert_eq!(due(&bed, &link).await.0, bed.desk.now() + HOUR);
    let purge = bed.desk.charged(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();

    // Asked again, it is a guarantee until the same date.
    let bed = Bed::new().await;
    let link = bed.desk.ask(&ask(Some(until))).await.unwrap();
    bed.desk.revoke(link.box_id).await.unwrap();
    bed.until_state(link.request, RoundState::Revoked).await;
    let asked = desk::AskAgain { request: link.request, slots: vec![], reason: None, destroy: false };
    let again = bed.desk.ask_again(asked).await.unwrap();
    let customer = crate::customer::Customer::open(&again.url).await;
    assert_eq!(customer.request.retention[0].rule, promise.rule);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_asked_for_sent_and_read() {
    let bed = Bed::new().await;
    let (link, customer) = bed.collected("#1", Template::TextAnswer).await;
    assert_eq!(customer.request.retention[0].class, DataClass::General);
    let item = bed.desk.items(link.request).await.unwrap()[0].item;
    let opened = bed.desk.reveal(item, "customer-asked", None).await.unwrap();
    let desk::Revealed::Text(text) = opened else { panic!("a text") };
    assert_eq!(text.as_str(), "hello");
    bed.desk.close_ticket("#1").await.unwrap();
    assert_eq!(due(&bed, &link).await.0, bed.desk.now() + 72 * HOUR);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_unseen_is_said_a_day_and_four_hours_before_and_once_each() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#4821", Template::CardOnce).await;
    let (seen, _) = bed.collected("#2", Template::CardOnce).await;
    let (closed, _) = bed.collected("#3", Template::IdDocument).await;
    let item = bed.desk.items(seen.request).await.unwrap()[0].item;
    bed.desk.reveal(item, "charge-card", None).await.unwrap();
    let json = format!(r#"{{"number":"{}","month":1,"year":2031,"holder":"A B"}}"#, crate::customer::PAN);
    let brought =
        desk::Brought { slot: 0, name: String::new(), bytes: json.into_bytes().into(), redrawn: false };
    let ask = Ask { ticket: "#5".into(), template: Template::CardOnce, client: String::new(), until: None };
    bed.desk.bring_in(BringTo::New(ask), vec![brought]).await.unwrap();
    let tickets = |warned: Vec<vault::tables::holding::EndsUnseen>| {
        warned.into_iter().map(|each| each.ticket).collect::<Vec<_>>()
    };
    bed.hands.pass(47 * HOUR);
    bed.desk.close_ticket("#3").await.unwrap();
    look(&bed).await;
    assert!(bed.desk.ends_unseen().await.unwrap().is_empty(), "too early");
    bed.hands.pass(HOUR + 60);
    look(&bed).await;
    wait_for_a_look(&bed).await;
    assert_eq!(bed.desk.ends_unseen().await.unwrap().len(), 1);
    assert_eq!(tickets(bed.desk.take_warnings()), ["#4821"]);
    let hint = bed.desk.hints(vec![link.request, seen.request, closed.request]).await.unwrap();
    let ends: Vec<_> = hint.iter().map(|hint| hint.ends_unseen).collect();
    assert_eq!(ends, [Some(due(&bed, &link).await.0), None, None]);

    // Not again, also not by another run of the desk.
    let warned = |bed: &Bed| bed.desk.take_warnings().len();
    wait_for_a_look(&bed).await;
    assert_eq!(warned(&bed), 0);
    let bed = bed.reopen().await;
    wait_for_a_look(&bed).await;
    assert_eq!(warned(&bed), 0);
    bed.hands.pass(20 * HOUR);
    wait_for_a_look(&bed).await;
    assert_eq!(tickets(bed.desk.take_warnings()), ["#4821"], "four hours before");
    wait_for_a_look(&bed).await;
    assert_eq!(warned(&bed), 0);
    assert_eq!(bed.desk.detail(link.request).await.unwrap().row.shelf, Shelf::Arrived);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_moved_away_is_warned_of_anew() {
    let bed = Bed::new().await;
    bed.collected("#4821", Template::IdDocument).await;
    for time in ["first", "after it was opened again"] {
        bed.desk.hear_ticket("#4821", helpdesk::TicketSignal::Solved, "test").await.unwrap();
        bed.hands.pass(50 * HOUR);
        wait_for_a_look(&bed).await;
        assert_eq!(bed.desk.take_warnings().len(), 1, "{time}");
        bed.desk.hear_ticket("#4821", helpdesk::TicketSignal::Open, "test").await.unwrap();
    }
}

/// Something due at this moment is gone: then the purger has looked at everything.
async fn wait_for_a_look(bed: &Bed) {
    bed.unlock().await;
    let (link, _) = bed.collected("#99", Template::IdDocument).await;
    let purge = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_term_needs_the_customers_yes_to_exactly_what_was_offered() {
    let bed = Bed::new().await;
    let (link, customer) = bed.collected("#1", Template::CardOnce).await;
    let (ends, _) = due(&bed, &link).await;
    let promised = customer.request.retention[0].until;
    let payment = DataClass::Payment;
    for wrong in [ends, ends - 1, promised + 1] {
        let refused = bed.desk.offer_longer(link.box_id, payment, wrong).await;
        assert!(matches!(refused.err(), Some(DeskError::Term)), "{wrong}");
    }
    assert!(bed.desk.offer_longer(link.box_id, DataClass::Identity, ends + DAY).await.is_err());
    let refusals = || async {
        customer.notes().await.iter().filter(|note| matches!(note, Says::Refused { .. })).count()
    };
    customer.say(WordKind::Extend(ends + DAY)).await;
    bed.until("a refusal", || async { refusals().await == 1 }).await;

    bed.desk.offer_longer(link.box_id, payment, ends + DAY).await.unwrap();
    assert_eq!(due(&bed, &link).await.0, ends, "an offer alone changes nothing");
    customer.say(WordKind::Extend(ends + 2 * DAY)).await;
    bed.until("a refusal", || async { refusals().await == 2 }).await;
    assert_eq!(due(&bed, &link).await.0, ends);
    bed.desk.lock();
    // The yes is the same word as before the offer; another note was seen since.
    let word = seal::word::Word {
        box_id: customer.link.box_id(),
        newest: Some(1),
        says: WordKind::Extend(ends + DAY),
    };
    let word = word.make(&customer.link.voice());
    let said = customer.call(reqwest::Method::POST, "/words").body(word).send().await.unwrap();
    assert!(said.status().is_success());
    bed.until("the yes", || async {
        customer
            .notes()
            .await
            .iter()
            .any(|note| *note == Says::Extended { class: payment, until: ends + DAY })
    })
    .await;
    assert_eq!(due(&bed, &link).await, (ends + DAY, "agreed".to_owned()));
    bed.hands.pass(72 * HOUR + 60);
    look(&bed).await;
    assert_eq!(bed.state(link.request).await, RoundState::Collected);
    bed.hands.pass(DAY);
    look(&bed).await;
    bed.until_state(link.request, RoundState::Purged).await;
    let held = bed.desk.detail(link.request).await.unwrap().rounds[0].holdings[0].state;
    assert_eq!(held, HoldingState::Gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_after_the_term_is_too_late() {
    let bed = Bed::new().await;
    let (link, customer) = bed.collected("#1", Template::CardOnce).await;
    let (ends, _) = due(&bed, &link).await;
    bed.desk.offer_longer(link.box_id, DataClass::Payment, ends + DAY).await.unwrap();
    bed.hands.pass(72 * HOUR + 1);
    customer.say(WordKind::Extend(ends + DAY)).await;
    bed.until_state(link.request, RoundState::Purged).await;
    let notes = customer.notes().await;
    assert!(!notes.iter().any(|note| matches!(note, Says::Extended { .. })), "{notes:?}");
}
