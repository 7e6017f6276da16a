//! Random 16-byte ids that never leave the desk.

use crate::rng::{Rng, RngFailed, make_array};
use data_encoding::HEXLOWER;

/// Text that is not 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id; use the id exactly as it was given")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A fresh random id.
            pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
                make_array(rng).map(Self)
            }

            /// From its raw bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its raw bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| NotAnId)?;
                bytes.try_into().map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

id! {
    /// Names one vault; in every epoch slot and keyring.
    VaultId
}
id! {
    /// Names one version of one row: a row that is sealed again gets a new one, and a new entry key.
    RowVersion
}
id! {
    /// Names a person, in rows and in the ledger.
    PersonId
}
