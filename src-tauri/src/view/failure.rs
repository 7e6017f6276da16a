use desk::{DeskError, VaultError};
use serde::Serialize;
use ts_rs::TS;

/// Why a command did nothing: what happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Failure {
    /// What a window does differently for.
    pub(crate) code: FailureCode,
    /// For a person.
    pub(crate) text: String,
}

/// What a window does differently for; everything else is `other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailureCode {
    Locked,
    WrongPassphrase,
    TooManyTries,
    WeakPassphrase,
    TooLate,
    Refused,
    Gone,
    InUse,
    PortTaken,
    Damaged,
    DiskFull,
    Unreachable,
    Ticket,
    Other,
}

impl Failure {
    /// The window is not granted what it asked for.
    pub(crate) fn refused() -> Self {
        Self::new(FailureCode::Refused, "This window may not do that. Close Cloakroom and start it again.")
    }

    /// What it was about is not there any more.
    pub(crate) fn gone() -> Self {
        Self::new(
            FailureCode::Gone,
            "This is not here any more. Close this window, and look at the request again.",
        )
    }

    pub(crate) fn new(code: FailureCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        let code = match &error {
            DeskError::Vault(error) => match error {
                VaultError::Locked => FailureCode::Locked,
                VaultError::WrongPassphrase => FailureCode::WrongPassphrase,
                VaultError::LockedOut { .. } => FailureCode::TooManyTries,
                VaultError::WeakPassphrase => FailureCode::WeakPassphrase,
                VaultError::NotFound => FailureCode::Gone,
                VaultError::InUse => FailureCode::InUse,
                VaultError::DiskFull => FailureCode::DiskFull,
                VaultError::DeviceKey
                | VaultError::EpochDamaged
                | VaultError::KeyringDamaged
                | VaultError::DatabaseDamaged
                | VaultError::LedgerDamaged
                | VaultError::RowDamaged
                | VaultError::BlobDamaged => FailureCode::Damaged,
                _ => FailureCode::Other,
            },
            DeskError::Relay(desk::RelayError::Unreachable(_)) => FailureCode::Unreachable,
            DeskError::Missing(desk::Missing::Unreachable) => FailureCode::Unreachable,
            DeskError::RelayStart(_) => FailureCode::PortTaken,
            DeskError::Ticket | DeskError::Outgoing(_) => FailureCode::Ticket,
            DeskError::Damaged => FailureCode::Damaged,
            DeskError::TooLate => FailureCode::TooLate,
            _ => FailureCode::Other,
        };
        Self::new(code, sentences(&error.to_string()))
    }
}

/// "this happened; do that" as two sentences.
pub(crate) fn sentences(text: &str) -> String {
    let mut parts = text.split("; ").map(|part| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    let first: String = parts.next().unwrap_or_default();
    parts.fold(first, |all, part: String| format!("{all}. {part}")) + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_said_in_sentences() {
        let failure = Failure::from(DeskError::Vault(VaultError::Locked));
        assert_eq!(failure.code, FailureCode::Locked);
        assert_eq!(failure.text, "The vault is locked. Unlock it and try again.");
    }
}
