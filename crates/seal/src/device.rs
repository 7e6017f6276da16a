//! The machine's 32 bytes, in the OS keychain or a 0600 file, and what is derived from them (FORMATS §5).

use crate::{
    derive::{derive, derive_key},
    label::Derive,
    rng::{Rng, RngFailed},
    sealed::SealKey,
    secret::Secret,
};
use data_encoding::{BASE64, HEXLOWER};
use zeroize::Zeroizing;

/// The one item the machine keeps.
pub struct DeviceItem(Secret);

/// Wraps the epoch key.
pub struct DeviceKey(pub(crate) SealKey);

/// A text that is no device item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this machine's key is damaged; put back keys/device from where it was saved, or the vault stays shut"
)]
pub struct NotADeviceItem;

impl DeviceItem {
    /// A fresh one.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        Secret::make(rng).map(Self)
    }

    /// From its bytes.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret::from_bytes(bytes))
    }

    /// From one line of base64.
    pub fn from_line(text: &str) -> Result<Self, NotADeviceItem> {
        let bytes =
            BASE64.decode(text.trim_end().as_bytes()).map(Zeroizing::new).map_err(|_| NotADeviceItem)?;
        let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| NotADeviceItem)?;
        Ok(Self(Secret::from_bytes(Zeroizing::new(*bytes))))
    }

    /// One line of base64, with its line feed.
    pub fn to_line(&self) -> Zeroizing<String> {
        // Exposed to the keychain or the 0600 file.
        let mut line = Zeroizing::new(String::with_capacity(45));
        BASE64.encode_append(self.0.expose(), &mut line);
        line.push('\n');
        line
    }

    /// Wraps the epoch key.
    pub fn device_key(&self) -> DeviceKey {
        DeviceKey(derive_key(self.0.expose(), Derive::Device))
    }

    /// SQLCipher's raw key: 64 hexadecimal digits, for `PRAGMA key = "x'…'"`.
    pub fn database_key_hex(&self) -> Zeroizing<String> {
        let mut hex = Zeroizing::new(String::with_capacity(64));
        HEXLOWER.encode_append(derive::<32>(self.0.expose(), Derive::Database).as_slice(), &mut hex);
        hex
    }

    /// Ed25519 seed of the desk's ledger key.
    pub fn signing_seed(&self) -> Zeroizing<[u8; 32]> {
        derive(self.0.expose(), Derive::Signing)
    }
}
