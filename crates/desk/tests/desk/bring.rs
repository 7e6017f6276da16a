//! Bring in: what came the wrong way, sealed like a submission and ended like one.

use crate::{
    bed::Bed,
    clock::{DAY, HOUR},
    customer::{FILE_NAME, HOLDER, PAN, picture},
    liar::Lying,
};
use desk::{Ask, BringError, BringTo, Brought, DeskError, Revealed, Template};
use seal::{note::Says, word::WordKind};
use std::path::Path;
use vault::tables::{
    request::Shelf,
    round::{RoundState, Way},
};
use wire::{DataClass, ProblemCode};
use zeroize::Zeroizing;

/// Something to find in the files, were it written there: a text chunk that no other picture has.
const MARK: &[u8] = b"marked-by-the-test-4f1d";

pub fn photo(slot: u8) -> Brought {
    let mut bytes = picture();
    bytes.extend_from_slice(MARK);
    Brought { slot, name: FILE_NAME.to_owned(), bytes: Zeroizing::new(bytes), redrawn: true }
}

fn typed(slot: u8, json: &str) -> Brought {
    let bytes = Zeroizing::new(json.as_bytes().to_vec());
    Brought { slot, name: String::new(), bytes, redrawn: false }
}

pub fn card(slot: u8) -> Brought {
    typed(slot, &format!(r#"{{"number":"{PAN}","month":11,"year":2031,"holder":"{HOLDER}"}}"#))
}

pub fn new(ticket: &str, template: Template) -> BringTo {
    BringTo::New(Ask { ticket: ticket.into(), template, client: String::new(), until: None })
}

/// Every file below a folder that holds one of these.
fn files_with(folder: &Path, needles: &[&[u8]]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needles));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            if needles.iter().any(|needle| holds(needle)) {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_request_without_a_link_lives_and_ends_like_every_other() {
    let bed = Bed::new().await;
    let request = bed.desk.bring_in(new("#1", Template::IdAndCard), vec![photo(0), card(1)]).await.unwrap();
    let detail = bed.desk.detail(request).await.unwrap();
    assert_eq!(detail.row.shelf, Shelf::Open, "the agent saw it");
    let [round] = &detail.rounds[..] else { panic!("one round") };
    assert_eq!((round.row.way, round.row.state), (Way::Desk, RoundState::Collected));
    assert!(bed.desk.link(round.row.box_id).await.is_err(), "nobody has a link to it");

    let items = bed.desk.items(request).await.unwrap();
    let of = |class| items.iter().find(|item| item.class == class).unwrap();
    let described = of(DataClass::Payment).described.clone().unwrap();
    assert_eq!(described.preview, "555555••••••4444");
    assert_eq!(of(DataClass::Identity).described.clone().unwrap().name, FILE_NAME);
    let opened = bed.desk.reveal(of(DataClass::Payment).item, "charge-card", None).await.unwrap();
    let Revealed::Card(shown) = opened else { panic!("a card") };
    assert_eq!((shown.number.expose(), shown.holder.as_str()), (PAN, HOLDER));
    let opened = bed.desk.reveal(of(DataClass::Identity).item, "verify-identity", None).await.unwrap();
    assert!(matches!(opened, Revealed::Picture(_)));

    // The record is what the ledger's entry says, made by whoever took it in.
    let kinds = bed.ledger_kinds();
    assert!(kinds.contains(&"brought-in".to_owned()) && !kinds.contains(&"collected".to_owned()));

    let needles: [&[u8]; 4] = [PAN.as_bytes(), HOLDER.as_bytes(), FILE_NAME.as_bytes(), MARK];
    assert_eq!(files_with(bed.folder.path(), &needles), Vec::<std::path::PathBuf>::new());
    // A look that could not find it would say so as well.
    let planted = bed.folder.path().join("planted");
    std::fs::write(&planted, [b"x".as_slice(), MARK].concat()).unwrap();
    assert_eq!(files_with(bed.folder.path(), &needles), [planted]);

    let purge = bed.desk.charged(request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
    assert!(bed.desk.proof(purge).await.unwrap().1.relay_confirmed, "no relay holds anything of it");
    bed.desk.close_ticket("#1").await.unwrap();
    bed.hands.pass(72 * HOUR + 1);
    bed.desk.hear_ticket("#0", helpdesk::TicketSignal::Open, "test").await.unwrap();
    bed.until_state(request, RoundState::Purged).await;
    assert_eq!(bed.desk.detail(request).await.unwrap().row.shelf, Shelf::Done);
    bed.ledger_verifies().await;
    assert!(bed.desk.troubles().is_empty(), "{:?}", bed.desk.troubles());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_outlives_a_restart_and_ends_by_its_term() {
    let bed = Bed::new().await;
    let request = bed.desk.bring_in(new("#1", Template::CardOnce), vec![card(0)]).await.unwrap();
    let bed = bed.reopen().await;
    bed.unlock().await;
    let item = bed.desk.items(request).await.unwrap()[0].item;
    assert!(matches!(bed.desk.reveal(item, "charge-card", None).await.unwrap(), Revealed::Card(_)));
    bed.hands.pass(72 * HOUR + 1);
    let bed = bed.reopen().await;
    bed.until_state(request, RoundState::Purged).await;
    let purge = &bed.desk.history_of("#1").await.unwrap()[0];
    assert_eq!(purge.rule, "term");
    bed.desk.wait_certified(purge.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_waited_is_ended_and_its_page_goes_on() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#1", Template::CardOnce).await;
    let request = bed.desk.bring_in(BringTo::Request(link.request), vec![card(0)]).await.unwrap();
    assert_eq!(request, link.request);
    let detail = bed.desk.detail(request).await.unwrap();
    assert_eq!(detail.rounds.len(), 1);
    assert_eq!((detail.rounds[0].row.way, detail.rounds[0].row.box_id), (Way::Filled, link.box_id));
    bed.until("the note", || async {
        matches!(&customer.notes().await[..], [Says::Taken { classes, apart: false, .. }]
            if classes == &[DataClass::Payment])
    })
    .await;
    let item = bed.desk.items(request).await.unwrap()[0].item;
    bed.desk.reveal(item, "charge-card", None).await.unwrap();

    // Nothing more is taken through the link, and nobody can take back what they did not send.
    let parts = customer.seal_everything();
    let body = seal::submission::make(&customer.record(&parts), &customer.link.submission_mac());
    assert!(!customer.submit_body(&body).await.is_success());
    customer.owner_bytes = [0; 32];
    let owner = seal::submission::Owner::from_bytes(Zeroizing::new(customer.owner_bytes));
    customer.say(WordKind::TakeBack(owner)).await;
    bed.until("the refusal", || async {
        customer.notes().await.iter().any(|note| matches!(note, Says::Refused { .. }))
    })
    .await;
    assert_eq!(bed.state(request).await, RoundState::Collected);
    // It is theirs all the same: they may have it destroyed.
    customer.say(WordKind::Withdraw).await;
    bed.until_state(request, RoundState::Purged).await;
    bed.until("the last note", || async {
        matches!(customer.notes().await.last(), Some(Says::Deleted { .. }))
    })
    .await;
    let purge = &bed.desk.history_of("#1").await.unwrap()[0];
    bed.desk.wait_certified(purge.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_link_that_waits_for_more_it_is_kept_apart_and_the_page_says_so() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#1", Template::IdAndCard).await;
    bed.desk.bring_in(BringTo::Request(link.request), vec![card(1)]).await.unwrap();
    bed.until("the note", || async {
        matches!(&customer.notes().await[..], [Says::Taken { apart: true, .. }])
    })
    .await;
    let detail = bed.desk.detail(link.request).await.unwrap();
    let ways: Vec<_> = detail.rounds.iter().map(|round| (round.row.way, round.row.state)).collect();
    assert_eq!(ways, [(Way::Link, RoundState::Waiting), (Way::Desk, RoundState::Collected)]);
    customer.send_everything().await;
    bed.until("both", || async { bed.desk.items(link.request).await.unwrap().len() == 3 }).await;
    let apart = detail.rounds[1].row.box_id;
    bed.desk.erase_now(link.request).await.unwrap();
    bed.until("both ends", || async {
        let notes = customer.notes().await;
        notes.iter().any(|note| matches!(note, Says::TakenDeleted { .. }))
            && notes.iter().any(|note| matches!(note, Says::Deleted { .. }))
    })
    .await;
    assert_ne!(apart, link.box_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_cannot_be_ended_is_left_as_it_is() {
    let lying = Lying::new().await;
    let bed = Bed::with(Some(lying.relay.clone())).await;
    // With a share of the relay's, what is brought in has keys of its own, and the link is taken back in its time.
    bed.desk.set_relay_shares(false).await.unwrap();
    let (link, mut customer) = bed.ask("#1", Template::CardOnce).await;
    lying.liar.refuse(|method, _| (method == "DELETE").then_some(ProblemCode::Full));
    let refused = bed.desk.bring_in(BringTo::Request(link.request), vec![card(0)]).await;
    assert!(matches!(refused.err(), Some(DeskError::Relay(_))));
    assert_eq!(bed.state(link.request).await, RoundState::Waiting);
    assert!(!bed.ledger_kinds().contains(&"brought-in".to_owned()));
    lying.liar.tell_the_truth();
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_who_was_quicker_wins() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#1", Template::CardOnce).await;
    // The desk does not hear of it before it asks for the link's end.
    customer.send_everything().await;
    let brought = bed.desk.bring_in(BringTo::Request(link.request), vec![card(0)]).await;
    let rounds = bed.desk.rounds(link.request).await.unwrap();
    match brought {
        Err(DeskError::Bring(BringError::JustSent)) => assert_eq!(rounds.len(), 1),
        // Collected before that: what the agent has is kept beside it.
        Ok(_) => assert_eq!(rounds[1].way, Way::Desk),
        Err(error) => panic!("{error}"),
    }
    bed.until("what the customer sent", || async {
        bed.desk.rounds(link.request).await.unwrap()[0].state == RoundState::Collected
    })
    .await;
    assert_eq!(bed.desk.rounds(link.request).await.unwrap()[0].way, Way::Link);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customers_page_would_not_take_is_not_taken_either() {
    let bed = Bed::new().await;
    let refused =
        async |template, items: Vec<Brought>| match bed.desk.bring_in(new("#1", template), items).await {
            Err(DeskError::Bring(error)) => error,
            other => panic!("{other:?}"),
        };
    let once = Template::CardOnce;
    assert_eq!(refused(once, vec![typed(0, "")]).await, BringError::Nothing);
    let with_code = format!(r#"{{"number":"{PAN}","month":11,"year":2031,"holder":"A B","cvc":"123"}}"#);
    assert_eq!(refused(once, vec![typed(0, &with_code)]).await, BringError::Card);
    let of = |number: &str, year: u16, holder: &str| {
        typed(0, &format!(r#"{{"number":"{number}","month":1,"year":{year},"holder":"{holder}"}}"#))
    };
    assert_eq!(refused(once, vec![of(PAN, 2031, "A B 123")]).await, BringError::Code);
    assert_eq!(refused(once, vec![of(PAN, 2031, " ")]).await, BringError::Card);
    assert_eq!(refused(once, vec![of("5555555555554445", 2031, "A B")]).await, BringError::Card);
    assert_eq!(refused(once, vec![of("6011111111111117", 2031, "A B")]).await, BringError::Brand);
    assert_eq!(refused(once, vec![of(PAN, 2026, "A B")]).await, BringError::Expired);
    assert_eq!(refused(once, vec![card(0), card(0)]).await, BringError::TooMuch);
    let document = Template::IdDocument;
    assert_eq!(refused(document, vec![typed(0, "MZ this is no picture")]).await, BringError::Kind);
    assert_eq!(refused(document, (0..5).map(|_| photo(0)).collect()).await, BringError::TooMuch);
    let text = Template::TextAnswer;
    assert_eq!(refused(text, vec![typed(0, &"x".repeat(501))]).await, BringError::Text);
    assert_eq!(refused(text, vec![typed(0, "a\u{7}b")]).await, BringError::Text);
    let number = format!("it is {} for now", "5555 5555 5555 4444");
    assert_eq!(refused(text, vec![typed(0, &number)]).await, BringError::CardInText);
    // Whatever stands behind it.
    let dated = typed(0, "4111 1111 1111 1111 12/27");
    assert_eq!(refused(text, vec![dated]).await, BringError::CardInText);
    // Nor is the ticket, or the client, a place for one.
    let into = |ticket: &str, client: &str| {
        BringTo::New(Ask { ticket: ticket.into(), template: once, client: client.into(), until: None })
    };
    for to in [into(PAN, ""), into("#1", "Hotel 4111 1111 1111 1111")] {
        let held = bed.desk.bring_in(to, vec![card(0)]).await.err();
        assert!(matches!(held, Some(DeskError::Outgoing(_))), "{held:?}");
    }
    let other = bed.desk.bring_in(new("#1", once), vec![card(1)]).await;
    assert!(matches!(other.err(), Some(DeskError::NotAsked)));
    bed.desk.lock();
    assert!(bed.desk.bring_in(new("#1", once), vec![card(0)]).await.is_err());
    assert!(bed.desk.inbox(None, None, None, 10).await.unwrap().is_empty(), "nothing of these is left");
    let kinds = bed.ledger_kinds();
    assert!(!kinds.iter().any(|kind| kind == "brought-in" || kind == "created-request"));

    bed.unlock().await;
    let pdf = typed(0, "%PDF-1.4 not shown yet, and kept as it came");
    let request = bed.desk.bring_in(new("#2", document), vec![pdf]).await.unwrap();
    let described = bed.desk.items(request).await.unwrap()[0].described.clone().unwrap();
    assert_eq!((described.media_type.as_str(), described.viewable), ("application/pdf", false));
    bed.hands.pass(DAY);
    bed.desk.bring_in(new("#3", text), vec![typed(0, "Late, after ten")]).await.unwrap();
}
