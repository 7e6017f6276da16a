//! The main job, from link to certificate.

use crate::{
    bed::Bed,
    clock::{DAY, HOUR},
    customer::{FILE_NAME, PAN},
};
use desk::{ItemRef, Revealed, Template};
use helpdesk::TicketSignal;
use seal::{note::Says, submission::Owner, word::WordKind};
use vault::tables::{request::Shelf, round::RoundState};
use wire::DataClass;

#[tokio::test(flavor = "multi_thread")]
async fn from_link_to_certificate() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#4821", Template::IdAndCard).await;
    assert_eq!(bed.state(link.request).await, RoundState::Waiting);
    assert_eq!(bed.desk.inbox(Some(Shelf::Waiting), None, None, 50).await.unwrap().len(), 1);

    bed.desk.lock();
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    bed.until("the receipt", || async { matches!(customer.notes().await[..], [Says::Received { .. }]) })
        .await;
    assert!(bed.desk.items(link.request).await.is_err(), "nothing opens while locked");

    bed.unlock().await;
    let items = bed.desk.items(link.request).await.unwrap();
    assert_eq!(items.len(), 2);
    let described = |class| {
        let item = items.iter().find(|item| item.class == class).unwrap();
        (item.item, item.described.clone().unwrap())
    };
    let (document, about) = described(DataClass::Identity);
    assert_eq!((about.name.as_str(), about.media_type.as_str()), (FILE_NAME, "image/png"));
    let (card, about) = described(DataClass::Payment);
    assert_eq!(about.preview, "555555••••••4444");
    assert!(!format!("{items:?}").contains(PAN));

    assert_eq!(bed.desk.inbox(Some(Shelf::Arrived), None, None, 50).await.unwrap().len(), 1);
    let Revealed::Picture(pixels) = bed.desk.reveal(document, "verify-identity", None).await.unwrap() else {
        panic!("a picture")
    };
    assert_eq!((pixels.width(), pixels.height()), (320, 200));
    let Revealed::Card(shown) = bed.desk.reveal(card, "charge-card", None).await.unwrap() else {
        panic!("a card")
    };
    assert_eq!(shown.number.expose(), PAN);
    bed.desk.hide(card).await.unwrap();
    assert_eq!(bed.desk.inbox(Some(Shelf::Open), None, None, 50).await.unwrap().len(), 1);

    let purge = bed.desk.charged(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
    assert_eq!(bed.desk.items(link.request).await.unwrap().len(), 1, "the document is still there");
    assert!(bed.desk.reveal(card, "charge-card", None).await.is_err());

    let closing = bed.desk.close_ticket("#4821").await.unwrap();
    assert_eq!(closing.due, [(link.box_id, DataClass::Identity, bed.desk.now() + 72 * HOUR)]);
    bed.desk.undo_close("#4821").await.unwrap();
    bed.hands.pass(80 * HOUR);
    bed.until("the purger's look", || async { bed.desk.now() > crate::clock::START + 79 * HOUR }).await;
    assert_eq!(bed.state(link.request).await, RoundState::Collected, "undone in time");
    bed.desk.close_ticket("#4821").await.unwrap();
    bed.desk.lock();
    bed.hands.pass(72 * HOUR + 60);
    // The purger looks again at the latest after its longest sleep; a word of anybody's wakes it.
    bed.desk.hear_ticket("#1", TicketSignal::Open, "test").await.unwrap();
    bed.until_state(link.request, RoundState::Purged).await;
    bed.until("the last note", || async {
        matches!(customer.notes().await.last(), Some(Says::Deleted { .. }))
    })
    .await;
    let history = bed.desk.history_of("#4821").await.unwrap();
    let rules: Vec<_> = history.iter().map(|purge| purge.rule.as_str()).collect();
    assert_eq!(rules, ["ticket-closed", "charged"]);
    for purge in history {
        let certificate = bed.desk.certificate(purge.id).await.unwrap();
        let certificate = ledger::Certificate::parse(certificate.as_bytes()).unwrap();
        let key = bed.desk.verifying_key().await.unwrap().parse().unwrap();
        assert!(certificate.verify(Some(&key)).unwrap().relay_confirmed);
    }
    assert_eq!(bed.desk.inbox(Some(Shelf::Done), None, None, 50).await.unwrap().len(), 1);
    bed.ledger_verifies().await;
    assert!(bed.desk.troubles().is_empty(), "{:?}", bed.desk.troubles());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_line_comes_before_what_it_is_about() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#1", Template::IdDocument).await;
    let item = bed.desk.items(link.request).await.unwrap()[0].item;
    bed.desk.reveal(item, "verify-identity", Some("passport on the phone".to_owned().into())).await.unwrap();
    let purge = bed.desk.erase_now(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
    let kinds = bed.ledger_kinds();
    let expected = [
        "founded",
        "unlocked",
        "created-request",
        "collected",
        "revealed-intent",
        "revealed",
        "purge-intent",
        "keys-destroyed",
        "purge-completed",
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_is_no_reason_opens_nothing() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#1", Template::CardOnce).await;
    let item = bed.desk.items(link.request).await.unwrap()[0].item;
    assert!(bed.desk.reveal(item, "curious", None).await.is_err());
    let nobody = ItemRef { part: wire::PartId::from_bytes([9; 16]), ..item };
    assert!(bed.desk.reveal(nobody, "charge-card", None).await.is_err());
    assert!(!bed.ledger_kinds().contains(&"revealed-intent".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_destroys_at_once_also_while_locked() {
    let bed = Bed::new().await;
    let (link, customer) = bed.collected("#7", Template::IdDocument).await;
    bed.desk.lock();
    customer.say(WordKind::Withdraw).await;
    bed.until_state(link.request, RoundState::Purged).await;
    bed.until("the note", || async { matches!(customer.notes().await.last(), Some(Says::Deleted { .. })) })
        .await;
    // The same word twice is one.
    customer.say(WordKind::Withdraw).await;
    bed.unlock().await;
    assert_eq!(bed.desk.history_of("#7").await.unwrap().len(), 1);
    bed.ledger_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_takes_back_links_that_wait() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#8", Template::IdDocument).await;
    let closing = bed.desk.close_ticket("#8").await.unwrap();
    assert_eq!(closing.revoked, [link.box_id]);
    bed.until("the note", || async { matches!(customer.notes().await.last(), Some(Says::Revoked {})) }).await;
    let parts = customer.seal_everything();
    let answer = customer.call(reqwest::Method::PUT, &format!("/parts/{}/0", parts[0].id));
    assert_eq!(answer.body(vec![1; 8]).send().await.unwrap().status(), 410);
    customer.body.clear();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_after_the_close_lives_its_grace() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#9", Template::IdDocument).await;
    let parts = customer.seal_everything();
    // Solved leaves links waiting; only a close takes them back.
    bed.desk.hear_ticket("#9", TicketSignal::Solved, "test").await.unwrap();
    customer.send(&parts).await;
    bed.until_state(link.request, RoundState::Collected).await;
    let due = bed.desk.inbox(None, None, None, 1).await.unwrap()[0].due.unwrap();
    assert_eq!(due, bed.desk.now() + 72 * HOUR);
    bed.desk.hear_ticket("#9", TicketSignal::Open, "test").await.unwrap();
    let due = bed.desk.inbox(None, None, None, 1).await.unwrap()[0].due.unwrap();
    assert_eq!(due, bed.desk.now() + 30 * DAY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_moves_and_never_closes() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#10", Template::IdDocument).await;
    let into = TicketSignal::Merged("#11".parse().unwrap());
    bed.desk.hear_ticket("#10", into, "test").await.unwrap();
    // Helpdesks close what was merged away.
    bed.desk.hear_ticket("#10", TicketSignal::Closed, "test").await.unwrap();
    let row = &bed.desk.inbox(None, Some("#11".into()), None, 1).await.unwrap()[0];
    assert_eq!((row.id, row.due), (link.request, Some(bed.desk.now() + 30 * DAY)));
}

/// Whatever the target's state is, and however long it has been: what moves has its whole grace, and links stay.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_into_a_ticket_that_is_over_takes_no_grace_away() {
    for (signal, rule) in [(TicketSignal::Solved, "ticket-solved"), (TicketSignal::Closed, "ticket-closed")] {
        let bed = Bed::new().await;
        bed.desk.hear_ticket("#13", signal, "test").await.unwrap();
        bed.hands.pass(5 * DAY);
        let (link, _customer) = bed.collected("#12", Template::IdDocument).await;
        let (waiting, _other) = bed.ask("#12", Template::IdDocument).await;
        let into = TicketSignal::Merged("#13".parse().unwrap());
        let closing = bed.desk.hear_ticket("#12", into, "test").await.unwrap();
        let due = bed.desk.now() + 72 * HOUR;
        assert_eq!((closing.due.len(), closing.due[0].2, closing.revoked.len()), (1, due, 0));
        let held = bed.desk.detail(link.request).await.unwrap().rounds[0].holdings[0].clone();
        assert_eq!((held.due, held.rule.as_deref()), (Some(due), Some(rule)));
        assert_eq!(bed.state(waiting.request).await, RoundState::Waiting);
        // A solved ticket is closed later: that is no shorter grace either.
        bed.hands.pass(DAY);
        bed.desk.hear_ticket("#13", TicketSignal::Closed, "test").await.unwrap();
        let held = bed.desk.detail(link.request).await.unwrap().rounds[0].holdings[0].clone();
        assert_eq!((held.due, held.rule.as_deref()), (Some(due), Some("ticket-closed")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_live_side_by_side_and_one_folder_has_one() {
    let (one, two) = (Bed::new().await, Bed::new().await);
    assert_ne!(one.desk.origin(), two.desk.origin());
    let refused = desk::Desk::open(crate::bed::config(one.folder.path(), &one.hands)).await;
    assert!(matches!(refused.err(), Some(desk::DeskError::Vault(vault::VaultError::InUse))));
    let origin = one.desk.origin().to_owned();
    let one = one.reopen().await;
    assert_eq!(one.desk.origin(), origin, "the port was picked once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_said() {
    let bed = Bed::new().await;
    let port: u16 = bed.desk.origin().rsplit(':').next().unwrap().parse().unwrap();
    let Bed { desk, hands, folder, .. } = bed;
    desk.close().await;
    let _squatter = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let refused = desk::Desk::open(crate::bed::config(folder.path(), &hands)).await;
    let text = refused.err().unwrap().to_string();
    assert!(text.contains(&port.to_string()) && text.contains("another program"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_destroys_and_brings_a_new_link_to_whoever_sent_it() {
    let bed = Bed::new().await;
    let (link, customer) = bed.collected("#12", Template::IdDocument).await;
    // Somebody else with the link has not the owner bytes.
    let stranger = Owner::from_bytes(zeroize::Zeroizing::new([1; 32]));
    customer.say(WordKind::TakeBack(stranger)).await;
    bed.until("the refusal", || async {
        matches!(customer.notes().await.last(), Some(Says::Refused { .. }))
    })
    .await;
    assert_eq!(bed.state(link.request).await, RoundState::Collected);

    let owner = || Owner::from_bytes(zeroize::Zeroizing::new(customer.owner_bytes));
    customer.say(WordKind::TakeBack(owner())).await;
    bed.until("the new link", || async {
        customer.notes().await.iter().any(|says| matches!(says, Says::Replaced { .. }))
    })
    .await;
    let notes = customer.notes().await;
    let Some(Says::Replaced { next }) = notes.iter().find(|says| matches!(says, Says::Replaced { .. }))
    else {
        panic!("a new link")
    };
    let new = seal::next::open(&customer.link, &owner(), &next.0).unwrap();
    assert!(
        seal::next::open(&customer.link, &Owner::from_bytes(zeroize::Zeroizing::new([1; 32])), &next.0)
            .is_err()
    );
    let mut again = crate::customer::Customer::open(&new.url(&bed.desk.origin())).await;
    again.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    bed.until("the end of the first", || async {
        bed.desk.rounds(link.request).await.unwrap()[0].state == RoundState::Purged
    })
    .await;
    assert_eq!(bed.desk.rounds(link.request).await.unwrap().len(), 2);
    assert_eq!(bed.desk.history_of("#12").await.unwrap()[0].rule, "taken-back");
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_while_locked_destroys_all_the_same() {
    let bed = Bed::new().await;
    let (link, customer) = bed.collected("#13", Template::IdDocument).await;
    bed.desk.lock();
    let owner = Owner::from_bytes(zeroize::Zeroizing::new(customer.owner_bytes));
    customer.say(WordKind::TakeBack(owner)).await;
    bed.until_state(link.request, RoundState::Purged).await;
    bed.until("the note", || async { matches!(customer.notes().await.last(), Some(Says::Deleted { .. })) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_before_it_was_collected_destroys_it_too() {
    let relay = crate::liar::Lying::new().await;
    let bed = Bed::with(Some(relay.relay.clone())).await;
    // The desk hears of it and cannot fetch it.
    relay.liar.tell(|_, path, _| {
        (path.starts_with("/v1/desk/boxes/") && path.contains("/parts/")).then(axum::body::Bytes::new)
    });
    let (link, mut customer) = bed.ask("#14", Template::IdDocument).await;
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Sent).await;
    customer.say(WordKind::TakeBack(Owner::from_bytes(zeroize::Zeroizing::new(customer.owner_bytes)))).await;
    bed.until("the new link", || async {
        customer.notes().await.iter().any(|says| matches!(says, Says::Replaced { .. }))
    })
    .await;
    bed.until("the end of it", || async {
        bed.desk.rounds(link.request).await.unwrap()[0].state == RoundState::Purged
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_follow_the_ticket_they_were_merged_into() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#20", Template::IdDocument).await;
    let due = || async { bed.desk.inbox(None, None, None, 1).await.unwrap()[0].due.unwrap() };
    let hear = |ticket: &'static str, signal: TicketSignal| {
        let desk = bed.desk.clone();
        async move { desk.hear_ticket(ticket, signal, "test").await.unwrap() }
    };
    // Closed and merged away, in either order, into one that is being worked on.
    hear("#20", TicketSignal::Closed).await;
    assert_eq!(due().await, bed.desk.now() + 72 * HOUR);
    hear("#20", TicketSignal::Merged("#21".parse().unwrap())).await;
    assert_eq!(due().await, bed.desk.now() + 30 * DAY, "a merge ends nothing");
    // Into one that was merged itself, and back: they end where the chain ends.
    hear("#21", TicketSignal::Merged("#22".parse().unwrap())).await;
    hear("#22", TicketSignal::Merged("#20".parse().unwrap())).await;
    assert_eq!(due().await, bed.desk.now() + 30 * DAY);
    hear("#22", TicketSignal::Solved).await;
    assert_eq!(due().await, bed.desk.now() + 72 * HOUR);
    let purge = bed.desk.erase_now(link.request).await.unwrap()[0];
    let found = bed.desk.history_of("#22").await.unwrap();
    assert_eq!(found[0].id, purge);
    assert!(bed.ledger_kinds().contains(&"merged".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ticket_is_one_however_it_is_written() {
    let bed = Bed::new().await;
    bed.collected("RT-30", Template::IdDocument).await;
    bed.desk.close_ticket("rt-30").await.unwrap();
    assert_eq!(bed.desk.inbox(None, None, None, 1).await.unwrap()[0].due, Some(bed.desk.now() + 72 * HOUR));
    bed.desk.undo_close("RT-30").await.unwrap();
    assert_eq!(bed.desk.inbox(None, None, None, 1).await.unwrap()[0].due, Some(bed.desk.now() + 30 * DAY));
    bed.collected("#31", Template::IdDocument).await;
    let closing = bed.desk.close_ticket("31").await.unwrap();
    assert_eq!(closing.due.len(), 1);
}
