//! developer.zendesk.com, "Verifying webhooks" and "Ticket events"; a trigger's own JSON as our settings show it.

use data_encoding::BASE64;
use ring::hmac;
use serde::Deserialize;

use super::{Delivery, FRESH, HookKind, HookSecret, Judged, Refused, digest_of, fresh};
use crate::helpdesk::numbered;
use crate::zendesk::said_with_tags;
use crate::{Proof, Said, TicketNews, TicketSignal, time};

const SIGNATURE: &str = "x-zendesk-webhook-signature";
const TIMESTAMP: &str = "x-zendesk-webhook-signature-timestamp";

pub(super) fn judge(secret: &HookSecret, delivery: &Delivery<'_>, now: u64) -> Result<Judged, Refused> {
    let signature = delivery.header(SIGNATURE)?.ok_or(Refused::Unsigned)?;
    let timestamp = delivery.header(TIMESTAMP)?.ok_or(Refused::Unsigned)?;
    let tag = BASE64.decode(signature.as_bytes()).map_err(|_| Refused::Forged)?;
    let signed = [timestamp.as_bytes(), delivery.body].concat();
    hmac::verify(&secret.key(hmac::HMAC_SHA256), &signed, &tag).map_err(|_| Refused::Forged)?;
    let dated = time::parse(timestamp).ok_or(Refused::Malformed)?;
    fresh(dated, delivery, now, FRESH)?;
    let message: Message = serde_json::from_slice(delivery.body).map_err(|_| Refused::Malformed)?;
    let digest = digest_of(HookKind::Zendesk, &[timestamp.as_bytes(), delivery.body]);
    Ok(Judged { news: message.news(dated)?.into_iter().collect(), digest })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    /// An event subscription.
    Event {
        #[serde(rename = "type")]
        kind: String,
        detail: Detail,
        time: Option<String>,
    },
    /// A trigger: `{"ticket_id": "{{ticket.id}}", "status": "{{ticket.status}}", "tags": "{{ticket.tags}}"}`.
    Trigger { ticket_id: Number, status: String, tags: Option<Tags> },
}

#[derive(Deserialize)]
struct Detail {
    id: Option<Number>,
    status: Option<String>,
    updated_at: Option<String>,
    tags: Option<Tags>,
}

/// Events write numbers as texts, and statuses in capitals; triggers write whatever their template says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Tags {
    List(Vec<String>),
    Text(String),
}

impl Message {
    fn news(self, dated: u64) -> Result<Option<TicketNews>, Refused> {
        let (id, status, tags, at) = match self {
            Self::Event { kind, detail, time } => {
                if !kind.starts_with("zen:event-type:ticket.") {
                    return Ok(None);
                }
                let (Some(id), Some(status)) = (detail.id, detail.status) else {
                    return Err(Refused::Malformed);
                };
                let at = detail.updated_at.or(time).as_deref().and_then(time::parse);
                // A helpdesk's events are at most as new as their signature.
                (id, status, detail.tags, at.unwrap_or(dated).min(dated))
            }
            Self::Trigger { ticket_id, status, tags } => (ticket_id, status, tags, dated),
        };
        let tags = tags.map(|tags| match tags {
            Tags::List(tags) => tags,
            Tags::Text(tags) => tags.split_whitespace().map(str::to_owned).collect(),
        });
        let said = said_with_tags(&status.to_ascii_lowercase(), tags.as_deref().unwrap_or_default());
        // Without its tags a close may be a merge.
        let proof = match (&said, tags) {
            (Said::Is(TicketSignal::Closed), None) => Proof::Hint,
            _ => Proof::Signed,
        };
        let number = match id {
            Number::Number(number) => Some(number),
            Number::Text(text) => text.trim().parse().ok(),
        };
        let reference = numbered(number.ok_or(Refused::Malformed)?).map_err(|_| Refused::Malformed)?;
        Ok(Some(TicketNews { reference, said, at, proof }))
    }
}
