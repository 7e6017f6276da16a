//! What can go wrong with a vault: what happened; what to do. Nothing here quotes what was given.

use std::io;

/// An operation on the vault failed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Another process has it.
    #[error("another Cloakroom is using this vault; close it, or give this one a data folder of its own")]
    InUse,
    /// There is no vault in this folder.
    #[error("there is no vault in this folder; create one, or name the folder that holds it")]
    NoVault,
    /// There is one already.
    #[error("this folder already holds a vault; open it, or name an empty folder")]
    AlreadyThere,
    /// Made by a newer version.
    #[error(
        "this vault was made by a newer Cloakroom; nothing was changed: update Cloakroom, then open it again"
    )]
    Newer,
    /// The passphrase does not open it.
    #[error("this passphrase does not open the vault; check for Caps Lock and try again")]
    WrongPassphrase,
    /// Too many wrong passphrases.
    #[error("too many wrong passphrases; wait until the time shown, then try again")]
    LockedOut {
        /// Until when, UTC seconds.
        until: u64,
    },
    /// The passphrase is too short or too common.
    #[error(
        "this passphrase is too short or too easily guessed; use at least 15 characters, such as four random words"
    )]
    WeakPassphrase,
    /// The vault is locked and this needs a person.
    #[error("the vault is locked; unlock it and try again")]
    Locked,
    /// This person holds no key for the class.
    #[error("you hold no key for this kind of data; ask a colleague who does, or a supervisor for a grant")]
    NotGranted,
    /// The relay's share is needed as well.
    #[error("opening this also needs the relay's part; connect to the relay and try again")]
    NeedsShare,
    /// There is no such thing.
    #[error("this is not in the vault any more; refresh the list")]
    NotFound,
    /// The thing is in a state that does not allow it.
    #[error("this is not possible in the state it is in now; refresh and look again")]
    WrongState,
    /// The device item is missing or wrong.
    #[error(
        "the device key of this vault is missing or not the one it was made with; nothing was changed: restore the \
         keys folder of this very machine, or start with an empty data folder and ask your customers again"
    )]
    DeviceKey,
    /// The epoch file does not check out.
    #[error(
        "the key file of this vault is damaged; nothing was changed and nothing was opened: keep the folder as it \
         is and ask your supervisor"
    )]
    EpochDamaged,
    /// The keyring does not check out.
    #[error(
        "the keyring of this vault is damaged or was swapped; nothing was changed and nothing was opened: keep the \
         folder as it is and ask your supervisor"
    )]
    KeyringDamaged,
    /// The database does not check out.
    #[error(
        "the database of this vault is damaged or not the one it was made with; nothing was changed: keep the folder \
         as it is and ask your supervisor"
    )]
    DatabaseDamaged,
    /// The ledger does not check out.
    #[error(
        "the ledger of this vault was shortened or changed; nothing was opened: keep the folder as it is and ask \
         your supervisor"
    )]
    LedgerDamaged,
    /// A sealed row was moved, swapped or changed.
    #[error("a sealed entry of this vault was changed or swapped; nothing was shown: ask your supervisor")]
    RowDamaged,
    /// A stored file is not what was collected.
    #[error("a stored file is not the one that was collected; nothing was shown: ask the customer again")]
    BlobDamaged,
    /// No room.
    #[error("the disk is full; nothing was lost: make room, and this goes on by itself")]
    DiskFull,
    /// Another disk error.
    #[error("the disk could not be read or written ({0}); nothing was lost: check the disk, then try again")]
    Disk(io::ErrorKind),
    /// A write to the key file failed in a way that only a start-up can sort out.
    #[error(
        "the disk failed while keys were written; nothing was lost: restart Cloakroom, and check the disk"
    )]
    Unsure,
    /// The system's source of randomness failed.
    #[error("the system gave no randomness; restart the machine and try again")]
    Randomness,
    /// Something that cannot happen did.
    #[error("Cloakroom met an internal fault ({0}); nothing was lost: restart it and report this")]
    Internal(&'static str),
}

impl VaultError {
    /// A disk error, with a full disk told apart.
    pub(crate) fn disk(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            kind => Self::Disk(kind),
        }
    }
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::DiskFull,
                // The index into the write-ahead log found no room to grow.
                _ if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => Self::DiskFull,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::DatabaseDamaged,
                ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly => {
                    Self::Disk(io::ErrorKind::Other)
                }
                _ => {
                    tracing::error!(code = failure.extended_code, "the database refused a statement");
                    Self::Internal("database")
                }
            },
            _ => Self::Internal("database row"),
        }
    }
}
