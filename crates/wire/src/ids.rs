//! Opaque ids and the three data classes.

use crate::public_bytes;
use serde::{Deserialize, Serialize};

public_bytes! {
    /// Names a box at the relay: 16 bytes derived from the link's secret (FORMATS §2).
    BoxId, 16
}
public_bytes! {
    /// Names one part of a submission: 16 random bytes made by the browser (FORMATS §4).
    PartId, 16
}

public_bytes! {
    /// Names where a helpdesk's webhooks arrive: 16 random bytes made by the desk. Whoever knows it can post there,
    /// and nothing more.
    HookId, 16
}

#[cfg(feature = "openapi")]
crate::hex::hex_schema!(BoxId);
#[cfg(feature = "openapi")]
crate::hex::hex_schema!(PartId);
#[cfg(feature = "openapi")]
crate::hex::hex_schema!(HookId);

/// Who may open an item, and how long it lives. The number is the one in FORMATS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum DataClass {
    /// Identity documents.
    Identity = 1,
    /// Payment cards.
    Payment = 2,
    /// Anything else.
    General = 3,
}

impl DataClass {
    /// Every class, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Payment, Self::General];

    /// The class's number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The class's name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Payment => "payment",
            Self::General => "general",
        }
    }
}

/// A number that names no data class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this data class is unknown; the other side may be a newer version: update Cloakroom")]
pub struct UnknownClass;

impl TryFrom<u8> for DataClass {
    type Error = UnknownClass;

    fn try_from(number: u8) -> Result<Self, UnknownClass> {
        Self::ALL.into_iter().find(|class| class.as_u8() == number).ok_or(UnknownClass)
    }
}

impl std::str::FromStr for DataClass {
    type Err = UnknownClass;

    fn from_str(name: &str) -> Result<Self, UnknownClass> {
        Self::ALL.into_iter().find(|class| class.name() == name).ok_or(UnknownClass)
    }
}
