//! developers.intercom.com, "Webhooks": signed notifications, topics. The one place where SHA-1 is used: its HMAC is
//! not broken, and Intercom offers nothing else.

use ring::hmac;
use serde::Deserialize;

use super::{Delivery, FRESH_BODY, HookKind, HookSecret, Judged, Refused, digest_of, fresh, signed_body};
use crate::{Proof, Said, TicketNews, TicketRef, TicketSignal};

pub(super) fn judge(secret: &HookSecret, delivery: &Delivery<'_>, now: u64) -> Result<Judged, Refused> {
    signed_body(secret, delivery, "x-hub-signature", "sha1=", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY)?;
    let message: Message = serde_json::from_slice(delivery.body).map_err(|_| Refused::Malformed)?;
    fresh(message.created_at, delivery, now, FRESH_BODY)?;
    let digest = digest_of(HookKind::Intercom, &[delivery.body]);
    Ok(Judged { news: message.news()?.into_iter().collect(), digest })
}

#[derive(Deserialize)]
struct Message {
    topic: String,
    /// UTC seconds.
    created_at: u64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    item: serde_json::Value,
}

/// A conversation, known by its id, or a ticket, known by the number people see.
#[derive(Deserialize)]
struct Item {
    id: Option<serde_json::Value>,
    ticket_id: Option<serde_json::Value>,
    open: Option<bool>,
}

impl Message {
    fn news(self) -> Result<Option<TicketNews>, Refused> {
        let of_ticket = self.topic.starts_with("ticket.");
        let known = |signal| Ok(Some(Said::Is(signal)));
        let said: Result<Option<Said>, Refused> = match self.topic.as_str() {
            "conversation.admin.closed" | "ticket.closed" => known(TicketSignal::Closed),
            "conversation.user.created"
            | "conversation.user.replied"
            | "conversation.admin.opened"
            | "conversation.admin.snoozed"
            | "conversation.admin.unsnoozed"
            | "ticket.created"
            | "ticket.contact.replied" => known(TicketSignal::Open),
            // Its states are the company's own; whether it is open is not.
            "ticket.state.updated" => Ok(None),
            _ => return Ok(None),
        };
        let item: Item = serde_json::from_value(self.data.item).map_err(|_| Refused::Malformed)?;
        let said = said?.unwrap_or(match item.open {
            Some(true) => Said::Is(TicketSignal::Open),
            Some(false) => Said::Is(TicketSignal::Closed),
            None => Said::Unknown,
        });
        let id = if of_ticket { item.ticket_id } else { item.id };
        let id = match id {
            Some(serde_json::Value::String(id)) => id,
            Some(serde_json::Value::Number(id)) => id.to_string(),
            _ => return Err(Refused::Malformed),
        };
        let reference = TicketRef::parse(&id).map_err(|_| Refused::Malformed)?;
        Ok(Some(TicketNews { reference, said, at: self.created_at, proof: Proof::Signed }))
    }
}
