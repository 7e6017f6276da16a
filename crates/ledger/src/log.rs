//! A whole ledger, the flat file of leaves, against its checkpoint.

use crate::leaf::{Leaf, MAX_LEAF};
use crate::{
    Checkpoint, CheckpointError, Hash, Id, LeafError, PublicKey, Signer, Tree, VerifyingKey, What, leaf_hash,
};
use std::{io::Read, num::NonZero, thread};

/// How much is read at once; at least as much as the longest leaf.
const BLOCK: usize = 4 * MAX_LEAF;
/// Leaves of one parallel piece of the tree, as a power of two.
const PIECE: u32 = 13;

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Hash the bytes; read entry 0 only. Enough to know that nothing was changed.
    Hashes,
    /// Read every entry as well.
    Entries,
}

/// What a ledger that verifies was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReport {
    /// Who signed the checkpoint.
    pub signer: Signer,
    /// The vault.
    pub vault: Id,
    /// Entries in the file.
    pub entries: u64,
    /// Entries under the checkpoint; later ones are not proven by it.
    pub covered: u64,
    /// Bytes in the file.
    pub bytes: u64,
}

/// Why a ledger does not verify.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file could not be read.
    #[error("the ledger could not be read; check the disk and the permissions, then try again")]
    Read(#[from] std::io::Error),
    /// The checkpoint fails.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// An entry is not well formed.
    #[error("entry {index}: {error}")]
    Leaf {
        /// Which, from 0.
        index: u64,
        /// Why.
        error: LeafError,
    },
    /// The file ends within an entry.
    #[error("the ledger ends within an entry: it was cut; compare it with a copy")]
    Torn,
    /// Fewer entries than the checkpoint covers.
    #[error(
        "the ledger holds {entries} entries and the checkpoint covers {covered}: entries were cut off; compare it with a copy"
    )]
    Short {
        /// In the file.
        entries: u64,
        /// Under the checkpoint.
        covered: u64,
    },
    /// Another root than the checkpoint's.
    #[error(
        "the ledger is not the one that was signed: entries were changed, removed or put in; compare it with a copy"
    )]
    Root,
    /// Entry 0 does not found this vault with this key.
    #[error("the ledger does not begin with the founding of this desk and its key; do not trust it")]
    Founding,
}

impl LogError {
    /// The code that tests name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "read",
            Self::Checkpoint(error) => error.code(),
            Self::Leaf { .. } => "leaf",
            Self::Torn => "torn",
            Self::Short { .. } => "short",
            Self::Root => "root",
            Self::Founding => "founding",
        }
    }
}

/// Checks a ledger file against a checkpoint, and the checkpoint against `key`, or else against the key that entry 0
/// names. Reads in blocks and keeps 32 bytes an entry; uses every core.
///
/// # Errors
/// See [`LogError`]; the first that applies.
pub fn verify_log(
    mut file: impl Read,
    checkpoint: &Checkpoint,
    key: Option<&VerifyingKey>,
    depth: Depth,
) -> Result<LogReport, LogError> {
    if let Some(key) = key {
        checkpoint.verify(key)?;
    }
    let covered = checkpoint.size();
    let mut signer = if key.is_some() { Signer::Given } else { Signer::unchecked(checkpoint) };
    let (mut hashes, mut bytes, mut rest) = (Vec::new(), 0, Vec::with_capacity(BLOCK));
    loop {
        let read = file.by_ref().take((BLOCK - rest.len()) as u64).read_to_end(&mut rest)?;
        if read == 0 {
            break;
        }
        let (found, used) = split(&rest, hashes.len() as u64)?;
        if let (true, Some(first)) = (hashes.is_empty(), found.first()) {
            let named = founding(first, checkpoint.vault())?;
            match key {
                Some(key) if *key != named => return Err(LogError::Founding),
                Some(_) => {}
                None => {
                    checkpoint.verify(&named)?;
                    signer = Signer::Unknown { fingerprint: named.fingerprint() };
                }
            }
        }
        if depth == Depth::Entries {
            read_all(&found, hashes.len() as u64)?;
        }
        hashes.append(&mut hash_all(&found));
        bytes += used as u64;
        rest.drain(..used);
    }
    if !rest.is_empty() {
        return Err(LogError::Torn);
    }
    let entries = hashes.len() as u64;
    let proven = usize::try_from(covered).ok().and_then(|covered| hashes.get(..covered));
    let proven = proven.ok_or(LogError::Short { entries, covered })?;
    if root(proven) != checkpoint.root() {
        return Err(LogError::Root);
    }
    Ok(LogReport { signer, vault: checkpoint.vault(), entries, covered, bytes })
}

