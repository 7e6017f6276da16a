//! The proof of one purge: its three entries verbatim, where each stands in the ledger, and one checkpoint over them.
//!
//! ```json
//! {"v":1,"intent":{"index":7,"leaf":"…","proof":["hex",…]},"keys_destroyed":{…},"completed":{…},
//!  "checkpoint":"…","vkey":"…"}
//! ```
//!
//! `vkey` is the desk's key as the desk gives it: convenient, and no proof of who the desk is.

use crate::findings::{Findings, Signer};
use crate::leaf::{Leaf, LeafBytes, LeafError};
use crate::{
    Body, Checkpoint, CheckpointError, Erasure, Hash, Id, Nodes, Outcome, VerifyingKey, What, leaf_hash,
    proof,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A certificate as it is stored and handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    v: u8,
    intent: Proven,
    keys_destroyed: Proven,
    completed: Proven,
    checkpoint: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    vkey: Option<String>,
}

/// An entry with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proven {
    index: u64,
    leaf: String,
    proof: Vec<Hash>,
}

impl Proven {
    /// Entry `index` with its proof in the tree of the first `size` entries; `None` if `nodes` do not reach that far
    /// or hold another entry there.
    pub fn new(leaf: &LeafBytes, index: u64, nodes: &Nodes, size: u64) -> Option<Self> {
        let proof = nodes.inclusion(index, size)?;
        if !proof::includes(&nodes.root(size)?, size, index, &leaf.hash(), &proof) {
            return None;
        }
        let leaf = std::str::from_utf8(leaf.as_bytes()).ok()?.to_owned();
        Some(Self { index, leaf, proof })
    }
}

/// The three steps of a purge that a certificate carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The intent.
    Intent,
    /// The keys' destruction.
    KeysDestroyed,
    /// The completion.
    Completed,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intent => "intent",
            Self::KeysDestroyed => "keys-destroyed",
            Self::Completed => "completed",
        })
    }
}

/// Why a certificate does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not a certificate of this version.
    #[error(
        "this is not a certificate that this version reads; ask for the file again, or use a newer cloakroom-verify"
    )]
    Format,
    /// The checkpoint fails.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The key inside is not the key that was given, or did not sign.
    #[error(
        "the certificate names another key than the one it is checked with; compare both with what the company publishes"
    )]
    Vkey,
    /// An entry is not well formed.
    #[error("the {0} entry cannot be read: {1}")]
    Leaf(Step, LeafError),
    /// An entry is not what its place in the certificate says.
    #[error(
        "the {0} entry records something else; the certificate was put together wrongly, ask for a new one"
    )]
    Kind(Step),
    /// An entry is not in the tree.
    #[error("the {0} entry is not in the signed ledger: it was changed, or never recorded; do not trust it")]
    Proof(Step),
    /// The steps do not follow each other.
    #[error(
        "the steps stand in the wrong order in the ledger; do not trust this certificate, ask for a new one"
    )]
    Order,
    /// The steps belong to different purges.
    #[error("the entries belong to different purges; do not trust this certificate, ask for a new one")]
    Purge,
    /// Other keys were destroyed than were to be.
    #[error(
        "the entries do not agree on what was destroyed; ask the desk's supervisor to look at the ledger"
    )]
    Disagree,
    /// The purge was recorded as not done.
    #[error("the desk recorded that this purge did not succeed; ask the desk's supervisor to finish it")]
    NotDone,
}

impl CertificateError {
    /// The code that test vectors name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Checkpoint(CheckpointError::Format) => "checkpoint-format",
            Self::Checkpoint(CheckpointError::OtherKey) => "checkpoint-other-key",
            Self::Checkpoint(CheckpointError::Signature) => "checkpoint-signature",
            Self::Vkey => "vkey",
            Self::Leaf(..) => "leaf",
            Self::Kind(_) => "kind",
            Self::Proof(_) => "proof",
            Self::Order => "order",
            Self::Purge => "purge",
            Self::Disagree => "disagree",
            Self::NotDone => "not-done",
        }
    }
}

