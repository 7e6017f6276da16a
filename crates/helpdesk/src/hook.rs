//! Webhooks, passed on raw by the relay: who says so, when, and what.
//!
//! The relay is not believed: it may invent, hold back, repeat and reorder. What is signed was said by the helpdesk; what
//! merely carries a shared secret in a header was seen by the relay, and is a [`Proof::Hint`] for good. Where the desk
//! can ask the helpdesk itself it does ([`crate::Heard::hear`]), whatever the proof.
//!
//! | hook | signature | dated by | older than is stale |
//! |---|---|---|---|
//! | Zendesk | base64 HMAC-SHA-256 over timestamp and body | signed header | 5 minutes |
//! | generic | hex HMAC-SHA-256 over label, timestamp and body | signed header | 5 minutes |
//! | Jira | hex HMAC-SHA-256 over the body | the body | 24 hours: a repeated try is dated as the first |
//! | Intercom | hex HMAC-SHA-1 over the body | the body | 24 hours |
//! | secret header | none | its arrival | never, and it proves nothing |
//!
//! How old: when it arrived, by the relay's clock, less when it is dated. A desk that was off fetches late what arrived
//! in time.

mod generic;
mod intercom;
mod jira;
mod secret;
mod zendesk;

use data_encoding::HEXLOWER_PERMISSIVE;
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

#[cfg(doc)]
use crate::Proof;
use crate::TicketNews;

pub use generic::{SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};
pub use secret::{SECRET_HASH_HEADER, SECRET_HEADER};

/// The longest body that is looked at, bytes.
pub const BODY_MAX: usize = 256 * 1024;
/// How far a signed time may be from the arrival, and a clock ahead, seconds.
pub const FRESH: u64 = 5 * 60;
/// How old a message may be that is dated by its body alone, seconds: helpdesks try again for hours.
pub const FRESH_BODY: u64 = 24 * 3600;

/// Whose webhooks come through a hook, and so how they are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookKind {
    /// Zendesk: trigger or event webhook, with its signing secret.
    Zendesk,
    /// Jira: webhook with a secret.
    Jira,
    /// Intercom: an app's webhook, with its client secret.
    Intercom,
    /// Anything that signs as we say ([`sign`]): a scrip of Request Tracker, a script of one's own.
    Generic,
    /// Anything that can only send a header: Freshdesk, and most others.
    SecretHeader,
}

impl HookKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Zendesk, Self::Jira, Self::Intercom, Self::Generic, Self::SecretHeader];

    /// Its name in JSON, in the database and in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zendesk => "zendesk",
            Self::Jira => "jira",
            Self::Intercom => "intercom",
            Self::Generic => "generic",
            Self::SecretHeader => "secret-header",
        }
    }

    /// Whether its messages are signed. Otherwise none of them ever ends anything by itself.
    #[must_use]
    pub fn is_signed(self) -> bool {
        self != Self::SecretHeader
    }
}

/// What a hook's messages are signed with. It derives nothing that shows it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct HookSecret(String);

impl HookSecret {
    /// The fewest characters of one.
    pub const MIN: usize = 16;
    /// The most bytes of one.
    pub const MAX: usize = 1024;

    /// Reads a secret as a person pasted it from the helpdesk, or as the desk made it; white space around it is dropped.
    ///
    /// # Errors
    /// [`BadHookSecret`] when it is too short to keep anything secret, or too long.
    pub fn parse(text: &str) -> Result<Self, BadHookSecret> {
        let text = text.trim();
        if text.chars().count() < Self::MIN || text.len() > Self::MAX {
            return Err(BadHookSecret);
        }
        Ok(Self(text.to_owned()))
    }

    /// Its text, for the keychain, and to be shown once to whoever sets the helpdesk up.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn key(&self, algorithm: hmac::Algorithm) -> hmac::Key {
        hmac::Key::new(algorithm, self.0.as_bytes())
    }
}

/// A text that is no hook's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret has 16 characters or more; copy it from the helpdesk, or let this app make one")]
pub struct BadHookSecret;

/// A webhook as the relay passed it on.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The headers it kept, names in any case.
    pub headers: &'a [(String, String)],
    /// The body, untouched.
    pub body: &'a [u8],
    /// When it came, UTC seconds by the relay's clock.
    pub arrived: u64,
}

