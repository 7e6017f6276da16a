//! A header that holds the secret itself, for helpdesks that cannot sign. The relay reads it too, keeps its hash alone,
//! and so could say anything: everything here is a [`Proof::Hint`], by construction.

use data_encoding::HEXLOWER;
use ring::{digest, hmac};
use serde::Deserialize;

use super::generic;
use super::{Delivery, HookKind, HookSecret, Judged, Refused, digest_of};
use crate::helpdesk::numbered;
use crate::{Proof, Said, TicketNews, TicketSignal};

/// Carries the secret.
pub const SECRET_HEADER: &str = "x-cloakroom-secret";

/// Its SHA-256, hexadecimal: all that a relay keeps of it.
pub const SECRET_HASH_HEADER: &str = "x-cloakroom-secret-sha256";

pub(super) fn judge(secret: &HookSecret, delivery: &Delivery<'_>, now: u64) -> Result<Judged, Refused> {
    let shown = match delivery.header(SECRET_HASH_HEADER)? {
        Some(hash) => HEXLOWER.decode(hash.as_bytes()).map_err(|_| Refused::Forged)?,
        // A relay of an earlier version passes on the secret itself.
        None => sha256(delivery.header(SECRET_HEADER)?.ok_or(Refused::Unsigned)?),
    };
    // Both under one key, and these are compared: how much of a guess is right does not show in the time it takes.
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"cloakroom/v1/hook-secret");
    // The helpdesk was given the secret itself.
    let right = hmac::sign(&key, &sha256(secret.expose()));
    hmac::verify(&key, &shown, right.as_ref()).map_err(|_| Refused::Forged)?;
    let message: Message = serde_json::from_slice(delivery.body).map_err(|_| Refused::Malformed)?;
    let at = delivery.arrived.min(now);
    let news = match message {
        Message::Freshdesk { freshdesk_webhook } => freshdesk_webhook.news(at)?,
        Message::Plain(message) => message.news(at, Proof::Hint)?,
    };
    // Nothing in it is dated: the same body on another day is another message.
    let digest = digest_of(HookKind::SecretHeader, &[&delivery.arrived.to_be_bytes(), delivery.body]);
    Ok(Judged { news: vec![news], digest })
}

fn sha256(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    /// support.freshdesk.com, "Using webhooks in automation rules": the simple form.
    Freshdesk { freshdesk_webhook: Freshdesk },
    /// As the generic hook's.
    Plain(generic::Message),
}

#[derive(Deserialize)]
struct Freshdesk {
    ticket_id: u64,
    ticket_status: Option<String>,
}

impl Freshdesk {
    fn news(self, at: u64) -> Result<TicketNews, Refused> {
        // Statuses come by name, in the language of the account: only these are known.
        let said = match self.ticket_status.as_deref() {
            Some("Open" | "Pending") => Said::Is(TicketSignal::Open),
            Some("Resolved") => Said::Is(TicketSignal::Solved),
            Some("Closed") => Said::Is(TicketSignal::Closed),
            _ => Said::Unknown,
        };
        let reference = numbered(self.ticket_id).map_err(|_| Refused::Malformed)?;
        Ok(TicketNews { reference, said, at, proof: Proof::Hint })
    }
}
