//! How the app behaves: kept in the vault, within bounds, changed by whoever unlocked it.

use crate::bed::Bed;
use desk::{Company, DeskError, Help, Preferences, Theme};
use vault::VaultError;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_is_there_after_a_restart_and_on_the_lock_screen() {
    let bed = Bed::new().await;
    assert_eq!(bed.desk.preferences().await.unwrap(), Preferences::default());
    let chosen = Preferences { lock_after: 3, theme: Theme::Dark, notify: false, single_keys: false };
    bed.desk.set_preferences(chosen).await.unwrap();
    assert_eq!(bed.desk.preferences().await.unwrap(), chosen);
    let bed = bed.reopen().await;
    assert!(!bed.desk.is_unlocked());
    assert_eq!(bed.desk.preferences().await.unwrap(), chosen, "the lock screen has its theme");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_until_it_locks_stays_within_the_standard() {
    let bed = Bed::new().await;
    for (asked, kept) in [(0, 1), (1, 1), (15, 15), (16, 15), (u8::MAX, 15)] {
        let asked = Preferences { lock_after: asked, ..Preferences::default() };
        bed.desk.set_preferences(asked).await.unwrap();
        assert_eq!(bed.desk.preferences().await.unwrap().lock_after, kept);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_them_while_it_is_locked() {
    let bed = Bed::new().await;
    bed.desk.lock();
    let chosen = Preferences { lock_after: 15, ..Preferences::default() };
    let refused = bed.desk.set_preferences(chosen).await;
    assert!(matches!(refused, Err(DeskError::Vault(VaultError::Locked))));
    let refused = bed.desk.set_company(&Company::default()).await;
    assert!(matches!(refused, Err(DeskError::Vault(VaultError::Locked))));
    assert_eq!(bed.desk.preferences().await.unwrap(), Preferences::default());
    assert_eq!(bed.desk.company().await.unwrap().name, "Acme Travel");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_kept_and_stands_on_the_next_page() {
    let bed = Bed::new().await;
    let company = Company {
        name: "Hotel Adler".into(),
        colour: "#663300".into(),
        help: Help {
            name: "Front desk".into(),
            phone: Some("+43 1 555 0100".into()),
            email: None,
            web: None,
        },
    };
    bed.desk.set_company(&company).await.unwrap();
    let bed = bed.reopen().await;
    assert_eq!(bed.desk.company().await.unwrap(), company);
    bed.unlock().await;
    assert_eq!(bed.desk.person_name().as_deref(), Some("Mira Berg"));
    let (_, customer) = bed.ask("#1", desk::Template::CardOnce).await;
    assert_eq!((customer.request.company.as_str(), &customer.request.help), ("Hotel Adler", &company.help));
    // And on the page of a link that leads nowhere, as long as it is the company's own relay.
    assert_eq!(customer.public_contact().await.as_deref(), Some("Front desk\n+43 1 555 0100"));
    let mut other = company;
    other.help.phone = None;
    bed.desk.set_company(&other).await.unwrap();
    assert_eq!(customer.public_contact().await.as_deref(), Some("Front desk"));
}
