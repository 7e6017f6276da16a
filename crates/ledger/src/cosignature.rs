//! Witnesses' signatures on a checkpoint: timestamped cosignature/v1 (C2SP tlog-cosignature). A witness says that it
//! saw this head, at this time, as a continuation of every head it saw before.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::key::{KeyError, PublicKey, SigningKey};
use crate::note::{self, COSIGNATURE, SignatureLine};
use std::{fmt, str::FromStr};

/// A witness's public key with its name; the text is `name+key id+base64(04 ‖ public key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    public: PublicKey,
}

impl WitnessKey {
    /// A witness by name, which must not be empty nor hold white space or a plus sign.
    ///
    /// # Errors
    /// [`KeyError`] for another name.
    pub fn new(name: &str, public: PublicKey) -> Result<Self, KeyError> {
        if note::is_name(name) { Ok(Self { name: name.to_owned(), public }) } else { Err(KeyError) }
    }

    /// The line this witness adds to a checkpoint's text, with its LF. `at` is UTC seconds. The witness must have
    /// checked the desk's signature and the consistency proof before.
    pub fn cosign(&self, checkpoint: &Checkpoint, at: u64, key: &SigningKey) -> String {
        let signature = key.sign(message(checkpoint, at).as_bytes());
        let signature = [at.to_be_bytes().as_slice(), &signature].concat();
        let id = note::key_id(&self.name, COSIGNATURE, &self.public);
        SignatureLine { name: self.name.clone(), id, signature }.text()
    }

    /// When this witness saw the checkpoint, UTC seconds; `None` if it did not sign.
    ///
    /// # Errors
    /// [`CheckpointError::Signature`] if a line under this witness's name and key id does not verify.
    pub fn saw(&self, checkpoint: &Checkpoint) -> Result<Option<u64>, CheckpointError> {
        let id = note::key_id(&self.name, COSIGNATURE, &self.public);
        let mut newest = None;
        for line in checkpoint.lines(&self.name, id) {
            let (at, signature) =
                line.signature.split_first_chunk::<8>().ok_or(CheckpointError::Signature)?;
            let at = u64::from_be_bytes(*at);
            if !self.public.verifies(message(checkpoint, at).as_bytes(), signature) {
                return Err(CheckpointError::Signature);
            }
            newest = newest.max(Some(at));
        }
        Ok(newest)
    }
}

fn message(checkpoint: &Checkpoint, at: u64) -> String {
    format!("cosignature/v1\ntime {at}\n{}", checkpoint.body())
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&note::vkey(&self.name, COSIGNATURE, &self.public))
    }
}

impl FromStr for WitnessKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, public) = note::parse_vkey(text, COSIGNATURE).ok_or(KeyError)?;
        Ok(Self { name: name.to_owned(), public })
    }
}
