//! Webhooks: fetched from the relay, judged here, and deleted there only after that is durable.

use super::{
    hearing::{Heeded, hear_news},
    setup::HelpdeskKind,
};
use crate::{Desk, DeskError, RelayError, desk::guard, lines::Line};
use helpdesk::hook::{self, HookKind};
use std::{sync::Arc, time::Duration};
use vault::{
    HelpdeskId, VaultError,
    tables::{
        credential::CredentialKind,
        delivery::{Before, Disbelief},
        helpdesk::HelpdeskRow,
    },
};
use wire::{HookId, api::Delivery};
use zeroize::Zeroizing;

pub use helpdesk::hook::HookSecret;

/// Waits after the relay, or the keychain, did not answer.
const RETRY: Duration = Duration::from_secs(30);
/// A look without an event, which the relay may have failed to deliver.
const LOOK: Duration = Duration::from_secs(600);
/// Bytes of a secret that is made here.
const SECRET: usize = 32;

/// A webhook that was set up: where it goes, and what it is signed with where that was made here.
pub struct HookSetup {
    /// The address to enter at the helpdesk.
    pub url: String,
    /// The secret to enter there, shown once; nothing where it came from there.
    pub secret: Option<Zeroizing<String>>,
}

impl HelpdeskKind {
    /// How its webhooks are signed.
    pub const fn hook_kind(self) -> HookKind {
        match self {
            Self::Zendesk => HookKind::Zendesk,
            Self::Jira => HookKind::Jira,
            Self::Intercom => HookKind::Intercom,
            // A scrip of Request Tracker signs as we say.
            Self::RequestTracker | Self::Webhook => HookKind::Generic,
            Self::Freshdesk => HookKind::SecretHeader,
        }
    }

    /// Whether the helpdesk makes the secret itself, and it is pasted here.
    pub const fn gives_secret(self) -> bool {
        matches!(self, Self::Zendesk | Self::Intercom)
    }
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
            _ => {
                return Err(DeskError::Helpdesk(
                    "the secret is missing; copy it from the webhook's page at the helpdesk",
                ));
            }
        };
        let hook = match row.hook {
            Some(hook) => hook,
            None => HookId::from_bytes(*HelpdeskId::make(&*self.inner.config.rng)?.as_bytes()),
        };
        self.current_line()?.client.put_hook(hook).await?;
        let text = made.as_deref().map(String::as_str).or(pasted.as_ref().map(HookSecret::expose));
        if let Some(text) = text {
            let secret = Zeroizing::new(text.as_bytes().to_vec());
            self.keep_credential(id, CredentialKind::Hook, secret).await?;
            *guard(&self.inner.helpdesks.of(id).hook_secret) = None;
            // What came before the secret waits at the relay.
            self.inner.delivery_bell.notify_one();
        }
        self.vault(move |vault, now| {
            Ok(vault.change(now, |change| change.db().set_helpdesk_hook(id, Some(hook)))?)
        })
        .await?;
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

    /// Fetches webhooks when a relay says that some wait, and at start.
    pub(crate) async fn run_deliveries(&self, line: &Line) {
        let (which, mut bell) = (line.id.number().to_string(), self.inner.delivery_bell.listen());
        let rows = self.read(|db| Ok(db.helpdesks()?)).await.unwrap_or_default();
        let mut wanted = rows.iter().any(|row| row.hook.is_some());
        for row in rows {
            let _ = self.show_disbeliefs(row.id).await;
            // The relay that the desk moved to knows its hooks as well: the address that is shown works.
            if let Some(hook) = row.hook
                && self.current_line().is_ok_and(|current| current.id == line.id)
                && let Err(error) = line.client.put_hook(hook).await
            {
                tracing::warn!(%error, "a hook could not be set up at the relay yet");
            }
        }
        loop {
            let mut sleep = LOOK;
            if wanted {
                match self.fetch_deliveries(line).await {
                    Ok(()) => self.inner.troubles.clear("delivery", &which),
                    Err(error) => {
                        // That the relay cannot be reached is shown already.
                        if !matches!(error, DeskError::Relay(RelayError::Unreachable(_))) {
                            self.inner.troubles.set("delivery", &which, &error);
                        }
                        sleep = RETRY;
                    }
                }
            }
            wanted = tokio::select! {
                () = bell.notified() => true,
                () = tokio::time::sleep(sleep) => wanted,
            };
        }
    }

    async fn fetch_deliveries(&self, line: &Line) -> Result<(), DeskError> {
        let (mut after, mut stuck) = (0, None);
        loop {
            let view = line.client.deliveries(after).await?;
            if view.dropped > 0 {
                self.say_dropped().await?;
            }
            if view.deliveries.is_empty() {
                return stuck.map_or(Ok(()), Err);
            }
            for delivery in view.deliveries {
                let n = delivery.n;
                // What stays at the relay hides nothing behind it.
                after = after.max(n);
                match self.judge_delivery(line, delivery).await {
                    Ok(()) => {
                        vault::fault::point("delivery.judged");
                        line.client.delete_delivery(n).await?;
                    }
                    // One helpdesk's secret is not to be had now: the others are heard meanwhile.
                    Err(error @ DeskError::Helpdesk(_)) => stuck = Some(error),
                    Err(error) => return Err(error),
                }
            }
            self.inner.helpdesk_bell.notify_one();
        }
    }

    async fn judge_delivery(&self, line: &Line, delivery: Delivery) -> Result<(), DeskError> {
        let hook_id = delivery.hook;
        let Some(row) = self.read(move |db| Ok(db.helpdesk_of_hook(hook_id)?)).await? else {
            // Of a connection that was removed.
            return Ok(line.client.end_hook(hook_id).await?);
        };
        let kind = HelpdeskKind::from_code(&row.kind).ok_or(VaultError::Internal("helpdesk kind"))?;
        let secret = self.hook_secret(row.id).await?;
        let raw = hook::Delivery { headers: &delivery.headers, body: &delivery.body.0, arrived: delivery.at };
        let judged = hook::judge(kind.hook_kind(), &secret, &raw, self.now());
        let (id, n) = (row.id, delivery.n);
        self.vault(move |vault, now| {
            vault.change(now, |change| match &judged {
                Err(refused) => super::disbelieve(change, row.id, refused.code()),
                Ok(judged) => apply(change, &row, judged, n),
            })
        })
        .await?;
        self.ring_all();
        self.show_disbeliefs(id).await
    }

    /// Read once from where it lies.
    async fn hook_secret(&self, id: HelpdeskId) -> Result<Arc<HookSecret>, DeskError> {
        let standing = self.inner.helpdesks.of(id);
        if let Some(known) = guard(&standing.hook_secret).clone() {
            return Ok(known);
        }
        let bytes = self.credential(id, CredentialKind::Hook).await?;
        let text = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let secret = text.and_then(|text| HookSecret::parse(text).ok()).ok_or(DeskError::Helpdesk(
            "a webhook's secret is not in the keychain; unlock the keychain, or set the webhook up again",
        ))?;
        let secret = Arc::new(secret);
        *guard(&standing.hook_secret) = Some(Arc::clone(&secret));
        Ok(secret)
    }

    /// Too many waited at the relay: whoever sent the others may have given up.
    async fn say_dropped(&self) -> Result<(), DeskError> {
        let ids = self
            .vault(|vault, now| {
                vault.change(now, |change| {
                    let rows = change.db().helpdesks()?;
                    let hooked = rows.into_iter().filter(|row| row.hook.is_some()).map(|row| row.id);
                    let ids: Vec<_> = hooked.collect();
                    ids.iter().try_for_each(|id| super::disbelieve(change, *id, "dropped"))?;
                    Ok::<_, DeskError>(ids)
                })
            })
            .await?;
        for id in ids {
            self.show_disbeliefs(id).await?;
        }
        Ok(())
    }

    async fn show_disbeliefs(&self, id: HelpdeskId) -> Result<(), DeskError> {
        let (row, found) = self.read(move |db| Ok((db.helpdesk(id)?, db.disbeliefs(id)?))).await?;
        let loud: Vec<_> = found.iter().filter(|of| !is_quiet(&of.code)).map(disbelief_words).collect();
        if !loud.is_empty() {
            let text = format!(
                "Webhooks for helpdesk {} were not believed, and changed nothing: {}. The settings show more.",
                row.name,
                loud.join(", ")
            );
            self.inner.troubles.set("webhook", &id.to_string(), text);
        }
        self.tell_news();
        Ok(())
    }
}

