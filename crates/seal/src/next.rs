//! Passing a new link on through a note of the old box (FORMATS §4): only the browser that submitted reads it.

use crate::{
    derive::derive_key,
    label::{Derive, Label},
    link::{Link, LinkError},
    rng::Rng,
    sealed::{OpenError, SealError, SealKey},
    submission::Owner,
};
use zeroize::Zeroizing;

/// Why a link that was passed on is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NextError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It opens, but holds no link.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// `sealed(derive(secret ‖ owner, "next"), "next", box id, link)`, secret and box id being the old ones.
pub fn seal(rng: &dyn Rng, old: &Link, owner: &Owner, next: &Link) -> Result<Vec<u8>, SealError> {
    key(old, owner).seal(rng, Label::Next, old.box_id().as_bytes(), next.encode().as_bytes())
}

/// Opens what [`seal`] made.
pub fn open(old: &Link, owner: &Owner, sealed: &[u8]) -> Result<Link, NextError> {
    let text = key(old, owner).open(Label::Next, old.box_id().as_bytes(), sealed)?;
    let text = std::str::from_utf8(&text).map_err(|_| LinkError::Damaged)?;
    Ok(Link::parse(text)?)
}

fn key(old: &Link, owner: &Owner) -> SealKey {
    let mut ikm = Zeroizing::new([0; 64]);
    let (secret, rest) = ikm.split_at_mut(32);
    // Exposed to the derivation only.
    secret.copy_from_slice(old.expose());
    rest.copy_from_slice(owner.expose());
    derive_key(ikm.as_slice(), Derive::Next)
}