/// The leaves of a flat file, one after the other, whole; the last item is an error if the file ends within one.
pub fn leaves(file: &[u8]) -> impl Iterator<Item = Result<&[u8], LogError>> {
    let mut rest = file;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((leaf, after)) = leaf_end(rest).and_then(|end| rest.split_at_checked(end)) else {
            rest = &[];
            return Some(Err(LogError::Torn));
        };
        rest = after;
        Some(Ok(leaf))
    })
}

/// The leaves that are whole in a block, and how many bytes they fill.
fn split(block: &[u8], before: u64) -> Result<(Vec<&[u8]>, usize), LogError> {
    let mut found: Vec<&[u8]> = Vec::with_capacity(block.len() / 200);
    let mut used = 0;
    for leaf in leaves(block) {
        let Ok(leaf) = leaf else { break };
        used += leaf.len();
        found.push(leaf);
    }
    if block.len() - used > MAX_LEAF || found.iter().any(|leaf| leaf.len() > MAX_LEAF) {
        let index = before + found.iter().take_while(|leaf| leaf.len() <= MAX_LEAF).count() as u64;
        return Err(LogError::Leaf { index, error: LeafError::TooLong });
    }
    Ok((found, used))
}

/// Where the leaf that `bytes` begin with ends: after its second LF.
fn leaf_end(bytes: &[u8]) -> Option<usize> {
    let body = memchr::memchr(b'\n', bytes)? + 1;
    Some(body + memchr::memchr(b'\n', bytes.get(body..)?)? + 1)
}

/// The key that entry 0 founds this vault with.
fn founding(leaf: &[u8], vault: Id) -> Result<VerifyingKey, LogError> {
    let leaf = Leaf::parse(leaf).map_err(|error| LogError::Leaf { index: 0, error })?;
    let Some(What::Founded { vault: founded, desk_key, supervisor_key, .. }) =
        leaf.entry.known().map(|body| &body.what)
    else {
        return Err(LogError::Founding);
    };
    let supervisor = PublicKey::from_bytes(*supervisor_key.as_bytes());
    let signed = leaf.signature.is_none() || leaf.signed_by(&vault, &supervisor);
    let named: VerifyingKey = desk_key.parse().map_err(|_| LogError::Founding)?;
    if *founded == vault && named.vault() == vault && signed { Ok(named) } else { Err(LogError::Founding) }
}

fn read_all(leaves: &[&[u8]], before: u64) -> Result<(), LogError> {
    for (index, leaf) in (before..).zip(leaves) {
        Leaf::parse(leaf).map_err(|error| LogError::Leaf { index, error })?;
    }
    Ok(())
}

/// Leaf hashes, in order.
fn hash_all(leaves: &[&[u8]]) -> Vec<Hash> {
    in_pieces(leaves, leaves.len().div_ceil(cores()), |piece| {
        piece.iter().map(|leaf| leaf_hash(leaf)).collect()
    })
}

/// The root over leaf hashes.
fn root(leaves: &[Hash]) -> Hash {
    let (whole, tail) = leaves.split_at(leaves.len() >> PIECE << PIECE);
    let share = (whole.len() >> PIECE).div_ceil(cores()) << PIECE;
    let mut tree = Tree::new();
    for piece in in_pieces(whole, share, |share| share.chunks(1 << PIECE).map(subtree).collect()) {
        tree.push_subtree(PIECE, piece);
    }
    tree.extend(tail.iter().copied());
    tree.root()
}

/// The root over a power of two of leaf hashes.
fn subtree(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::new();
    tree.extend(leaves.iter().copied());
    tree.root()
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Runs `work` over pieces of `share` items each, side by side, and joins what it gives in order.
fn in_pieces<T: Sync, R: Send>(items: &[T], share: usize, work: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    if share == 0 || items.len() <= share {
        return work(items);
    }
    thread::scope(|scope| {
        let workers: Vec<_> = items.chunks(share).map(|piece| scope.spawn(|| work(piece))).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)))
            .collect()
    })
}