impl<'a> Delivery<'a> {
    /// The one value of a header; two that differ are nobody's.
    fn header(&self, name: &str) -> Result<Option<&'a str>, Refused> {
        let mut values = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (first, None) => Ok(first.map(|(_, value)| value.trim())),
            (_, Some(_)) => Err(Refused::Malformed),
        }
    }
}

/// A webhook that is genuine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What it says of tickets: nothing, where it is about something else.
    pub news: Vec<TicketNews>,
    /// SHA-256 of what was signed. The desk keeps it, and heeds no message whose digest it has: that one is repeated.
    pub digest: [u8; 32],
}

/// Why a webhook is not heard. The desk changes nothing, and shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// No signature, or no secret, where there has to be one.
    #[error(
        "a webhook came without a signature; turn signing on at the helpdesk, or somebody else knows the address"
    )]
    Unsigned,
    /// A signature or secret that is not ours.
    #[error(
        "a webhook's signature is wrong; enter the helpdesk's secret anew, or somebody else knows the address"
    )]
    Forged,
    /// Signed long before it came: delayed, or repeated by somebody on its way.
    #[error(
        "a webhook is older than it may be, so it was not believed; if this stays, set the helpdesk's clock right"
    )]
    Stale,
    /// Dated ahead of the clocks.
    #[error(
        "a webhook is dated ahead of time, so it was not believed; set the clocks here and at the helpdesk right"
    )]
    Early,
    /// Genuine perhaps, but not as its documentation says.
    #[error("a webhook cannot be read; set it up again at the helpdesk, as this app's settings show")]
    Malformed,
}

impl Refused {
    /// Its name, for the screen and the log.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Forged => "forged",
            Self::Stale => "stale",
            Self::Early => "early",
            Self::Malformed => "malformed",
        }
    }
}

/// Who said it, when, and what. `now`: UTC seconds by the desk's clock.
///
/// # Errors
/// [`Refused`]: the signature is looked at before anything else, the body only when it is right.
pub fn judge(
    kind: HookKind,
    secret: &HookSecret,
    delivery: &Delivery<'_>,
    now: u64,
) -> Result<Judged, Refused> {
    if delivery.body.len() > BODY_MAX {
        return Err(Refused::Malformed);
    }
    match kind {
        HookKind::Zendesk => zendesk::judge(secret, delivery, now),
        HookKind::Jira => jira::judge(secret, delivery, now),
        HookKind::Intercom => intercom::judge(secret, delivery, now),
        HookKind::Generic => generic::judge(secret, delivery, now),
        HookKind::SecretHeader => secret::judge(secret, delivery, now),
    }
}

/// `sha256=` and the like, then hexadecimal digits, over the body.
fn signed_body(
    secret: &HookSecret,
    delivery: &Delivery<'_>,
    header: &str,
    prefix: &str,
    algorithm: hmac::Algorithm,
) -> Result<(), Refused> {
    let value = delivery.header(header)?.ok_or(Refused::Unsigned)?;
    let hex = value.strip_prefix(prefix).ok_or(Refused::Forged)?;
    let tag = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).map_err(|_| Refused::Forged)?;
    hmac::verify(&secret.key(algorithm), delivery.body, &tag).map_err(|_| Refused::Forged)
}

/// Dated within `old` seconds before its arrival, and nothing ahead of the clocks.
fn fresh(dated: u64, delivery: &Delivery<'_>, now: u64, old: u64) -> Result<(), Refused> {
    if dated > delivery.arrived.saturating_add(FRESH) || delivery.arrived > now.saturating_add(FRESH) {
        return Err(Refused::Early);
    }
    if delivery.arrived > dated.saturating_add(old) { Err(Refused::Stale) } else { Ok(()) }
}

/// Of what was signed, in its parts: their lengths too, so that no part passes for another.
fn digest_of(kind: HookKind, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"cloakroom/v1/hook-seen\0");
    for part in [kind.as_str().as_bytes()].iter().chain(parts) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    out
}

#[cfg(test)]
#[path = "hook/tests.rs"]
mod tests;
