//! Every complete subtree's root, for proofs in logarithmic time: 64 bytes a leaf in memory.

use crate::Hash;
use crate::tree::{node_hash, sha256};

/// All complete nodes of a tree, level by level, leaves first.
#[derive(Debug, Clone, Default)]
pub struct Nodes {
    levels: Vec<Vec<Hash>>,
}

impl Nodes {
    /// No leaves yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf by its [`crate::leaf_hash`].
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in &mut self.levels {
            level.push(hash);
            match level.as_slice() {
                [.., left, right] if level.len().is_multiple_of(2) => hash = node_hash(left, right),
                _ => return,
            }
        }
        self.levels.push(vec![hash]);
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The root of the tree's first `size` leaves, `None` past the end.
    pub fn root(&self, size: u64) -> Option<Hash> {
        if size == 0 { Some(sha256(b"")) } else { self.range(0, size) }
    }

    /// The inclusion proof of leaf `index` in the tree of the first `size` leaves (RFC 9162 §2.1.3.1), nearest first;
    /// `None` unless `index < size <= self.size()`.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut low, mut high, mut path) = (0, size, Vec::new());
        while high - low > 1 {
            let middle = low + split(high - low);
            if index < middle {
                path.push(self.range(middle, high)?);
                high = middle;
            } else {
                path.push(self.range(low, middle)?);
                low = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// The proof that the first `old` leaves are a prefix of the first `size` (RFC 9162 §2.1.4.1); empty when `old` is
    /// 0 or `size`; `None` unless `old <= size <= self.size()`.
    pub fn consistency(&self, old: u64, size: u64) -> Option<Vec<Hash>> {
        if old > size || size > self.size() {
            return None;
        }
        let (mut low, mut high, mut path) = (0, size, Vec::new());
        if old == 0 || old == size {
            return Some(path);
        }
        while high > old {
            let middle = low + split(high - low);
            if old <= middle {
                path.push(self.range(middle, high)?);
                high = middle;
            } else {
                path.push(self.range(low, middle)?);
                low = middle;
            }
        }
        // The old root itself is known to whoever checks, unless the old tree ends in more than one subtree.
        if low > 0 {
            path.push(self.range(low, high)?);
        }
        path.reverse();
        Some(path)
    }

    /// The root over leaves `low..high`, where `low` is a multiple of the widest subtree inside.
    fn range(&self, low: u64, high: u64) -> Option<Hash> {
        let width = high.checked_sub(low)?;
        if width.is_power_of_two() {
            let level = self.levels.get(width.trailing_zeros() as usize)?;
            return level.get(usize::try_from(low / width).ok()?).copied();
        }
        let middle = low + split(width);
        Some(node_hash(&self.range(low, middle)?, &self.range(middle, high)?))
    }
}

impl FromIterator<Hash> for Nodes {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut nodes = Self::new();
        leaves.into_iter().for_each(|leaf| nodes.push(leaf));
        nodes
    }
}

/// The largest power of two below `width`, which is at least 2.
fn split(width: u64) -> u64 {
    1 << (width - 1).ilog2()
}
