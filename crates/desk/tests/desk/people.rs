//! Unlocking: wrong passphrases, the count, the lock-out.

use crate::{
    bed::{Bed, config, passphrase},
    clock::HOUR,
};
use desk::{Desk, DeskError};
use vault::VaultError;

async fn wrong(bed: &Bed) -> VaultError {
    match bed.desk.unlock(bed.person, passphrase("not this one, is it?")).await {
        Err(DeskError::Vault(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_wrong_passphrases_lock_for_half_an_hour_across_restarts() {
    let bed = Bed::new().await;
    bed.desk.lock();
    let mut words = Vec::new();
    for _ in 0..5 {
        words.push(wrong(&bed).await.to_string());
    }
    let bed = bed.reopen().await;
    for _ in 0..5 {
        words.push(wrong(&bed).await.to_string());
    }
    words.dedup();
    assert_eq!(words.len(), 1, "the same words each time");
    assert!(matches!(wrong(&bed).await, VaultError::LockedOut { .. }));
    let right = bed.desk.unlock(bed.person, passphrase(crate::bed::PASSPHRASE)).await;
    assert!(matches!(right, Err(DeskError::Vault(VaultError::LockedOut { .. }))));
    assert!(!bed.desk.is_unlocked());
    let bed = bed.reopen().await;
    assert!(matches!(wrong(&bed).await, VaultError::LockedOut { .. }));
    bed.hands.pass(HOUR / 2 + 1);
    bed.unlock().await;
    assert_eq!(bed.ledger_kinds().iter().filter(|kind| *kind == "unlock-failed").count(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_does_not_end_a_lock_out() {
    let bed = Bed::new().await;
    bed.desk.lock();
    for _ in 0..10 {
        let _ = wrong(&bed).await;
    }
    bed.hands.set_wall(crate::clock::START + 365 * 24 * HOUR);
    assert!(matches!(wrong(&bed).await, VaultError::LockedOut { .. }), "nor one set ahead");
    bed.hands.set_wall(crate::clock::START - 365 * 24 * HOUR);
    assert!(matches!(wrong(&bed).await, VaultError::LockedOut { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_is_refused_and_not_created_over() {
    let bed = Bed::new().await;
    let Bed { desk, hands, folder, .. } = bed;
    desk.close().await;
    let keep = std::fs::read(folder.path().join("keys/epoch")).unwrap();
    std::fs::write(folder.path().join("keys/epoch"), vec![7; keep.len()]).unwrap();
    let refused = Desk::open(config(folder.path(), &hands)).await;
    assert!(matches!(refused.err(), Some(DeskError::Vault(VaultError::EpochDamaged))));
    let refused = Desk::found(
        config(folder.path(), &hands),
        "Mira",
        passphrase(crate::bed::PASSPHRASE),
        &desk::Company::default(),
    )
    .await;
    assert!(matches!(refused.err(), Some(DeskError::Vault(VaultError::AlreadyThere))));
    std::fs::write(folder.path().join("keys/epoch"), keep).unwrap();
    Desk::open(config(folder.path(), &hands)).await.unwrap().close().await;
}