/// A genuine webhook: heard once, and never enough to end something where the helpdesk can be asked.
fn apply(
    change: &mut vault::Change<'_>,
    row: &HelpdeskRow,
    judged: &hook::Judged,
    n: u64,
) -> Result<(), DeskError> {
    match change.db().judge_delivery(row.id, &judged.digest, n)? {
        Before::Judged => return Ok(()),
        Before::Replayed => return super::disbelieve(change, row.id, "replayed"),
        Before::New => {}
    }
    let can_ask = row.setup.is_some();
    // Of one that is paused and cannot be asked later nothing is heard.
    if row.paused && !can_ask {
        return Ok(());
    }
    let rows = change.db().helpdesks()?;
    for news in &judged.news {
        let code = match hear_news(change, &rows, row, news, can_ask)? {
            Heeded::Nothing(why) => super::unheeded_code(why),
            Heeded::NotOurs => Some("not-ours"),
            Heeded::Acted | Heeded::Ask(_) => None,
        };
        if let Some(code) = code {
            // Most tickets of a helpdesk never have a request here: counted, and no line in the ledger.
            if is_quiet(code) {
                change.db().disbelieve(row.id, code, change.now())?;
            } else {
                super::disbelieve(change, row.id, code)?;
            }
        }
    }
    Ok(())
}

/// Counted and shown beside the connection only: usual in a helpdesk's life, or no webhook's fault.
fn is_quiet(code: &str) -> bool {
    matches!(
        code,
        "not-ours"
            | "late"
            | "unknown-state"
            | "no-ticket"
            | "merged-somewhere"
            | "may-not-read"
            | "not-readable"
    )
}

/// Whether somebody should look: what nobody sends by chance.
pub fn is_loud(of: &Disbelief) -> bool {
    !is_quiet(&of.code)
}

/// What was not believed, and how often.
pub fn disbelief_words(of: &Disbelief) -> String {
    let what = match of.code.as_str() {
        "unsigned" => "without a signature",
        "forged" => "with a wrong signature",
        "stale" => "older than they may be",
        "early" => "dated ahead of time",
        "malformed" => "that cannot be read",
        "replayed" => "sent a second time",
        "contradicted" => "that the helpdesk itself did not confirm",
        "dropped" => "lost at the relay because too many waited",
        "not-ours" => "about tickets without a request here",
        "late" => "that came after newer ones",
        "unknown-state" => "with a state that has no meaning here",
        "may-not-read" => "about tickets that this account may not read there",
        "not-readable" => "about tickets whose state could not be read there",
        "no-ticket" => "about tickets that the helpdesk does not show",
        "merged-somewhere" => "about merges into a ticket that is not named",
        _ => "of another kind",
    };
    format!("{} {what}", of.count)
}
