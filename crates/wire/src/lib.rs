//! What desk and relay say to each other. No IO, and nothing here can decrypt.
//!
//! - [`ids`]: [`BoxId`], [`PartId`], [`DataClass`]
//! - [`token`]: bearer tokens and their hashes
//! - [`digest`]: what a part's chunks hash to
//! - [`record`]: the submission record, the one thing of a submission the relay must parse
//! - [`limits`]: sizes and times both sides hold each other to
//! - [`api`]: the JSON of the HTTP calls
//! - [`problem`]: RFC 9457 problem documents

pub mod api;
pub mod digest;
pub mod ids;
pub mod limits;
pub mod problem;
pub mod record;
pub mod token;

pub mod hex;

pub use digest::{PartDigest, PartHasher, sha256};
pub use ids::{BoxId, DataClass, HookId, PartId};
pub use problem::{Problem, ProblemCode};
pub use record::{PartSlot, Record, RecordError, RecordPart, SubmitBody};
pub use token::{DeskToken, RelayShare, TokenHash, UploadToken};
