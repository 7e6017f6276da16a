//! The encrypted store of one desk: SQLCipher for rows, a keyring for the keys that open them, files of ciphertext,
//! and the ledger's flat file.
//!
//! - [`Vault`]: create, open, change, read (`vault`, `create`)
//! - [`Session`]: a person who unlocked it
//! - [`Change`], [`Keyed`], [`tables`]: rows; no SQL stands outside of `tables`
//! - [`PurgeOrder`] and the steps of a purge: `purging`
//! - `forgetting`: a helpdesk's credential
//! - [`Blobs`]: ciphertext files
//! - [`fault`]: where tests end the process
//!
//! **SQLite never holds a secret that outlives its entry key**: every row with a secret is sealed under its own key,
//! which lives in the keyring; dropping it there, under a fresh epoch key, is the purge (DESIGN §3).

mod blobs;
mod change;
mod create;
mod db;
mod durable;
mod erasure;
mod error;
pub mod fault;
mod forgetting;
mod ids;
mod keys;
mod layout;
mod ledger_file;
mod ledger_index;
mod lock;
mod purging;
mod session;
pub mod tables;
mod vault;

pub use blobs::{BlobName, BlobWriter, Blobs};
pub use change::{Change, Keyed};
pub use create::{Founded, Founder};
pub use error::VaultError;
pub use ids::{HelpdeskId, PurgeId, RequestId};
pub use layout::Layout;
pub use ledger_file::LedgerCheck;
pub use purging::PurgeOrder;
pub use session::{Attempt, Session};
pub use tables::Db;
pub use vault::{Reader, Vault};
