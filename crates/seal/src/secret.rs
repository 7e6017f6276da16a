//! 32 secret bytes that are no sealing key.

use crate::rng::{Rng, RngFailed};
use secrecy::{ExposeSecret, SecretBox};
use zeroize::Zeroizing;

pub(crate) struct Secret(SecretBox<[u8; 32]>);

impl Secret {
    pub(crate) fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        let mut bytes = Box::new([0; 32]);
        rng.fill(bytes.as_mut_slice())?;
        Ok(Self(SecretBox::new(bytes)))
    }

    pub(crate) fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(SecretBox::init_with_mut(|secret: &mut [u8; 32]| secret.copy_from_slice(&*bytes)))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}
