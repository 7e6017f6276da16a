//! age X25519 identities, one type per role, so that none can be used for another (FORMATS §5 to §7).

use crate::{
    rng::{Rng, RngFailed},
    secret::Secret,
    stack,
};
use age::secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::{marker::PhantomData, str::FromStr};
use zeroize::Zeroizing;

/// What an identity is for. Sealed: the roles below are all there are.
pub trait Role: role::Sealed {}

mod role {
    pub trait Sealed {}
}

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident => $alias:ident),+) => {$(
        $(#[$doc])*
        pub enum $role {}

        impl role::Sealed for $role {}
        impl Role for $role {}

        $(#[$doc])*
        pub type $alias = Identity<$role>;
    )+};
}

roles! {
    /// Opens what one link brought in, one per link and data class.
    Request => RequestIdentity,
    /// Opens the request identities of one data class.
    Class => ClassIdentity,
    /// Opens the class identities granted to one person.
    Person => PersonIdentity,
    /// Opens the class identities when a passphrase is forgotten; printed on two sheets, kept nowhere.
    Recovery => RecoveryIdentity
}

/// A secret age identity. Wiped on drop; in one place for as long as it lives, since what is moved leaves its bytes behind.
pub struct Identity<R: Role>(Box<age::x25519::Identity>, PhantomData<R>);

/// A text that is no identity or recipient of the kind expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not an age X25519 key; it was changed or cut, or comes from a newer version: update Cloakroom"
)]
pub struct NotAKey;

impl<R: Role> Identity<R> {
    /// A fresh identity.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        Ok(Self::from_secret(&Secret::make(rng)?))
    }

    /// From its text, `AGE-SECRET-KEY-1…`.
    pub fn from_text(text: &str) -> Result<Self, NotAKey> {
        let read = stack::wiped(|| age::x25519::Identity::from_str(text).map(Box::new));
        read.map(|inner| Self(inner, PhantomData)).map_err(|_| NotAKey)
    }

    /// Its text, `AGE-SECRET-KEY-1…`: what the stock `age` program takes.
    pub fn to_text(&self) -> Zeroizing<String> {
        // Exposed to be sealed to whoever may open with it.
        stack::wiped(|| Zeroizing::new(self.0.to_string().expose_secret().to_owned()))
    }

    /// What to seal to, so that this opens it.
    pub fn recipient(&self) -> Recipient {
        Recipient::X25519(X25519Recipient(stack::wiped(|| self.0.to_public())))
    }

    /// From 32 secret bytes, by way of age's text form, which is the only one it takes.
    #[expect(
        clippy::expect_used,
        reason = "32 bytes always have a Bech32 form, and age reads what Bech32 wrote"
    )]
    pub(crate) fn from_secret(secret: &Secret) -> Self {
        let prefix = bech32::Hrp::parse_unchecked("age-secret-key-");
        // Exposed to age.
        let encode = || bech32::encode_upper::<bech32::Bech32>(prefix, secret.expose()).map(Zeroizing::new);
        let text = stack::wiped(encode);
        Self::from_text(&text.expect("shorter than Bech32's limit")).expect("just encoded")
    }

    pub(crate) fn as_age(&self) -> &dyn age::Identity {
        &*self.0
    }
}

/// Public: whom to seal to. Its kind is data, so that it can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "recipient")]
pub enum Recipient {
    /// `age1…`, X25519 (C2SP age).
    #[serde(rename = "x25519")]
    X25519(X25519Recipient),
}

impl Recipient {
    /// From its text, `age1…`.
    pub fn from_text(text: &str) -> Result<Self, NotAKey> {
        X25519Recipient::try_from(text.to_owned()).map(Self::X25519)
    }

    /// Its text, `age1…`.
    pub fn to_text(&self) -> String {
        match self {
            Self::X25519(inner) => inner.0.to_string(),
        }
    }

    pub(crate) fn as_age(&self) -> &dyn age::Recipient {
        match self {
            Self::X25519(inner) => &inner.0,
        }
    }
}

/// The recipient of an X25519 identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct X25519Recipient(age::x25519::Recipient);

impl TryFrom<String> for X25519Recipient {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        text.parse().map(Self).map_err(|_| NotAKey)
    }
}

impl From<X25519Recipient> for String {
    fn from(recipient: X25519Recipient) -> Self {
        recipient.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn text_round_trips() {
        let made = RequestIdentity::make(&SystemRng).unwrap();
        let read = RequestIdentity::from_text(&made.to_text()).unwrap();
        assert_eq!(read.recipient(), made.recipient());
        assert_eq!(Recipient::from_text(&made.recipient().to_text()).unwrap(), made.recipient());
        assert!(RequestIdentity::from_text(&made.recipient().to_text()).is_err());
        assert!(Recipient::from_text(&made.to_text()).is_err());
    }
}
