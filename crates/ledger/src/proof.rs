//! Checking proofs, as RFC 9162 §2.1.3.2 and §2.1.4.2 spell it out.

use crate::Hash;
use crate::tree::{node_hash, sha256};

/// Whether `leaf` (its [`crate::leaf_hash`]) is number `index`, from 0, of the tree with that size and root.
pub fn includes(root: &Hash, size: u64, index: u64, leaf: &Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut position, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for step in proof {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(step, &hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the tree `old_size`, `old_root` is a prefix of the tree `size`, `root`. Every tree continues the empty one.
pub fn continues(old_root: &Hash, old_size: u64, root: &Hash, size: u64, proof: &[Hash]) -> bool {
    if old_size == 0 {
        return proof.is_empty() && *old_root == sha256(b"");
    }
    if old_size == size {
        return proof.is_empty() && old_root == root;
    }
    if old_size > size {
        return false;
    }
    let (start, steps) = match proof.split_first() {
        _ if old_size.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (first, rest),
        None => return false,
    };
    let shared = (old_size - 1).trailing_ones();
    let (mut position, mut last) = ((old_size - 1) >> shared, (size - 1) >> shared);
    let (mut old, mut new) = (*start, *start);
    for step in steps {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            old = node_hash(step, &old);
            new = node_hash(step, &new);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, step);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && old == *old_root && new == *root
}
