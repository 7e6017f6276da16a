//! Random 16-byte ids that never leave the desk.

use crate::rng::{Rng, RngFailed, make_array};
use wire::public_bytes;

public_bytes! {
    /// Names one vault; in every epoch slot and keyring.
    VaultId, 16
}
public_bytes! {
    /// Names one version of one row: a row that is sealed again gets a new one, and a new entry key.
    RowVersion, 16
}
public_bytes! {
    /// Names a person, in rows and in the ledger.
    PersonId, 16
}

macro_rules! made_at_random {
    ($($name:ident),+) => {$(
        impl $name {
            /// A fresh random id.
            pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
                make_array(rng).map(Self)
            }
        }
    )+};
}
made_at_random!(VaultId, RowVersion, PersonId);
