//! Bearer tokens. Whoever checks one knows only its hash.

use crate::{digest::sha256, hex};
use data_encoding::HEXLOWER;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A text that is no token of ours.
pub use crate::hex::NotHex;

macro_rules! token {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            /// From its 32 secret bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// From the 64 hexadecimal digits of an `Authorization: Bearer` header.
            pub fn parse(text: &str) -> Result<Self, NotHex> {
                hex::decode(text).map(Self)
            }

            /// The 64 hexadecimal digits, to be sent and then forgotten.
            pub fn to_bearer(&self) -> Zeroizing<String> {
                Zeroizing::new(HEXLOWER.encode(&self.0))
            }

            /// What the checking side keeps.
            pub fn hash(&self) -> TokenHash {
                TokenHash(sha256(&self.0))
            }
        }
    };
}

token! {
    /// Lets a browser that holds the link read and fill its box.
    UploadToken
}
token! {
    /// Lets a desk open, fetch and end its boxes.
    DeskToken
}

/// What a request key needs besides its class key: 32 bytes that the relay keeps (FORMATS §6).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RelayShare([u8; 32]);

impl RelayShare {
    /// From its 32 secret bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to derive a key from or to store.
    pub const fn expose_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 hexadecimal digits: a share travels once each way, over TLS.
impl serde::Serialize for RelayShare {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(HEXLOWER.encode(&self.0)))
    }
}

impl<'de> serde::Deserialize<'de> for RelayShare {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        hex::decode(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// SHA-256 of a token.
#[derive(Debug, Clone, Copy, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// From its raw bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Compared in constant time: the time must not tell how much of a guess was right.
#[allow(deprecated, reason = "ring 0.17 offers no other constant-time comparison")]
impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        ring::constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl serde::Serialize for TokenHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> serde::Deserialize<'de> for TokenHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        hex::decode(&text).map(Self).map_err(serde::de::Error::custom)
    }
}
