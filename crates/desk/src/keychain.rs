//! The system's keychain: where a helpdesk's credential lies, so that a copy of the data folder does not hold it.

use keyring_core::{Error, api::CredentialStoreApi};
use std::time::Duration;
use vault::{HelpdeskId, tables::credential::CredentialKind};
use zbus_secret_service_keyring_store::Store;
use zeroize::Zeroizing;

/// Under this name the keychain's own window shows our items.
const SERVICE: &str = "org.cloakroom.desk";
/// As long as somebody may take to unlock their keychain when it asks.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where credentials are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keychain {
    /// The system's: the Secret Service of the desktop session.
    System,
    /// Nowhere: they are sealed rows of the vault.
    Absent,
}

/// Why the keychain did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeychainError {
    /// There is none, it is locked, or it does not answer.
    NoKeychain,
    /// It has no such item.
    Missing,
}

/// Names one item: by the vault and the connection, so that two desks of one person do not share any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item(String);

impl Item {
    pub(crate) fn new(vault: &str, helpdesk: HelpdeskId, kind: CredentialKind) -> Self {
        Self(format!("{vault}.{helpdesk}.{}", kind.as_str()))
    }
}

impl Keychain {
    pub(crate) async fn put(self, item: Item, secret: Zeroizing<Vec<u8>>) -> Result<(), KeychainError> {
        self.ask(move |store| {
            let text = encode(&secret);
            store.build(SERVICE, &item.0, None)?.set_password(&text)
        })
        .await
    }

    pub(crate) async fn get(self, item: Item) -> Result<Zeroizing<Vec<u8>>, KeychainError> {
        let text =
            self.ask(move |store| store.build(SERVICE, &item.0, None)?.get_password().map(Zeroizing::new));
        decode(&text.await?).ok_or(KeychainError::Missing)
    }

    /// Removes an item; one that is not there is removed.
    pub(crate) async fn remove(self, item: Item) -> Result<(), KeychainError> {
        let removed = self.ask(move |store| store.build(SERVICE, &item.0, None)?.delete_credential()).await;
        match removed {
            Err(KeychainError::Missing) => Ok(()),
            removed => removed,
        }
    }

    /// Asks away from the async threads, and not for ever: the keychain may be asking a person.
    async fn ask<T: Send + 'static>(
        self,
        work: impl FnOnce(&Store) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeychainError> {
        if self == Self::Absent {
            return Err(KeychainError::NoKeychain);
        }
        let asked = tokio::task::spawn_blocking(move || work(&*Store::new()?));
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(Error::NoEntry))) => Err(KeychainError::Missing),
            // What it says may quote names of items; that it did not work is all that is passed on.
            Ok(Ok(Err(_)) | Err(_)) | Err(_) => Err(KeychainError::NoKeychain),
        }
    }
}

/// Keychains hold text.
fn encode(secret: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(data_encoding::BASE64.encode(secret))
}

fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    data_encoding::BASE64.decode(text.as_bytes()).ok().map(Zeroizing::new)
}
