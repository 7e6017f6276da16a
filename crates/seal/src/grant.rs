//! A class identity, sealed to a person who holds the class, or to the recovery recipient (FORMATS §7).

use crate::{
    agefile::{self, AgeError},
    identity::{ClassIdentity, Identity, NotAKey, Recipient, Role},
    sealed::SealError,
};

/// Why a grant does not give its class identity.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The age file does not open.
    #[error(transparent)]
    Age(#[from] AgeError),
    /// It opens, but holds no identity.
    #[error(transparent)]
    Key(#[from] NotAKey),
}

/// Seals the class identity's text to one holder.
pub fn seal(class: &ClassIdentity, holder: &Recipient) -> Result<Vec<u8>, SealError> {
    agefile::seal(&[holder], class.to_text().as_bytes())
}

/// Opens a grant as a person, or with the recovery identity.
pub fn open<R: Role>(holder: &Identity<R>, grant: &[u8]) -> Result<ClassIdentity, GrantError> {
    let text = agefile::open(holder, grant)?;
    let text = std::str::from_utf8(&text).map_err(|_| NotAKey)?;
    Ok(ClassIdentity::from_text(text)?)
}
