//! A request identity, sealed to its class (FORMATS §6): `age(class recipient, kind u8 ‖ body)`.

use crate::{
    agefile::{self, AgeError},
    identity::{ClassIdentity, NotAKey, Recipient, RequestIdentity},
    rng::Rng,
    sealed::{OpenError, SealError},
    share::{self, ShareError},
};
use wire::{BoxId, DataClass, RelayShare};
use zeroize::Zeroizing;

/// Kind 0: the body is the request identity's text.
const PLAIN: u8 = 0;
/// Kind 1: the body is sealed once more, under a share that the relay keeps.
const SHARED: u8 = 1;

/// Why a wrap does not give its request identity.
#[derive(Debug, thiserror::Error)]
pub enum WrapError {
    /// The age file does not open.
    #[error(transparent)]
    Age(#[from] AgeError),
    /// It opens, but holds no identity.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// The relay's share is needed as well.
    #[error("opening this also needs the relay's share; connect to the relay and try again")]
    NeedsShare,
    /// The share does not open it.
    #[error(
        "the relay's share does not open this key; it belongs elsewhere or was changed: ask the customer again"
    )]
    Share(OpenError),
    /// A kind this version does not know.
    #[error("this key was wrapped by a newer version; update Cloakroom")]
    NewerKind,
}

/// Seals a request identity to its class, without a share.
pub fn seal(identity: &RequestIdentity, class: &Recipient) -> Result<Vec<u8>, SealError> {
    let text = identity.to_text();
    let mut body = Zeroizing::new(Vec::with_capacity(1 + text.len()));
    body.push(PLAIN);
    body.extend_from_slice(text.as_bytes());
    agefile::seal(&[class], &body)
}

/// What a request identity is sealed under besides its class: a share, and the place that it is bound to.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    /// The relay's share.
    pub share: &'a RelayShare,
    /// The box.
    pub id: BoxId,
    /// The class.
    pub class: DataClass,
}

/// Seals a request identity to its class, under a share. The class layer is outermost: it can be renewed without.
pub fn seal_shared(
    rng: &dyn Rng,
    identity: &RequestIdentity,
    class: &Recipient,
    under: Shared<'_>,
) -> Result<Vec<u8>, SealError> {
    let mut body = vec![SHARED];
    body.extend(share::seal(rng, under.share, under.id, under.class, identity)?);
    agefile::seal(&[class], &body)
}

/// Opens a wrap, where it needs no share.
pub fn open(class: &ClassIdentity, wrap: &[u8]) -> Result<RequestIdentity, WrapError> {
    open_with(class, wrap, None)
}

/// Opens a wrap, with the share where it needs one.
pub fn open_with(
    class: &ClassIdentity,
    wrap: &[u8],
    under: Option<Shared<'_>>,
) -> Result<RequestIdentity, WrapError> {
    let body = agefile::open(class, wrap)?;
    match body.split_first() {
        Some((&PLAIN, text)) => {
            let text = std::str::from_utf8(text).map_err(|_| NotAKey)?;
            Ok(RequestIdentity::from_text(text)?)
        }
        Some((&SHARED, sealed)) => {
            let under = under.ok_or(WrapError::NeedsShare)?;
            share::open(under.share, under.id, under.class, sealed).map_err(|error| match error {
                ShareError::Open(error) => WrapError::Share(error),
                ShareError::Key(error) => WrapError::Key(error),
            })
        }
        Some(_) => Err(WrapError::NewerKind),
        None => Err(NotAKey.into()),
    }
}
