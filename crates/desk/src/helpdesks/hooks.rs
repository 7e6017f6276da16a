//! Where a helpdesk's webhooks go: an address at the relay, which changes when the desk moves to another.

use super::setup::HelpdeskKind;
use crate::{Desk, DeskError, desk::guard, lines::Line};
use helpdesk::hook::HookSecret;
use std::collections::HashSet;
use vault::{
    HelpdeskId, VaultError,
    tables::{Db, credential::CredentialKind, helpdesk::HelpdeskRow},
};
use wire::HookId;
use zeroize::Zeroizing;

/// Bytes of a secret that is made here.
const SECRET: usize = 32;
/// What the trouble is about.
pub(super) const MOVED: &str = "webhook-address";

/// A webhook that was set up: where it goes, and what it is signed with where that was made here.
pub struct HookSetup {
    /// The address to enter at the helpdesk.
    pub url: String,
    /// The secret to enter there, shown once; nothing where it came from there.
    pub secret: Option<Zeroizing<String>>,
}

impl Desk {
    /// Sets a connection's webhook up, or anew with another secret: the address stays.
    pub async fn set_hook(&self, id: HelpdeskId, pasted: Option<HookSecret>) -> Result<HookSetup, DeskError> {
        self.session()?;
        let row = self.read(move |db| Ok(db.helpdesk(id)?)).await?;
        let kind = HelpdeskKind::from_code(&row.kind).ok_or(VaultError::Internal("helpdesk kind"))?;
        let made = match (&pasted, kind.gives_secret()) {
            (Some(_), true) => None,
            // First the address: the helpdesk makes the secret when it has that.
            (None, true) if row.hook.is_none() => None,
            (None, false) => Some(self.make_secret()?),
            (Some(_), false) => {
                return Err(DeskError::Helpdesk(
                    "this helpdesk signs with a secret that is made here; set the webhook up without one, and enter there \
                     what is shown",
                ));
            }
            (None, true) => {
                return Err(DeskError::Helpdesk(
                    "the secret is missing; copy it from the webhook's page at the helpdesk",
                ));
            }
        };
        let hook = match row.hook {
            Some(hook) => hook,
            None => HookId::from_bytes(*HelpdeskId::make(&*self.inner.config.rng)?.as_bytes()),
        };
        let line = self.current_line()?;
        line.client.put_hook(hook).await?;
        let text = made.as_deref().map(String::as_str).or(pasted.as_ref().map(HookSecret::expose));
        if let Some(text) = text {
            let secret = Zeroizing::new(text.as_bytes().to_vec());
            self.keep_credential(id, CredentialKind::Hook, secret).await?;
            *guard(&self.inner.helpdesks.of(id).hook_secret) = None;
            // What came before the secret waits at the relay.
            self.inner.delivery_bell.notify_one();
        }
        let at = line.id;
        self.vault(move |vault, now| {
            Ok(vault.change(now, |change| change.db().set_helpdesk_hook(id, hook, at))?)
        })
        .await?;
        self.show_moved_hooks().await?;
        self.tell_news();
        Ok(HookSetup { url: self.hook_url(hook), secret: made })
    }

    /// Where a hook's webhooks go.
    pub fn hook_url(&self, hook: HookId) -> String {
        format!("{}/hooks/{hook}", self.origin())
    }

    /// What comes through it from now on is nobody's. A relay that cannot be told hears it when the next one comes.
    pub(crate) async fn remove_hook(&self, id: HelpdeskId) -> Result<(), DeskError> {
        let row = self.read(move |db| Ok(db.helpdesk(id)?)).await?;
        let Some(hook) = row.hook else { return Ok(()) };
        // Wherever it was set up, before the desk moved to another relay.
        for line in self.inner.lines.all() {
            if let Err(error) = line.client.end_hook(hook).await {
                tracing::warn!(%error, "a hook could not be ended at a relay yet");
            }
        }
        Ok(())
    }

    fn make_secret(&self) -> Result<Zeroizing<String>, DeskError> {
        let mut bytes = Zeroizing::new([0; SECRET]);
        self.inner.config.rng.fill(bytes.as_mut_slice()).map_err(|_| VaultError::Randomness)?;
        Ok(Zeroizing::new(data_encoding::BASE64URL_NOPAD.encode(bytes.as_slice())))
    }

    /// Has the relay of now know every hook, so that the address that is shown works; `known`: what it knows already.
    pub(crate) async fn put_hooks(&self, line: &Line, known: &mut HashSet<HookId>) -> Result<(), DeskError> {
        if self.inner.lines.current().is_none_or(|current| current.id != line.id) {
            // What one that is left knows may be ended there.
            known.clear();
            return Ok(());
        }
        self.show_moved_hooks().await?;
        for hook in self.read(|db| Ok(db.helpdesks()?)).await?.into_iter().filter_map(|row| row.hook) {
            if !known.contains(&hook) {
                line.client.put_hook(hook).await?;
                known.insert(hook);
            }
        }
        Ok(())
    }

    /// Ends every hook at a relay that is let go of: what sends there still hears that nobody is.
    pub(crate) async fn end_hooks(&self, line: &Line) -> Result<(), DeskError> {
        for hook in self.read(|db| Ok(db.helpdesks()?)).await?.into_iter().filter_map(|row| row.hook) {
            line.client.end_hook(hook).await?;
        }
        Ok(())
    }

    /// A genuine webhook came by this line: the helpdesk knows that address.
    pub(super) async fn hook_arrives(&self, row: &HelpdeskRow, line: &Line) -> Result<(), DeskError> {
        let (id, at, Some(hook)) = (row.id, line.id, row.hook) else { return Ok(()) };
        let is_current = self.inner.lines.current().is_some_and(|current| current.id == at);
        if !is_current || row.hook_relay == Some(at) {
            return Ok(());
        }
        self.vault(move |vault, now| {
            Ok(vault.change(now, |change| change.db().set_helpdesk_hook(id, hook, at))?)
        })
        .await?;
        self.show_moved_hooks().await?;
        self.tell_news();
        Ok(())
    }

    /// Says which helpdesks still send to the address at an earlier relay.
    pub(crate) async fn show_moved_hooks(&self) -> Result<(), DeskError> {
        let found = self
            .read(|db| {
                let rows = db.helpdesks()?.into_iter();
                rows.map(|row| Ok((hook_moved(db, &row)?, row))).collect::<Result<Vec<_>, DeskError>>()
            })
            .await?;
        for (moved, row) in found {
            let id = row.id.to_string();
            if moved {
                let text = format!(
                    "The webhook address of helpdesk {} changed with the relay: enter the new one there. The settings \
                     show it.",
                    row.name
                );
                self.inner.troubles.set(MOVED, &id, text);
            } else {
                self.inner.troubles.clear(MOVED, &id);
            }
        }
        Ok(())
    }
}

/// Whether a helpdesk's webhooks were last known to arrive at another address than the one of now.
pub(super) fn hook_moved(db: Db<'_>, row: &HelpdeskRow) -> Result<bool, DeskError> {
    let (Some(_), Some(at)) = (row.hook, row.hook_relay) else { return Ok(false) };
    Ok(db.relay(at)?.origin != db.current_relay()?.origin)
}
