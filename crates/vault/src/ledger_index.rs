//! Reading a ledger file from one end to the other: where each entry ends, and every hash of the tree over them.

use crate::VaultError;
use ledger::{Hash, Nodes, Tree, leaf_hash};
use std::{io::Read, num::NonZero, thread};

/// How much is read at once; more than the longest entry.
const BLOCK: usize = 8 * 1024 * 1024;

/// What a ledger file holds.
pub(crate) struct Index {
    /// Its peaks, to be appended to.
    pub(crate) tree: Tree,
    /// Every node of the tree, for proofs.
    pub(crate) nodes: Nodes,
    /// Where each entry ends, in bytes.
    pub(crate) ends: Vec<u64>,
}

impl Index {
    /// Reads `length` bytes, which must end with an entry. Uses every core, and memory for a block and the hashes.
    pub(crate) fn read(file: impl Read, length: u64) -> Result<Self, VaultError> {
        let mut file = file.take(length);
        let (mut hashes, mut ends): (Vec<Hash>, Vec<u64>) = (Vec::new(), Vec::new());
        let (mut block, mut end) = (Vec::with_capacity(BLOCK), 0);
        loop {
            let room = (BLOCK - block.len()) as u64;
            let read = file.by_ref().take(room).read_to_end(&mut block).map_err(VaultError::disk)?;
            let leaves: Vec<&[u8]> = ledger::leaves(&block).map_while(Result::ok).collect();
            hashes.extend(hash_all(&leaves)?);
            for leaf in &leaves {
                end += leaf.len() as u64;
                ends.push(end);
            }
            let used: usize = leaves.iter().map(|leaf| leaf.len()).sum();
            drop(leaves);
            block.drain(..used);
            if read == 0 {
                break;
            }
        }
        // The file may also be shorter than the database says, or end within an entry.
        if end != length {
            return Err(VaultError::LedgerDamaged);
        }
        thread::scope(|scope| {
            let tree = scope.spawn(|| {
                let mut tree = Tree::new();
                tree.extend(hashes.iter().copied());
                tree
            });
            let nodes = hashes.iter().copied().collect();
            let tree = tree.join().map_err(|_| VaultError::Internal("ledger tree"))?;
            Ok(Self { tree, nodes, ends })
        })
    }
}

/// Entries' hashes, in order.
fn hash_all(leaves: &[&[u8]]) -> Result<Vec<Hash>, VaultError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = leaves.len().div_ceil(cores).max(1024);
    thread::scope(|scope| {
        let hands: Vec<_> = leaves
            .chunks(share)
            .map(|share| scope.spawn(|| share.iter().map(|leaf| leaf_hash(leaf)).collect::<Vec<_>>()))
            .collect();
        let mut hashes = Vec::with_capacity(leaves.len());
        for hand in hands {
            hashes.extend(hand.join().map_err(|_| VaultError::Internal("ledger hashes"))?);
        }
        Ok(hashes)
    })
}
