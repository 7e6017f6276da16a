//! Who opened what and covered it again: listed with the request, in the ledger's order.

use crate::{bed::Bed, clock::HOUR};
use desk::{DeskError, ItemRef, MaskedItem, Template};
use vault::{
    RequestId, VaultError,
    tables::look::{LookKind, LookRow},
};
use wire::DataClass;

async fn looks(bed: &Bed, request: RequestId) -> Vec<LookRow> {
    let detail = bed.desk.detail(request).await.unwrap();
    detail.rounds.into_iter().flat_map(|round| round.looks).collect()
}

fn of(items: &[MaskedItem], class: DataClass) -> ItemRef {
    items.iter().find(|item| item.class == class).unwrap().item
}

#[tokio::test(flavor = "multi_thread")]
async fn each_opening_and_covering_is_listed_with_who_when_and_why() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#1", Template::IdAndCard).await;
    let items = bed.desk.items(link.request).await.unwrap();
    let (document, card) = (of(&items, DataClass::Identity), of(&items, DataClass::Payment));
    assert!(looks(&bed, link.request).await.is_empty(), "masked is not looked at");

    let begun = bed.desk.now();
    bed.desk.reveal(document, "verify-identity", Some("on the phone".to_owned().into())).await.unwrap();
    bed.hands.pass(60);
    bed.desk.hide(document).await.unwrap();
    bed.desk.reveal(card, "charge-card", None).await.unwrap();

    let seen = looks(&bed, link.request).await;
    let told: Vec<_> = seen.iter().map(|look| (look.class, look.what, look.reason.as_deref())).collect();
    assert_eq!(
        told,
        [
            (DataClass::Identity, LookKind::Opened, Some("verify-identity")),
            (DataClass::Identity, LookKind::Covered, None),
            (DataClass::Payment, LookKind::Opened, Some("charge-card")),
        ]
    );
    assert!(seen.iter().all(|look| look.person == bed.person && look.box_id == link.box_id));
    assert!(seen[0].at >= begun && seen[1].at >= seen[0].at + 60);
    assert!(seen.windows(2).all(|pair| pair[0].leaf < pair[1].leaf), "oldest first");
    let slots: Vec<_> = seen.iter().map(|look| look.slot).collect();
    assert_eq!(slots, [0, 0, 1]);
    // Each is the ledger's own entry.
    let kinds = bed.ledger_kinds();
    let at = |look: &LookRow| kinds[usize::try_from(look.leaf).unwrap()].as_str();
    assert_eq!(seen.iter().map(at).collect::<Vec<_>>(), ["revealed", "hidden", "revealed"]);
    assert!(!format!("{seen:?}").contains("on the phone"), "a note is sealed, and goes with the item");

    let bed = bed.reopen().await;
    assert_eq!(looks(&bed, link.request).await, seen, "and after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_open_is_listed_as_such() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#2", Template::CardOnce).await;
    let item = bed.desk.items(link.request).await.unwrap()[0].item;
    // Every stored file of it, the card among them.
    let blobs = std::fs::read_dir(bed.folder.path().join("blobs")).unwrap();
    let wholes: Vec<_> =
        blobs.map(|blob| blob.unwrap().path()).map(|path| (std::fs::read(&path).unwrap(), path)).collect();
    for (whole, path) in &wholes {
        let mut damaged = whole.clone();
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        std::fs::write(path, damaged).unwrap();
    }
    assert!(bed.desk.reveal(item, "charge-card", None).await.is_err());
    let seen = looks(&bed, link.request).await;
    assert_eq!(seen.iter().map(|look| look.what).collect::<Vec<_>>(), [LookKind::Failed]);

    for (whole, path) in &wholes {
        std::fs::write(path, whole).unwrap();
    }
    bed.desk.reveal(item, "charge-card", None).await.unwrap();
    let seen = looks(&bed, link.request).await;
    assert_eq!(seen.iter().map(|look| look.what).collect::<Vec<_>>(), [LookKind::Failed, LookKind::Opened]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_opens_or_covers_while_it_is_locked() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#3", Template::CardOnce).await;
    let item = bed.desk.items(link.request).await.unwrap()[0].item;
    bed.desk.lock();
    let locked = |said: Option<DeskError>| matches!(said, Some(DeskError::Vault(VaultError::Locked)));
    assert!(locked(bed.desk.reveal(item, "charge-card", None).await.err()));
    assert!(locked(bed.desk.hide(item).await.err()));
    assert!(looks(&bed, link.request).await.is_empty());
    assert!(!bed.ledger_kinds().contains(&"revealed-intent".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_looks_stay_when_the_item_is_gone() {
    let bed = Bed::new().await;
    let (link, _) = bed.collected("#4", Template::CardOnce).await;
    let item = bed.desk.items(link.request).await.unwrap()[0].item;
    bed.desk.reveal(item, "charge-card", None).await.unwrap();
    bed.hands.pass(HOUR);
    let purge = bed.desk.charged(link.request).await.unwrap()[0];
    bed.desk.wait_certified(purge).await.unwrap();
    // The window that showed it ends after the item did: there is nothing left to cover.
    bed.desk.hide(item).await.unwrap();
    let seen = looks(&bed, link.request).await;
    assert_eq!(seen.iter().map(|look| look.what).collect::<Vec<_>>(), [LookKind::Opened]);
    assert!(matches!(
        bed.desk.reveal(item, "charge-card", None).await.err(),
        Some(DeskError::Vault(VaultError::NotFound) | DeskError::TooLate)
    ));
    assert_eq!(looks(&bed, link.request).await, seen);
}
