//! The bytes of one entry: `body JSON ‖ LF ‖ base64 signature, or nothing ‖ LF` (FORMATS §8). They are stored, hashed
//! and carried verbatim and never encoded again.

use crate::body::{Entry, act_verifies};
use crate::key::PublicKey;
use crate::{Hash, Id, leaf_hash};
use data_encoding::BASE64;

/// The longest leaf, in bytes. A purge's intent names about 30,000 entries within it.
pub const MAX_LEAF: usize = 1 << 20;

/// Why bytes are not an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// Not a line starting with `{`, and a second line, both ended by LF.
    #[error("an entry is not two lines of text; the file was cut or edited, compare it with a copy")]
    Lines,
    /// Longer than [`MAX_LEAF`].
    #[error("an entry is longer than 1 MiB; split what it records")]
    TooLong,
    /// The first line is not one JSON object.
    #[error("an entry is not JSON; the file was edited, compare it with a copy")]
    Json,
    /// A key stands twice in one object.
    #[error("an entry names one thing twice and could be read in two ways; do not trust it")]
    DuplicateKey,
    /// Members are missing or do not fit the kind.
    #[error("an entry lacks what its kind must say, or says it in a wrong form; do not trust it")]
    Body,
    /// The second line is neither empty nor the base64 of 64 bytes.
    #[error("an entry's signature line is damaged; the file was edited, compare it with a copy")]
    Signature,
}

impl LeafError {
    /// The code that test vectors name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::TooLong => "too-long",
            Self::Json => "json",
            Self::DuplicateKey => "duplicate-key",
            Self::Body => "body",
            Self::Signature => "signature-line",
        }
    }
}

/// An entry's bytes, known to be well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafBytes(Vec<u8>);

impl LeafBytes {
    pub(crate) fn build(body: &[u8], signature: Option<&[u8; 64]>) -> Result<Self, LeafError> {
        let signature = signature.map(|s| BASE64.encode(s)).unwrap_or_default();
        let bytes = [body, b"\n", signature.as_bytes(), b"\n"].concat();
        if bytes.len() > MAX_LEAF { Err(LeafError::TooLong) } else { Ok(Self(bytes)) }
    }

    /// Takes bytes that were stored or carried, after checking them.
    ///
    /// # Errors
    /// See [`LeafError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        Leaf::parse(bytes)?;
        Ok(Self(bytes.to_vec()))
    }

    /// The bytes to append to the flat file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The leaf's hash in the tree.
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.0)
    }
}

/// An entry's bytes, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// The first line, verbatim: what a person signs.
    pub body: &'a [u8],
    /// What it says.
    pub entry: Entry,
    /// A person's signature, if the entry carries one; not yet verified.
    pub signature: Option<[u8; 64]>,
}

impl<'a> Leaf<'a> {
    /// Reads one entry, which must fill `bytes`.
    ///
    /// # Errors
    /// See [`LeafError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, LeafError> {
        if bytes.len() > MAX_LEAF {
            return Err(LeafError::TooLong);
        }
        let lines = bytes.strip_suffix(b"\n").ok_or(LeafError::Lines)?;
        let mut lines = lines.split(|b| *b == b'\n');
        let (Some(body), Some(signature), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(LeafError::Lines);
        };
        if !body.starts_with(b"{") {
            return Err(LeafError::Lines);
        }
        let signature = match signature {
            [] => None,
            text => {
                let bytes = BASE64.decode(text).map_err(|_| LeafError::Signature)?;
                Some(bytes.try_into().map_err(|_| LeafError::Signature)?)
            }
        };
        Ok(Self { body, entry: Entry::parse(body)?, signature })
    }

    /// Whether the entry carries this person's signature for this vault (FORMATS §7).
    pub fn signed_by(&self, vault: &Id, person: &PublicKey) -> bool {
        self.signature.is_some_and(|signature| act_verifies(vault, self.body, person, &signature))
    }
}
