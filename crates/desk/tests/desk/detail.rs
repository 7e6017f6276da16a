//! One request as a whole and the history, as the windows show them; a link once more, and a page before it is sent.

use crate::{
    bed::Bed,
    clock::HOUR,
    customer::{FILE_NAME, HOLDER, PAN},
};
use desk::{Ask, DeskError, Template, certificate_number};
use std::os::unix::fs::FileExt;
use vault::{
    VaultError,
    tables::{
        holding::HoldingState, purge::PurgeState, request::Shelf, round::RoundState, ticket::TicketState,
    },
};
use wire::{BoxId, DataClass};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_told_whole_and_without_content() {
    let bed = Bed::new().await;
    let (waiting, _) = bed.ask("#10", Template::CardOnce).await;
    let (link, _) = bed.collected("#11", Template::IdAndCard).await;

    let detail = bed.desk.detail(waiting.request).await.unwrap();
    assert_eq!((detail.row.ticket.as_str(), detail.row.template.as_str()), ("#10", "card-once"));
    assert_eq!((detail.row.shelf, detail.ticket.state), (Shelf::Waiting, TicketState::Open));
    assert_eq!(detail.rounds.len(), 1);
    assert_eq!(detail.rounds[0].row.state, RoundState::Waiting);
    assert!(detail.rounds[0].looks.is_empty());

    // The same while it is locked: what stands here is on the lists anyway.
    bed.desk.lock();
    let detail = bed.desk.detail(link.request).await.unwrap();
    let [round] = &detail.rounds[..] else { panic!("one round") };
    assert_eq!((round.row.box_id, round.row.state), (link.box_id, RoundState::Collected));
    let held: Vec<_> = round.holdings.iter().map(|held| (held.class, held.state)).collect();
    assert_eq!(held, [(DataClass::Identity, HoldingState::Alive), (DataClass::Payment, HoldingState::Alive)]);
    let told = format!("{detail:?}");
    for secret in [PAN, HOLDER, FILE_NAME, &PAN[12..]] {
        assert!(!told.contains(secret));
    }
    assert_eq!(bed.desk.request_of(link.box_id).await.unwrap(), link.request);
    let unknown = bed.desk.request_of(BoxId::from_bytes([3; 16])).await;
    assert!(matches!(unknown, Err(DeskError::Vault(VaultError::NotFound))));
    let unknown = bed.desk.detail(vault::RequestId::from_bytes([3; 16])).await;
    assert!(matches!(unknown, Err(DeskError::Vault(VaultError::NotFound))));
}

