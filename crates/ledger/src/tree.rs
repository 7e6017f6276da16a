//! The Merkle tree of RFC 6962 §2.1 (RFC 9162 §2.1.1): hashing, and the appendable tree that keeps only its peaks.

use crate::Hash;
use ring::digest::{self, Context, SHA256};

/// The hash of a leaf, `SHA-256(00 ‖ leaf)`.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(leaf);
    hash_of(&context.finish())
}

/// The hash of an inner node, `SHA-256(01 ‖ left ‖ right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [1; 65];
    input[1..33].copy_from_slice(left.as_bytes());
    input[33..].copy_from_slice(right.as_bytes());
    hash_of(&digest::digest(&SHA256, &input))
}

/// SHA-256 of anything.
pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    hash_of(&digest::digest(&SHA256, bytes))
}

fn hash_of(digest: &digest::Digest) -> Hash {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    Hash::from_bytes(bytes)
}

/// A tree that can be appended to and tells its root: the roots of its complete subtrees, widest first, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

/// Stored peaks that do not belong to the stored size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored tree is damaged; rebuild it from the ledger file")]
pub struct TreeError;

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tree from what [`Tree::size`] and [`Tree::peaks`] gave.
    ///
    /// # Errors
    /// [`TreeError`] unless there is one peak for every bit set in `size`.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Result<Self, TreeError> {
        if u64::from(size.count_ones()) == peaks.len() as u64 {
            Ok(Self { size, peaks })
        } else {
            Err(TreeError)
        }
    }

    /// A tree from what [`Tree::to_bytes`] gave.
    ///
    /// # Errors
    /// [`TreeError`] if the length does not fit the size.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let (size, peaks) = bytes.split_first_chunk::<8>().ok_or(TreeError)?;
        let (peaks, rest) = peaks.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(TreeError);
        }
        Self::from_parts(u64::from_be_bytes(*size), peaks.iter().copied().map(Hash::from_bytes).collect())
    }

    /// `u64 size ‖ peaks`, for storing beside the ledger.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.peaks.iter().flat_map(|peak| *peak.as_bytes()));
        bytes
    }

    /// Appends a leaf by its [`leaf_hash`].
    pub fn push(&mut self, leaf: Hash) {
        self.push_subtree(0, leaf);
    }

    /// Appends a complete subtree of `2^level` leaves; the size must be a multiple of that.
    pub(crate) fn push_subtree(&mut self, level: u32, root: Hash) {
        let mut hash = root;
        let mut full = self.size >> level;
        while full & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
            full >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1 << level;
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, widest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root; of the empty tree, SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let joined = self.peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
        joined.unwrap_or_else(|| sha256(b""))
    }
}

impl Extend<Hash> for Tree {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}
