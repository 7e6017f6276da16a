//! developer.atlassian.com, "Webhooks": secure admin webhooks (`X-Hub-Signature`), `jira:issue_updated`.

use ring::hmac;
use serde::Deserialize;

use super::{Delivery, FRESH_BODY, HookKind, HookSecret, Judged, Refused, digest_of, fresh, signed_body};
use crate::jira::{Issue, issue_key};
use crate::{Proof, Said, TicketNews, TicketRef, TicketSignal};

pub(super) fn judge(secret: &HookSecret, delivery: &Delivery<'_>, now: u64) -> Result<Judged, Refused> {
    signed_body(secret, delivery, "x-hub-signature", "sha256=", hmac::HMAC_SHA256)?;
    let message: Message = serde_json::from_slice(delivery.body).map_err(|_| Refused::Malformed)?;
    let at = message.timestamp / 1000;
    fresh(at, delivery, now, FRESH_BODY)?;
    let digest = digest_of(HookKind::Jira, &[delivery.body]);
    Ok(Judged { news: message.news(at)?, digest })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    /// UTC milliseconds.
    timestamp: u64,
    webhook_event: String,
    issue: Option<serde_json::Value>,
    #[serde(default)]
    changelog: Changelog,
}

#[derive(Default, Deserialize)]
struct Changelog {
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    field: String,
    #[serde(rename = "fromString")]
    from: Option<String>,
    #[serde(rename = "toString")]
    to: Option<String>,
}

impl Message {
    fn news(self, at: u64) -> Result<Vec<TicketNews>, Refused> {
        let about = matches!(
            self.webhook_event.as_str(),
            "jira:issue_created" | "jira:issue_updated" | "jira:issue_deleted"
        );
        let (true, Some(issue)) = (about, self.issue) else { return Ok(Vec::new()) };
        let issue: Issue = serde_json::from_value(issue).map_err(|_| Refused::Malformed)?;
        let reference = issue.reference().ok_or(Refused::Malformed)?;
        let deleted = self.webhook_event == "jira:issue_deleted";
        let said = if deleted { Said::Is(TicketSignal::Closed) } else { issue.said() };
        // Moved to another project: its old key goes on under the new one.
        let old = self.changelog.items.iter().filter(|item| item.field == "Key").find_map(|item| {
            let old: TicketRef = issue_key(item.from.as_deref()?)?.parse().ok()?;
            let new: TicketRef = issue_key(item.to.as_deref()?)?.parse().ok()?;
            (new.same_ticket(&reference) && !old.same_ticket(&reference)).then_some(old)
        });
        let moved = old.map(|old| TicketNews {
            reference: old,
            said: Said::Is(TicketSignal::Merged(reference.clone())),
            at,
            proof: Proof::Signed,
        });
        let now = TicketNews { reference, said, at, proof: Proof::Signed };
        Ok(moved.into_iter().chain([now]).collect())
    }
}
