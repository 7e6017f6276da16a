//! Ids that the vault hands out.

use crate::VaultError;
use seal::Rng;

wire::public_bytes! {
    /// Names a request: what one customer is asked for one ticket, over all its rounds.
    RequestId, 16
}
wire::public_bytes! {
    /// Names one purge; in its ledger entries and its certificate.
    PurgeId, 16
}

wire::public_bytes! {
    /// Names a connection to a helpdesk.
    HelpdeskId, 16
}

impl HelpdeskId {
    /// A fresh random id.
    pub fn make(rng: &dyn Rng) -> Result<Self, VaultError> {
        random(rng).map(Self::from_bytes)
    }
}

impl RequestId {
    /// A fresh random id.
    pub fn make(rng: &dyn Rng) -> Result<Self, VaultError> {
        random(rng).map(Self::from_bytes)
    }
}

impl PurgeId {
    /// A fresh random id.
    pub fn make(rng: &dyn Rng) -> Result<Self, VaultError> {
        random(rng).map(Self::from_bytes)
    }
}

pub(crate) fn random(rng: &dyn Rng) -> Result<[u8; 16], VaultError> {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes).map_err(|_| VaultError::Randomness)?;
    Ok(bytes)
}