impl Certificate {
    /// Puts one together. It is checked as a reader would, so that none is handed out that does not verify.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn build(
        intent: Proven,
        keys_destroyed: Proven,
        completed: Proven,
        checkpoint: String,
        key: &VerifyingKey,
    ) -> Result<Self, CertificateError> {
        let vkey = Some(key.to_string());
        let certificate = Self { v: 1, intent, keys_destroyed, completed, checkpoint, vkey };
        certificate.verify(Some(key))?;
        Ok(certificate)
    }

    /// Reads the JSON file.
    ///
    /// # Errors
    /// [`CertificateError::Format`].
    pub fn parse(json: &[u8]) -> Result<Self, CertificateError> {
        let certificate: Self = serde_json::from_slice(json).map_err(|_| CertificateError::Format)?;
        if certificate.v == 1 { Ok(certificate) } else { Err(CertificateError::Format) }
    }

    /// The JSON file, in one line.
    ///
    /// # Errors
    /// [`CertificateError::Format`] if it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, CertificateError> {
        serde_json::to_string(self).map_err(|_| CertificateError::Format)
    }

    /// Checks everything: with a key, that this key signed; without, that the certificate holds together.
    ///
    /// # Errors
    /// See [`CertificateError`]; the first that applies.
    pub fn verify(&self, key: Option<&VerifyingKey>) -> Result<Findings, CertificateError> {
        let checkpoint = Checkpoint::parse(&self.checkpoint)?;
        let signer = self.signer(&checkpoint, key)?;

        let intent = self.intent.checked(Step::Intent, &checkpoint)?;
        let destroyed = self.keys_destroyed.checked(Step::KeysDestroyed, &checkpoint)?;
        let completed = self.completed.checked(Step::Completed, &checkpoint)?;

        let What::PurgeIntent { purge, ticket, boxes, classes, rule, rows, epoch, .. } = intent.what else {
            return Err(CertificateError::Kind(Step::Intent));
        };
        let What::KeysDestroyed { purge: second, epoch: reached, dropped, erasure } = destroyed.what else {
            return Err(CertificateError::Kind(Step::KeysDestroyed));
        };
        let What::PurgeCompleted { purge: third, bytes, relay_confirmed, outcome, erasure: later } =
            completed.what
        else {
            return Err(CertificateError::Kind(Step::Completed));
        };
        if self.intent.index >= self.keys_destroyed.index || self.keys_destroyed.index >= self.completed.index
        {
            return Err(CertificateError::Order);
        }
        if purge != second || purge != third {
            return Err(CertificateError::Purge);
        }
        // Another rotation may have come in between; an earlier one cannot have destroyed these keys.
        if epoch.to <= epoch.from || reached < epoch.to || rows.len() as u64 != u64::from(dropped) {
            return Err(CertificateError::Disagree);
        }
        // How its own disk forgets, the desk knows when the keys go; of the relay's share it hears only after.
        let is_relays = |letter: &Erasure| *letter == Erasure::RelayShare;
        if erasure.iter().any(is_relays) || !later.iter().all(is_relays) {
            return Err(CertificateError::Disagree);
        }
        if outcome != Outcome::Done {
            return Err(CertificateError::NotDone);
        }
        Ok(Findings {
            signer,
            vault: checkpoint.vault(),
            size: checkpoint.size(),
            purge,
            ticket,
            rule,
            boxes: boxes.len(),
            classes,
            keys: dropped,
            erasure: later.into_iter().chain(erasure).collect(),
            destroyed_at: destroyed.at,
            bytes,
            completed_at: completed.at,
            relay_confirmed,
        })
    }

    fn signer(
        &self,
        checkpoint: &Checkpoint,
        key: Option<&VerifyingKey>,
    ) -> Result<Signer, CertificateError> {
        let inside: Option<VerifyingKey> =
            self.vkey.as_deref().map(str::parse).transpose().map_err(|_| CertificateError::Vkey)?;
        match (key, inside) {
            (Some(key), inside) => {
                checkpoint.verify(key)?;
                if inside.is_some_and(|inside| inside != *key) {
                    return Err(CertificateError::Vkey);
                }
                Ok(Signer::Given)
            }
            (None, Some(inside)) => {
                checkpoint.verify(&inside)?;
                Ok(Signer::Unknown { fingerprint: inside.fingerprint() })
            }
            (None, None) => Ok(Signer::unchecked(checkpoint)),
        }
    }

    /// The purge it claims to prove, unchecked.
    pub fn purge(&self) -> Option<Id> {
        let leaf = Leaf::parse(self.intent.leaf.as_bytes()).ok()?;
        match leaf.entry.known()?.what {
            What::PurgeIntent { purge, .. } => Some(purge),
            _ => None,
        }
    }
}

impl Proven {
    fn checked(&self, step: Step, checkpoint: &Checkpoint) -> Result<Body, CertificateError> {
        let bytes = self.leaf.as_bytes();
        let leaf = Leaf::parse(bytes).map_err(|error| CertificateError::Leaf(step, error))?;
        let (root, size) = (checkpoint.root(), checkpoint.size());
        if !proof::includes(&root, size, self.index, &leaf_hash(bytes), &self.proof) {
            return Err(CertificateError::Proof(step));
        }
        leaf.entry.known().cloned().ok_or(CertificateError::Kind(step))
    }
}
