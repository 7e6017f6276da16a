//! Links, sealed requests, submissions, keys: everything that encrypts. No IO.
//!
//! The README beside this file draws the keys and lists labels and JSON fields; FORMATS gives the bytes.
//!
//! - The one way to seal: [`sealed`], [`label`], [`derive`](mod@derive), [`rng`], [`padding`]
//! - The customer's side: [`link`], [`request`], [`note`], [`phrase`], [`manifest`], [`card`], [`submission`], [`word`],
//!   [`next`], [`mac`]
//! - age: [`identity`], [`agefile`]
//! - Keys on disk: [`device`], [`epoch`], [`keyring`], [`row`], [`wrap`], [`grant`], [`id`]
//! - People: [`passphrase`], [`person`], [`act`], [`recovery`]
//! - What keys and contents leave on the stack: [`wiped_whole`]

pub mod act;
pub mod agefile;
pub mod card;
pub mod derive;
pub mod device;
pub mod epoch;
pub mod grant;
pub mod id;
pub mod identity;
pub mod json;
pub mod keyring;
pub mod label;
pub mod link;
pub mod mac;
pub mod manifest;
pub mod next;
pub mod note;
pub mod padding;
pub mod passphrase;
pub mod person;
pub mod phrase;
pub mod recovery;
pub mod request;
pub mod rng;
pub mod row;
pub mod sealed;
pub mod share;
pub mod submission;
pub mod word;
pub mod wrap;

mod english;
mod secret;
mod slab;
mod stack;

pub use id::{PersonId, RowVersion, VaultId};
pub use identity::{ClassIdentity, PersonIdentity, Recipient, RecoveryIdentity, RequestIdentity};
pub use link::{BoxKeys, Link};
pub use rng::{Rng, SystemRng};
pub use stack::wiped_whole;
