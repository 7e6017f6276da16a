//! Our own, for anything that can run a line of script:
//!
//! ```text
//! X-Cloakroom-Timestamp: UTC seconds
//! X-Cloakroom-Signature: v1=hex HMAC-SHA-256(secret's text, "cloakroom/v1/hook" ‖ 00 ‖ timestamp ‖ "." ‖ body)
//! {"ticket": "4821", "state": "open" | "solved" | "closed"}   or   {"ticket": "4821", "merged_into": "4822"}
//! ```

use data_encoding::HEXLOWER;
use ring::hmac;
use serde::Deserialize;

use super::{Delivery, FRESH, HookKind, HookSecret, Judged, Refused, digest_of, fresh};
use crate::{Proof, Said, TicketNews, TicketRef, TicketSignal, TicketState};

/// Carries the signature.
pub const SIGNATURE_HEADER: &str = "x-cloakroom-signature";
/// Carries the time that is signed.
pub const TIMESTAMP_HEADER: &str = "x-cloakroom-timestamp";

/// The value of [`SIGNATURE_HEADER`] for a body at a time (UTC seconds).
#[must_use]
pub fn sign(secret: &HookSecret, timestamp: u64, body: &[u8]) -> String {
    let tag = hmac::sign(&secret.key(hmac::HMAC_SHA256), &message(&timestamp.to_string(), body));
    format!("v1={}", HEXLOWER.encode(tag.as_ref()))
}

fn message(timestamp: &str, body: &[u8]) -> Vec<u8> {
    [b"cloakroom/v1/hook\0", timestamp.as_bytes(), b".", body].concat()
}

pub(super) fn judge(secret: &HookSecret, delivery: &Delivery<'_>, now: u64) -> Result<Judged, Refused> {
    let signature = delivery.header(SIGNATURE_HEADER)?.ok_or(Refused::Unsigned)?;
    let timestamp = delivery.header(TIMESTAMP_HEADER)?.ok_or(Refused::Unsigned)?;
    let hex = signature.strip_prefix("v1=").ok_or(Refused::Forged)?;
    let tag = super::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).map_err(|_| Refused::Forged)?;
    hmac::verify(&secret.key(hmac::HMAC_SHA256), &message(timestamp, delivery.body), &tag)
        .map_err(|_| Refused::Forged)?;
    let dated = timestamp.parse().map_err(|_| Refused::Malformed)?;
    fresh(dated, delivery, now, FRESH)?;
    let said: Message = serde_json::from_slice(delivery.body).map_err(|_| Refused::Malformed)?;
    let digest = digest_of(HookKind::Generic, &[timestamp.as_bytes(), delivery.body]);
    Ok(Judged { news: vec![said.news(dated, Proof::Signed)?], digest })
}

/// What it says of one ticket.
#[derive(Deserialize)]
pub(super) struct Message {
    ticket: Name,
    state: Option<String>,
    merged_into: Option<Name>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Number(u64),
    Text(String),
}

impl Name {
    fn reference(self) -> Result<TicketRef, Refused> {
        let text = match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        };
        TicketRef::parse(&text).map_err(|_| Refused::Malformed)
    }
}

impl Message {
    pub(super) fn news(self, at: u64, proof: Proof) -> Result<TicketNews, Refused> {
        let said = match (self.state, self.merged_into) {
            (None, Some(into)) => Said::Is(TicketSignal::Merged(into.reference()?)),
            (Some(state), None) => match state.parse() {
                Ok(TicketState::Open) => Said::Is(TicketSignal::Open),
                Ok(TicketState::Solved) => Said::Is(TicketSignal::Solved),
                Ok(TicketState::Closed) => Said::Is(TicketSignal::Closed),
                Err(_) => Said::Unknown,
            },
            _ => return Err(Refused::Malformed),
        };
        Ok(TicketNews { reference: self.ticket.reference()?, said, at, proof })
    }
}
