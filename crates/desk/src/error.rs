//! Why a desk did not do something: what happened; what to do.

use crate::{Missing, RelayError};
use vault::VaultError;

/// An operation of the desk failed.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The relay.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The embedded relay did not start.
    #[error("{0}")]
    RelayStart(String),
    /// The settings file is not one.
    #[error("the settings file desk.toml cannot be read or written; mend or remove it, then start again")]
    Settings,
    /// A ticket reference that is none.
    #[error("this is not a ticket reference; use the one your helpdesk shows, such as #4821")]
    Ticket,
    /// A guarantee without a date, or with one that is over or too far away.
    #[error("this is not a date it can be kept until; choose one between tomorrow and a year from now")]
    Date,
    /// Asking again while a link still waits, or while something is on its way.
    #[error(
        "a link of this request still waits, or something is on its way; show that link again, or take it back first"
    )]
    StillWaits,
    /// Asking for what the request does not ask for, or for nothing.
    #[error("this is not what the request asks for; choose what is to be sent again")]
    NotAsked,
    /// Reminded often enough.
    #[error("the customer was reminded often enough; call them, or take the link back")]
    Enough,
    /// What was to be taken in was not taken.
    #[error(transparent)]
    Bring(#[from] crate::BringError),
    /// A longer term that cannot be offered.
    #[error("this term cannot be offered; choose one after the promised end and before the longest one")]
    Term,
    /// A reason that is none of the policy's.
    #[error("this reason is not one of the policy's; choose one of the list")]
    Reason,
    /// The stored submission is not what was collected.
    #[error("what is stored is not what was collected; nothing was shown: ask the customer again")]
    Damaged,
    /// The relay's part of a key is missing.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// Only a supervisor may.
    #[error("this is for a supervisor to set; ask one of yours")]
    NotSupervisor,
    /// The relay something was made on is not in use any more.
    #[error(
        "the relay this was made on is not in use any more; look at the settings, or ask the customer again"
    )]
    RelayGone,
    /// A relay that cannot be given up on yet.
    #[error(
        "new requests are made on this relay, or something that was made on it may still be opened; wait until the last \
         of it has ended, and use another relay until then"
    )]
    RelayHolds,
    /// It is being destroyed.
    #[error("this is being destroyed and cannot be stopped any more; the history shows how far it has come")]
    TooLate,
    /// A helpdesk, in the words of `helpdesk_failure`.
    #[error("{0}")]
    Helpdesk(&'static str),
    /// What was typed for a helpdesk is not usable.
    #[error("{0}")]
    HelpdeskSetup(String),
    /// The keychain does not let go of a credential.
    #[error("the keychain does not answer, so the token in it cannot be removed; unlock it and try again")]
    Keychain,
    /// A card number in something that would leave this desk.
    #[error("{0}")]
    Outgoing(String),
    /// The desk is shutting down.
    #[error("Cloakroom is closing; start it again")]
    Closing,
}
