//! What a workload acknowledged: nobody may find it undone later.

use serde::{Deserialize, Serialize};
use vault::PurgeId;
use wire::DataClass;

/// One acknowledgement, or one intention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Fact {
    /// A vault is handed out.
    Founded,
    /// A round's link may be shown.
    Made(u32),
    /// A submission is in the vault; the relay forgets it.
    Collected(u32),
    /// A purge is about to be begun. Nothing else may be destroyed.
    Tries { sample: u32, classes: Vec<DataClass>, status: bool },
    /// The intent is recorded.
    Begun { sample: u32, classes: Vec<DataClass>, status: bool, purge: PurgeId },
    /// The keys are gone.
    Destroyed(PurgeId),
    /// The bytes are gone.
    Removed(PurgeId),
    /// The certificate that was handed out.
    Certified(PurgeId, String),
    /// A signed head that left the machine.
    Head(String),
}

/// Where acknowledgements go.
pub(crate) type Acks<'a> = &'a mut dyn FnMut(Fact);
