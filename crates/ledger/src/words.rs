//! The listed words of entries.

use serde::{Deserialize, Serialize};

macro_rules! listed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),*
        }

        impl $name {
            /// As it stands in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
    };
}

listed! {
    /// Data class: who may open it, and how long it lives.
    Class {
        /// Identity documents.
        Identity = "identity",
        /// Payment cards.
        Payment = "payment",
        /// Everything else.
        General = "general",
    }
}
listed! {
    /// How an act ended.
    Outcome {
        /// It was done.
        Done = "done",
        /// It was not allowed.
        Refused = "refused",
        /// It was tried and did not succeed.
        Failed = "failed",
    }
}
listed! {
    /// A ticket's state.
    TicketState {
        /// Being worked on.
        Open = "open",
        /// Solved, may reopen.
        Solved = "solved",
        /// Closed for good.
        Closed = "closed",
    }
}
listed! {
    /// A customer's word after submitting.
    WordKind {
        /// Withdraw: destroy it now.
        Withdraw = "withdraw",
        /// Take back and replace.
        TakeBack = "take-back",
        /// Yes to a longer term.
        Extend = "extend",
    }
}
listed! {
    /// How well keys were erased.
    Erasure {
        /// The relay's share is gone as well.
        RelayShare = "R",
        /// The epoch key was sealed to hardware.
        Hardware = "H",
        /// Overwritten in place, on storage known to do so.
        Overwritten = "P",
        /// Best effort, also when unknown.
        BestEffort = "B",
    }
}
