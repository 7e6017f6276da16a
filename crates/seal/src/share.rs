//! The relay's part in a request key (FORMATS §6, wrap kind 1): without its 32 bytes the class key opens nothing.

use crate::{
    derive::derive_key,
    identity::{NotAKey, RequestIdentity},
    label::{Derive, Label},
    rng::{Rng, RngFailed},
    sealed::{OpenError, SealError, SealKey},
};
use wire::{BoxId, DataClass, RelayShare};
use zeroize::Zeroizing;

/// A fresh share, for one class of one box.
pub fn make(rng: &dyn Rng) -> Result<RelayShare, RngFailed> {
    let mut bytes = Zeroizing::new([0; 32]);
    rng.fill(bytes.as_mut_slice())?;
    Ok(RelayShare::from_bytes(*bytes))
}

/// Why a request identity does not come out from under a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// It does not open: another share, another box or class, or changed bytes.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It opens, but holds no identity.
    #[error(transparent)]
    Key(#[from] NotAKey),
}

/// `sealed(derive(share, "share"), "share", box id ‖ class u8, identity text)`.
pub fn seal(
    rng: &dyn Rng,
    share: &RelayShare,
    id: BoxId,
    class: DataClass,
    identity: &RequestIdentity,
) -> Result<Vec<u8>, SealError> {
    key(share).seal(rng, Label::Share, &ctx(id, class), identity.to_text().as_bytes())
}

/// Opens what [`seal`] made.
pub fn open(
    share: &RelayShare,
    id: BoxId,
    class: DataClass,
    sealed: &[u8],
) -> Result<RequestIdentity, ShareError> {
    let text = key(share).open(Label::Share, &ctx(id, class), sealed)?;
    let text = std::str::from_utf8(&text).map_err(|_| NotAKey)?;
    Ok(RequestIdentity::from_text(text)?)
}

fn key(share: &RelayShare) -> SealKey {
    // Exposed to the derivation only.
    derive_key(share.expose_bytes(), Derive::Share)
}

fn ctx(id: BoxId, class: DataClass) -> [u8; 17] {
    let mut ctx = [0; 17];
    let (head, tail) = ctx.split_at_mut(16);
    head.copy_from_slice(id.as_bytes());
    tail.fill(class.as_u8());
    ctx
}
