//! Why the store did not do something.

use rusqlite::ErrorCode;
use std::io::ErrorKind;
use wire::{PartId, ProblemCode};

/// Why the store did not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The call is not one the box allows as it stands.
    #[error("the relay refused this call ({}); see what the problem says", .0.title())]
    Refused(ProblemCode),
    /// These parts are not there as the record says.
    #[error("some parts have not arrived; send them again, then submit again")]
    Incomplete(Vec<PartId>),
    /// No room on the disk. Nothing of the call was kept.
    #[error("the relay's disk is full; make room, then try again")]
    Full,
    /// The disk or the database failed.
    #[error("the relay's store cannot be used now; look at its log, then try again")]
    Unavailable,
}

impl From<ProblemCode> for StoreError {
    fn from(code: ProblemCode) -> Self {
        Self::Refused(code)
    }
}

/// Only the error's number is logged: its text may hold a path.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(inner) if inner.code == ErrorCode::DiskFull => {
                tracing::warn!("the database found no room");
                Self::Full
            }
            Some(inner) => {
                tracing::error!(sqlite = inner.extended_code, "the database failed");
                Self::Unavailable
            }
            None => {
                tracing::error!("the database holds something unexpected");
                Self::Unavailable
            }
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                tracing::warn!("the disk has no room");
                Self::Full
            }
            kind => {
                tracing::error!(?kind, "the disk failed");
                Self::Unavailable
            }
        }
    }
}
