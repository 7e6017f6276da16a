//! Cloakroom's ledger: an append-only Merkle log of content-free entries, its signed heads, and the proof of one purge
//! that anyone can check without us.
//!
//! | module | what it owns |
//! |---|---|
//! | [`body`], [`what`], [`words`] | what an entry says: the typed JSON body |
//! | [`leaf`] | the bytes of an entry, stored and carried verbatim |
//! | [`tree`], [`nodes`], [`proof`] | RFC 6962 hashing, the appendable tree, every node of it, proofs |
//! | [`key`] | Ed25519 keys and the verifier key text |
//! | [`checkpoint`], [`cosignature`] | the signed head of the tree (C2SP signed note), and witnesses' lines on it |
//! | [`certificate`], [`findings`] | the proof of one purge, and what it says in a sentence |
//! | [`log`] | a whole ledger against its checkpoint |
//!
//! Nothing here reads a clock, a file or a random source: the caller brings them.

pub mod body;
pub mod certificate;
pub mod checkpoint;
pub mod code;
pub mod cosignature;
pub mod findings;
pub mod id;
mod json;
pub mod key;
pub mod leaf;
pub mod log;
pub mod nodes;
mod note;
pub mod proof;
pub mod tree;
mod utc;
pub mod what;
pub mod words;

pub use body::{Body, Entry, Who};
pub use certificate::{Certificate, CertificateError, Proven, Step};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use code::{Code, TicketRef};
pub use findings::{Findings, Signer};
pub use id::{Hash, Id};
pub use key::{PublicKey, SigningKey, VerifyingKey};
pub use leaf::{Leaf, LeafBytes, LeafError};
pub use log::{Depth, LogError, LogReport, leaves, verify_log};
pub use nodes::Nodes;
pub use tree::{Tree, leaf_hash};
pub use utc::text as utc_text;
pub use what::{ClassCount, Epochs, Notice, What};
pub use words::{Class, Erasure, Outcome, TicketState, WordKind};
