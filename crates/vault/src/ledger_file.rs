//! The ledger's flat file. What counts of it is what the database says: its commit is the ledger's.

use crate::{VaultError, durable, fault, layout::Layout, ledger_index::Index};
use ledger::{Hash, LeafBytes, Nodes, Tree, leaf_hash};
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
};

/// How much of the file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Committed {
    /// Entries.
    pub(crate) size: u64,
    /// Bytes.
    pub(crate) bytes: u64,
    /// The root over those entries.
    pub(crate) root: Hash,
}

impl Committed {
    /// Of a ledger without entries.
    pub(crate) fn empty() -> Self {
        Self { size: 0, bytes: 0, root: ledger::Tree::new().root() }
    }
}

/// A whole ledger to be read once more, against what was committed when this was made.
pub struct LedgerCheck {
    path: std::path::PathBuf,
    committed: Committed,
}

impl LedgerCheck {
    /// Reads it, and says how many entries it has. Needs no vault.
    pub fn run(&self) -> Result<u64, VaultError> {
        let file = File::open(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => VaultError::LedgerDamaged,
            _ => VaultError::disk(error),
        })?;
        let Index { tree, .. } = Index::read(&file, self.committed.bytes)?;
        if tree.size() != self.committed.size || tree.root() != self.committed.root {
            return Err(VaultError::LedgerDamaged);
        }
        Ok(self.committed.size)
    }
}

/// The open file, every node of its tree, and where each entry starts.
pub(crate) struct LedgerFile {
    file: File,
    tree: Tree,
    nodes: Nodes,
    ends: Vec<u64>,
    committed: Committed,
}

impl LedgerFile {
    pub(crate) fn create(layout: &Layout) -> Result<Self, VaultError> {
        let path = layout.ledger();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(VaultError::disk)?;
        durable::sync_parent(&path).map_err(VaultError::disk)?;
        Ok(Self {
            file,
            tree: Tree::new(),
            nodes: Nodes::new(),
            ends: Vec::new(),
            committed: Committed::empty(),
        })
    }

    /// Checks the whole file against the database. Touches nothing.
    pub(crate) fn open(layout: &Layout, committed: Committed) -> Result<Self, VaultError> {
        let file = OpenOptions::new().read(true).write(true).open(layout.ledger()).map_err(|error| {
            match error.kind() {
                io::ErrorKind::NotFound => VaultError::LedgerDamaged,
                _ => VaultError::disk(error),
            }
        })?;
        let length = file.metadata().map_err(VaultError::disk)?.len();
        if length < committed.bytes {
            return Err(VaultError::LedgerDamaged);
        }
        let Index { tree, nodes, ends } = Index::read(&file, committed.bytes)?;
        if tree.size() != committed.size || tree.root() != committed.root {
            return Err(VaultError::LedgerDamaged);
        }
        Ok(Self { file, tree, nodes, ends, committed })
    }

    /// Cuts what was written past the database's last commit.
    pub(crate) fn cut_tail(&self) -> Result<(), VaultError> {
        let length = self.file.metadata().map_err(VaultError::disk)?.len();
        if length > self.committed.bytes {
            let cut = self.file.set_len(self.committed.bytes).and_then(|()| self.file.sync_all());
            cut.map_err(VaultError::disk)?;
        }
        Ok(())
    }

    pub(crate) fn check(&self, layout: &Layout) -> LedgerCheck {
        LedgerCheck { path: layout.ledger(), committed: self.committed }
    }

    pub(crate) fn committed(&self) -> Committed {
        self.committed
    }

    pub(crate) fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// Writes entries past the committed end and makes them durable. They count once the database has committed
    /// [`Pending::committed`] and [`LedgerFile::accept`] was called; else the next append writes over them.
    pub(crate) fn append(&self, leaves: &[LeafBytes]) -> Result<Pending, VaultError> {
        let bytes = leaves.iter().map(LeafBytes::as_bytes).collect::<Vec<_>>().concat();
        self.file.write_all_at(&bytes, self.committed.bytes).map_err(VaultError::disk)?;
        fault::point("ledger.written");
        fault::disk("ledger.sync").and_then(|()| self.file.sync_data()).map_err(VaultError::disk)?;
        fault::point("ledger.synced");
        let hashes: Vec<_> = leaves.iter().map(LeafBytes::hash).collect();
        let mut tree = self.tree.clone();
        tree.extend(hashes.iter().copied());
        let committed = Committed {
            size: tree.size(),
            bytes: self.committed.bytes + bytes.len() as u64,
            root: tree.root(),
        };
        let lengths = leaves.iter().map(|leaf| leaf.as_bytes().len() as u64).collect();
        Ok(Pending { committed, tree, hashes, lengths })
    }

    /// Takes entries in whose commit is durable.
    pub(crate) fn accept(&mut self, pending: Option<Pending>) {
        let Some(pending) = pending else { return };
        for (hash, length) in pending.hashes.into_iter().zip(pending.lengths) {
            self.nodes.push(hash);
            self.ends.push(self.ends.last().copied().unwrap_or(0) + length);
        }
        self.tree = pending.tree;
        self.committed = pending.committed;
    }

    /// One entry's bytes, verbatim.
    pub(crate) fn leaf(&self, index: u64) -> Result<Vec<u8>, VaultError> {
        let at = usize::try_from(index).map_err(|_| VaultError::NotFound)?;
        let end = *self.ends.get(at).ok_or(VaultError::NotFound)?;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let mut bytes = vec![0; usize::try_from(end - start).map_err(|_| VaultError::LedgerDamaged)?];
        self.file.read_exact_at(&mut bytes, start).map_err(VaultError::disk)?;
        let Committed { size, root, .. } = self.committed;
        let proof = self.nodes.inclusion(index, size).ok_or(VaultError::NotFound)?;
        if ledger::proof::includes(&root, size, index, &leaf_hash(&bytes), &proof) {
            Ok(bytes)
        } else {
            Err(VaultError::LedgerDamaged)
        }
    }
}

/// Entries on disk that no commit counts yet.
pub(crate) struct Pending {
    /// What the database is to commit.
    pub(crate) committed: Committed,
    tree: Tree,
    hashes: Vec<Hash>,
    lengths: Vec<u64>,
}
