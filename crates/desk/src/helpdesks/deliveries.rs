//! Webhooks: fetched from the relay, judged here, and deleted there only after that is durable.

use super::{
    hearing::{Heeded, hear_news},
    setup::HelpdeskKind,
};
use crate::{Desk, DeskError, RelayError, desk::guard, lines::Line};
use helpdesk::hook::{self, HookKind};
use std::{collections::HashSet, sync::Arc, time::Duration};
use vault::{
    HelpdeskId, VaultError,
    tables::{
        credential::CredentialKind,
        delivery::{Before, Disbelief},
        helpdesk::HelpdeskRow,
    },
};
use wire::api::Delivery;

pub use helpdesk::hook::HookSecret;

/// Waits after the relay, or the keychain, did not answer.
const RETRY: Duration = Duration::from_secs(30);
/// A look without an event, which the relay may have failed to deliver.
const LOOK: Duration = Duration::from_secs(600);

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
    /// Fetches webhooks when a relay says that some wait, and at start.
    pub(crate) async fn run_deliveries(&self, line: &Line) {
        let (which, mut bell) = (line.id.number().to_string(), self.inner.delivery_bell.listen());
        let rows = self.read(|db| Ok(db.helpdesks()?)).await.unwrap_or_default();
        let mut wanted = rows.iter().any(|row| row.hook.is_some());
        for row in rows {
            let _ = self.show_disbeliefs(row.id).await;
        }
        let mut known = HashSet::new();
        loop {
            let mut sleep = LOOK;
            if let Err(error) = self.put_hooks(line, &mut known).await {
                tracing::warn!(%error, "a hook could not be set up at the relay yet");
                sleep = RETRY;
            }
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
                self.say_dropped(view.dropped).await?;
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
        if judged.is_ok() {
            self.hook_arrives(&row, line).await?;
        }
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

    /// Lost at the relay before they were fetched: too many waited, or for too long, or its backup was put back. Whose
    /// they were it does not say.
    async fn say_dropped(&self, count: u64) -> Result<(), DeskError> {
        let ids = self
            .vault(move |vault, now| {
                vault.change(now, |change| {
                    let rows = change.db().helpdesks()?;
                    let hooked = rows.into_iter().filter(|row| row.hook.is_some()).map(|row| row.id);
                    let ids: Vec<_> = hooked.collect();
                    ids.iter().try_for_each(|id| super::disbelieve_all(change, *id, "dropped", count))?;
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
        let desk = self.clone();
        // With the vault in hand: what somebody forgets meanwhile is not shown again.
        self.vault(move |vault, _| {
            let (row, found) = (vault.db().helpdesk(id)?, vault.db().disbeliefs(id)?);
            let loud: Vec<_> = found.iter().filter(|of| !is_quiet(&of.code)).map(disbelief_words).collect();
            if loud.is_empty() {
                desk.inner.troubles.clear("webhook", &id.to_string());
            } else {
                let text = format!(
                    "Webhooks for helpdesk {} were not believed, and changed nothing: {}. The settings show more.",
                    row.name,
                    loud.join(", ")
                );
                desk.inner.troubles.set("webhook", &id.to_string(), text);
            }
            Ok(())
        })
        .await?;
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
                change.db().disbelieve(row.id, code, 1, change.now())?;
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
        "dropped" => "lost at the relay before they were fetched",
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
