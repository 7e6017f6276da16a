//! Where a connection's credentials lie: in the keychain where there is one, else sealed in the vault.

use crate::{Desk, DeskError, keychain::Item};
use vault::{HelpdeskId, tables::credential::CredentialKind};
use zeroize::Zeroizing;

impl Desk {
    /// Keeps a credential; `true` where the keychain took it.
    pub(crate) async fn keep_credential(
        &self,
        id: HelpdeskId,
        kind: CredentialKind,
        secret: Zeroizing<Vec<u8>>,
    ) -> Result<bool, DeskError> {
        let item = self.keychain_item(id, kind).await?;
        if self.inner.config.keychain.put(item, secret.clone()).await.is_ok() {
            // An older one in the vault would be found before it.
            self.vault(move |vault, now| Ok(vault.drop_credential(id, kind, now)?)).await?;
            return Ok(true);
        }
        self.vault(move |vault, now| Ok(vault.put_credential(id, kind, &secret, now)?)).await?;
        Ok(false)
    }

    /// A connection's credential, wherever it lies; nothing where it is not to be had.
    pub(crate) async fn credential(
        &self,
        id: HelpdeskId,
        kind: CredentialKind,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, DeskError> {
        let sealed = self.vault(move |vault, _| Ok(vault.keyed().credential(id, kind)?)).await?;
        if sealed.is_some() {
            return Ok(sealed);
        }
        let item = self.keychain_item(id, kind).await?;
        Ok(self.inner.config.keychain.get(item).await.ok())
    }

    /// Removes a connection's credentials from the keychain. What lies in the vault goes with the connection's rows.
    pub(crate) async fn forget_credentials(&self, id: HelpdeskId) -> Result<(), DeskError> {
        for kind in [CredentialKind::Token, CredentialKind::Hook] {
            let sealed =
                self.vault(move |vault, _| Ok(vault.keyed().credential(id, kind)?.is_some())).await?;
            let item = self.keychain_item(id, kind).await?;
            if self.inner.config.keychain.remove(item).await.is_err() && !sealed {
                let row = self.read(move |db| Ok(db.helpdesk(id)?)).await?;
                let was_kept = match kind {
                    CredentialKind::Token => row.setup.is_some(),
                    CredentialKind::Hook => row.hook.is_some(),
                };
                if was_kept && row.keychain {
                    return Err(DeskError::Keychain);
                }
            }
        }
        Ok(())
    }

    async fn keychain_item(&self, id: HelpdeskId, kind: CredentialKind) -> Result<Item, DeskError> {
        let vault = self.vault(|vault, _| Ok(vault.id().to_string())).await?;
        Ok(Item::new(&vault, id, kind))
    }
}