#[tokio::test(flavor = "multi_thread")]
async fn shelves_are_counted() {
    let bed = Bed::new().await;
    assert!(bed.desk.counts().await.unwrap().iter().all(|(_, count)| *count == 0));
    bed.ask("#20", Template::CardOnce).await;
    bed.ask("#21", Template::CardOnce).await;
    let (link, _) = bed.collected("#22", Template::IdDocument).await;
    let of = |counts: Vec<(Shelf, u64)>, shelf| {
        counts.into_iter().find(|(is, _)| *is == shelf).map_or(0, |(_, count)| count)
    };
    let counts = bed.desk.counts().await.unwrap();
    assert_eq!((of(counts.clone(), Shelf::Waiting), of(counts, Shelf::Arrived)), (2, 1));
    let item = bed.desk.items(link.request).await.unwrap()[0].item;
    bed.desk.reveal(item, "verify-identity", None).await.unwrap();
    bed.desk.close_ticket("#20").await.unwrap();
    bed.until("the link's end", || async { of(bed.desk.counts().await.unwrap(), Shelf::Done) == 1 }).await;
    bed.desk.lock();
    let counts = bed.desk.counts().await.unwrap();
    assert_eq!((of(counts.clone(), Shelf::Waiting), of(counts.clone(), Shelf::Arrived)), (1, 0));
    assert_eq!(of(counts, Shelf::Open), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_paged_filtered_and_names_the_classes() {
    let bed = Bed::new().await;
    let mut purged = Vec::new();
    for (ticket, template) in
        [("#30", Template::IdAndCard), ("#301", Template::CardOnce), ("#31", Template::IdDocument)]
    {
        let (link, _) = bed.collected(ticket, template).await;
        bed.hands.pass(HOUR);
        let purge = bed.desk.erase_now(link.request).await.unwrap()[0];
        bed.desk.wait_certified(purge).await.unwrap();
        purged.push(purge);
    }
    assert!(bed.desk.unfinished().await.unwrap().is_empty());

    let all = bed.desk.purges(None, None, 50).await.unwrap();
    let ids: Vec<_> = all.iter().map(|purge| purge.row.id).collect();
    assert_eq!(ids, purged.iter().rev().copied().collect::<Vec<_>>(), "newest first");
    assert_eq!(all[2].classes, [DataClass::Identity, DataClass::Payment], "each once, in order");
    assert_eq!(all[1].classes, [DataClass::Payment]);
    assert_eq!((all[2].row.items, all[2].row.person), (2, Some(bed.person)));

    let first = bed.desk.purges(None, None, 2).await.unwrap();
    let last = first.last().unwrap();
    let rest = bed.desk.purges(None, Some((last.row.begun, last.row.id)), 2).await.unwrap();
    assert_eq!([first.len(), rest.len()], [2, 1]);
    assert_eq!(rest[0].row.id, purged[0]);

    let of = |ticket: &str| bed.desk.purges(Some(ticket.to_owned()), None, 50);
    let tickets =
        |found: Vec<desk::PurgeDetail>| found.into_iter().map(|purge| purge.row.ticket).collect::<Vec<_>>();
    assert_eq!(tickets(of("#30").await.unwrap()), ["#301", "#30"], "what starts so, newest first");
    assert_eq!(tickets(of("30").await.unwrap()), ["#301", "#30"], "the sign may be left out");
    assert_eq!(tickets(of("#31").await.unwrap()), ["#31"]);
    assert!(of("#99").await.unwrap().is_empty());
    let start = || Some("#3".to_owned());
    let first = bed.desk.purges(start(), None, 2).await.unwrap();
    let last = first.last().unwrap();
    let rest = bed.desk.purges(start(), Some((last.row.begun, last.row.id)), 2).await.unwrap();
    assert_eq!((tickets(first), tickets(rest)), (vec!["#31".into(), "#301".into()], vec!["#30".to_owned()]));

    let one = bed.desk.purge(purged[1]).await.unwrap();
    assert_eq!((one.row.state, one.row.ticket.as_str()), (PurgeState::Certified, "#301"));
    let unknown = bed.desk.purge(vault::PurgeId::from_bytes([3; 16])).await;
    assert!(matches!(unknown, Err(DeskError::Vault(VaultError::NotFound))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_checked_when_it_is_shown() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#40", Template::CardOnce).await;
    let purge = bed.desk.charged(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
    let (json, findings) = bed.desk.proof(purge).await.unwrap();
    assert_eq!(json, bed.desk.certificate(purge).await.unwrap());
    assert_eq!(findings.ticket.to_string(), "#40");
    assert!(findings.relay_confirmed);
    let number = certificate_number(purge);
    assert!(number.starts_with("CR-") && number.len() == 13, "{number}");
    assert!(bed.desk.proof(vault::PurgeId::from_bytes([3; 16])).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_was_changed_is_an_alarm_until_it_is_what_it_was() {
    let bed = Bed::new().await;
    bed.collected("#50", Template::CardOnce).await;
    let at_start = bed.desk.ledger_seen();
    bed.hands.pass(HOUR);
    let seen = bed.desk.verify_ledger().await.unwrap();
    assert!(seen.entries > at_start.entries && seen.at >= at_start.at + HOUR);
    assert_eq!(bed.desk.ledger_seen(), seen);

    let path = bed.folder.path().join("ledger.log");
    let whole = std::fs::read(&path).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let middle = whole.len() / 2;
    let alarmed = || bed.desk.troubles().iter().any(|trouble| trouble.about == "alarm");
    let refused = |checked: Result<desk::LedgerSeen, DeskError>| {
        assert!(matches!(checked, Err(DeskError::Vault(VaultError::LedgerDamaged))), "{checked:?}");
        assert!(alarmed());
        assert_eq!(bed.desk.ledger_seen(), seen, "what was verified last stays said");
    };

    // A letter changed.
    file.write_all_at(&[whole[middle] ^ 1], middle as u64).unwrap();
    refused(bed.desk.verify_ledger().await);
    file.write_all_at(&whole[middle..=middle], middle as u64).unwrap();
    assert!(bed.desk.verify_ledger().await.is_ok() && !alarmed(), "it is what it was");

    // Cut short.
    file.set_len(whole.len() as u64 - 1).unwrap();
    refused(bed.desk.verify_ledger().await);
    file.write_all_at(&whole, 0).unwrap();
    assert!(bed.desk.verify_ledger().await.is_ok() && !alarmed());

    // Not there, or another in its place.
    std::fs::rename(&path, path.with_extension("away")).unwrap();
    refused(bed.desk.verify_ledger().await);
    std::fs::write(&path, vec![b'\n'; whole.len()]).unwrap();
    refused(bed.desk.verify_ledger().await);
    std::fs::rename(path.with_extension("away"), &path).unwrap();
    assert!(bed.desk.verify_ledger().await.is_ok() && !alarmed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_shown_before_anything_is_made() {
    let bed = Bed::new().await;
    let kinds = bed.ledger_kinds();
    let ask =
        |ticket: &str, template| Ask { ticket: ticket.into(), template, client: String::new(), until: None };
    let json = bed.desk.preview(&ask(" #60 ", Template::IdAndCard)).await.unwrap();
    let shown: seal::request::Request = serde_json::from_str(&json).unwrap();
    assert_eq!((shown.company.as_str(), shown.ticket.as_str()), ("Acme Travel", "#60"));
    assert_eq!(shown.slots.len(), 2);
    assert_eq!(shown.retention.len(), 2);
    // Half typed, or nothing yet.
    assert!(bed.desk.preview(&ask("", Template::CardOnce)).await.is_ok());

    assert_eq!(bed.ledger_kinds(), kinds, "nothing was written");
    assert!(bed.desk.inbox(None, None, None, 10).await.unwrap().is_empty(), "nothing was made");
    // What is sent is what was shown, but for its own keys and times.
    let (_, customer) = bed.ask("#60", Template::IdAndCard).await;
    assert_eq!(customer.request.slots, shown.slots);
    assert_eq!((customer.request.purpose, customer.request.company), (shown.purpose, shown.company));
    bed.desk.lock();
    let refused = bed.desk.preview(&ask("#60", Template::CardOnce)).await;
    assert!(matches!(refused, Err(DeskError::Vault(VaultError::Locked))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_waits_can_be_had_once_more() {
    let bed = Bed::new().await;
    let (link, mut customer) = bed.ask("#70", Template::IdAndCard).await;
    let again = bed.desk.link(link.box_id).await.unwrap();
    assert_eq!((&*again.url, &again.phrase), (&*link.url, &link.phrase));
    assert_eq!((again.request, again.expires), (link.request, link.expires));

    bed.desk.lock();
    let refused = bed.desk.link(link.box_id).await;
    assert!(matches!(refused.err(), Some(DeskError::Vault(VaultError::Locked))));
    let bed = bed.reopen().await;
    bed.unlock().await;
    assert_eq!(*bed.desk.link(link.box_id).await.unwrap().url, *link.url, "after a restart too");

    // Used, taken back, or nobody's: there is none.
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    let gone = |said: Option<DeskError>| matches!(said, Some(DeskError::Vault(VaultError::WrongState)));
    assert!(gone(bed.desk.link(link.box_id).await.err()));
    let (other, _) = bed.ask("#71", Template::CardOnce).await;
    bed.desk.revoke(other.box_id).await.unwrap();
    bed.until_state(other.request, RoundState::Revoked).await;
    assert!(gone(bed.desk.link(other.box_id).await.err()));
    assert!(bed.desk.link(BoxId::from_bytes([3; 16])).await.is_err());
}
