//! The signed head of a ledger: a C2SP tlog-checkpoint, that is a C2SP signed note whose text is origin, size and root.
//!
//! ```text
//! cloakroom/desk/00112233445566778899aabbccddeeff
//! 12
//! <base64 of the root>
//!
//! — cloakroom/desk/00112233445566778899aabbccddeeff <base64 of key id ‖ Ed25519 signature>
//! ```
//!
//! Extension lines are refused. Further signature lines, those of witnesses, are carried.

use crate::key::{SigningKey, VerifyingKey};
use crate::note::SignatureLine;
use crate::{Hash, Id};
use data_encoding::BASE64;

const ORIGIN: &str = "cloakroom/desk/";
/// More signature lines than any witness policy asks for; past it a note only costs time.
const MAX_SIGNATURES: usize = 100;

/// Origin and key name of a vault: `cloakroom/desk/` and its id in 32 hex digits.
pub fn origin(vault: &Id) -> String {
    format!("{ORIGIN}{vault}")
}

/// The vault an origin names.
pub fn vault_of(origin: &str) -> Option<Id> {
    origin.strip_prefix(ORIGIN)?.parse().ok()
}

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a checkpoint of a desk.
    #[error("the checkpoint is damaged or not a desk's; take it again from where you received it")]
    Format,
    /// None of its signatures is by this key.
    #[error("the checkpoint is signed by another key; compare the key with the one the company publishes")]
    OtherKey,
    /// A signature under this key's name does not verify.
    #[error("the checkpoint's signature does not verify: it was changed after signing; do not trust it")]
    Signature,
}

impl CheckpointError {
    /// The code that test vectors name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::OtherKey => "other-key",
            Self::Signature => "signature",
        }
    }
}

/// A checkpoint as read. What it says is not to be believed before [`Checkpoint::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    vault: Id,
    size: u64,
    root: Hash,
    signatures: Vec<SignatureLine>,
}

impl Checkpoint {
    /// Signs the head of a vault's ledger; the text to store and hand out.
    pub fn sign(vault: Id, size: u64, root: Hash, key: &SigningKey) -> String {
        let text = body(&vault, size, &root);
        let line = SignatureLine {
            name: origin(&vault),
            id: key.verifying(vault).id(),
            signature: key.sign(text.as_bytes()).to_vec(),
        };
        format!("{text}\n{}", line.text())
    }

    /// Reads a checkpoint's text.
    ///
    /// # Errors
    /// [`CheckpointError::Format`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        Self::read(text).ok_or(CheckpointError::Format)
    }

    fn read(text: &str) -> Option<Self> {
        let (head, signatures) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let (vault, size, root) = (vault_of(lines.next()?)?, lines.next()?, lines.next()?);
        let size: u64 = size.parse().ok()?;
        let root = BASE64.decode(root.as_bytes()).ok()?;
        let root = Hash::from_bytes(root.try_into().ok()?);
        // One way to write it: no sign or leading zero on the size, no extension line.
        if format!("{head}\n") != body(&vault, size, &root) {
            return None;
        }
        let signatures = signatures.strip_suffix('\n')?;
        let signatures: Vec<_> = signatures.split('\n').map(SignatureLine::parse).collect::<Option<_>>()?;
        (signatures.len() <= MAX_SIGNATURES).then_some(Self { vault, size, root, signatures })
    }

    /// The vault whose ledger it heads.
    pub fn vault(&self) -> Id {
        self.vault
    }

    /// How many entries it covers.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The tree's root over them.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// The text that is signed, with its last LF.
    pub fn body(&self) -> String {
        body(&self.vault, self.size, &self.root)
    }

    /// Whether this key signed it.
    ///
    /// # Errors
    /// [`CheckpointError::OtherKey`], or [`CheckpointError::Signature`] if any line under the key's name and id fails.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), CheckpointError> {
        let (name, id, body) = (origin(&key.vault()), key.id(), self.body());
        if key.vault() != self.vault {
            return Err(CheckpointError::OtherKey);
        }
        let mut lines = self.lines(&name, id).peekable();
        if lines.peek().is_none() {
            return Err(CheckpointError::OtherKey);
        }
        let all = lines.all(|line| key.public().verifies(body.as_bytes(), &line.signature));
        if all { Ok(()) } else { Err(CheckpointError::Signature) }
    }

    /// The key ids of the desk's own signature lines, unchecked: all that is known of a signer without its key.
    pub fn key_ids(&self) -> Vec<[u8; 4]> {
        let name = origin(&self.vault);
        self.signatures.iter().filter(|line| line.name == name).map(|line| line.id).collect()
    }

    pub(crate) fn lines<'a>(&'a self, name: &'a str, id: [u8; 4]) -> impl Iterator<Item = &'a SignatureLine> {
        self.signatures.iter().filter(move |line| line.name == name && line.id == id)
    }
}

fn body(vault: &Id, size: u64, root: &Hash) -> String {
    format!("{}\n{size}\n{}\n", origin(vault), BASE64.encode(root.as_bytes()))
}
