//! Roots and proofs, ours and those of ct-merkle, each before the other.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use ledger::proof::{continues, includes};
use ledger::{Hash, Nodes, Tree, leaf_hash};
use proptest::prelude::*;
use sha2::Sha256;

type Theirs = MemoryBackedTree<Sha256, Vec<u8>>;

fn leaf(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

struct Both {
    ours: Nodes,
    tree: Tree,
    theirs: Theirs,
    roots: Vec<RootHash<Sha256>>,
}

impl Both {
    fn new(size: u64) -> Self {
        let mut both =
            Self { ours: Nodes::new(), tree: Tree::new(), theirs: Theirs::new(), roots: Vec::new() };
        both.roots.push(both.theirs.root());
        for number in 0..size {
            both.ours.push(leaf_hash(&leaf(number)));
            both.tree.push(leaf_hash(&leaf(number)));
            both.theirs.push(leaf(number));
            both.roots.push(both.theirs.root());
        }
        both
    }

    fn root(&self, size: u64) -> Hash {
        let theirs = Hash::from_bytes((*self.roots[size as usize].as_bytes()).into());
        let ours = self.ours.root(size).unwrap();
        assert_eq!(ours, theirs, "root of {size}");
        ours
    }

    fn check_inclusion(&self, index: u64, size: u64) {
        let (root, hash) = (self.root(size), leaf_hash(&leaf(index)));
        let proof = self.ours.inclusion(index, size).unwrap();
        assert!(includes(&root, size, index, &hash, &proof), "{index} in {size}");
        let for_them = InclusionProof::<Sha256>::try_from_bytes(joined(&proof)).unwrap();
        self.roots[size as usize].verify_inclusion(&leaf(index), index, &for_them).unwrap();

        assert!(!includes(&root, size, index, &leaf_hash(b"another"), &proof));
        assert!(!includes(&leaf_hash(b"another"), size, index, &hash, &proof));
        assert!(!includes(&root, size, index + size, &hash, &proof));
        for position in 0..proof.len() {
            assert!(!includes(&root, size, index, &hash, &flipped(&proof, position)));
        }
        assert!(!includes(&root, size, index, &hash, &[proof.as_slice(), &[hash]].concat()));
        if let Some((_, shorter)) = proof.split_last() {
            assert!(!includes(&root, size, index, &hash, shorter));
        }
    }

    fn check_consistency(&self, old: u64, size: u64) {
        let (before, after) = (self.root(old), self.root(size));
        let proof = self.ours.consistency(old, size).unwrap();
        assert!(continues(&before, old, &after, size, &proof), "{old} to {size}");
        if old > 0 {
            let for_them = ConsistencyProof::<Sha256>::try_from_bytes(joined(&proof)).unwrap();
            self.roots[size as usize].verify_consistency(&self.roots[old as usize], &for_them).unwrap();
        }

        let other = leaf_hash(b"another");
        assert!(!continues(&other, old, &after, size, &proof));
        if old > 0 {
            assert!(!continues(&before, old, &other, size, &proof));
            assert!(!continues(&before, old, &after, size, &[proof.as_slice(), &[other]].concat()));
        }
        for position in 0..proof.len() {
            assert!(!continues(&before, old, &after, size, &flipped(&proof, position)));
        }
        if let Some((_, shorter)) = proof.split_last() {
            assert!(!continues(&before, old, &after, size, shorter));
        }
    }
}

fn joined(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn split(proof: &[u8]) -> Vec<Hash> {
    proof.chunks(32).map(|hash| Hash::from_bytes(hash.try_into().unwrap())).collect()
}

fn flipped(proof: &[Hash], position: usize) -> Vec<Hash> {
    let mut proof = proof.to_vec();
    let mut bytes = *proof[position].as_bytes();
    bytes[position % 32] ^= 1;
    proof[position] = bytes.into();
    proof
}

#[test]
fn every_inclusion_in_trees_up_to_70() {
    let both = Both::new(70);
    for size in 1..=70 {
        (0..size).for_each(|index| both.check_inclusion(index, size));
    }
}

#[test]
fn every_consistency_between_trees_up_to_70() {
    let both = Both::new(70);
    for size in 0..=70 {
        (0..=size).for_each(|old| both.check_consistency(old, size));
    }
}

#[test]
fn their_proofs_hold_here() {
    for size in 1..=70 {
        let both = Both::new(size);
        let root = both.root(size);
        for index in 0..size {
            let theirs = split(both.theirs.prove_inclusion(index as usize).as_bytes());
            assert!(includes(&root, size, index, &leaf_hash(&leaf(index)), &theirs));
            assert_eq!(theirs, both.ours.inclusion(index, size).unwrap());
        }
        for old in 1..=size {
            let theirs = split(both.theirs.prove_consistency((size - old) as usize).as_bytes());
            assert!(continues(&both.root(old), old, &root, size, &theirs));
            assert_eq!(theirs, both.ours.consistency(old, size).unwrap());
        }
    }
}

#[test]
fn there_are_no_proofs_past_the_end() {
    let nodes = Both::new(5).ours;
    assert_eq!(nodes.inclusion(5, 5), None);
    assert_eq!(nodes.inclusion(0, 6), None);
    assert_eq!(nodes.inclusion(0, 0), None);
    assert_eq!(nodes.consistency(6, 5), None);
    assert_eq!(nodes.consistency(2, 6), None);
    assert_eq!(nodes.root(6), None);
}

#[test]
fn an_appendable_tree_is_stored_and_taken_up_again() {
    let both = Both::new(70);
    let mut tree = Tree::new();
    for size in 0..=70 {
        assert_eq!((tree.size(), tree.root()), (size, both.root(size)));
        tree = Tree::from_bytes(&tree.to_bytes()).unwrap();
        tree.push(leaf_hash(&leaf(size)));
    }
}

#[test]
fn a_stored_tree_that_does_not_fit_its_size_is_refused() {
    let bytes = Both::new(7).tree.to_bytes();
    assert!(Tree::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    assert!(Tree::from_bytes(&bytes[..bytes.len() - 32]).is_err());
    assert!(Tree::from_bytes(&bytes[..7]).is_err());
    assert!(Tree::from_bytes(&[[0; 8].as_slice(), &[0; 32]].concat()).is_err());
}

#[test]
fn the_empty_tree_is_continued_by_every_tree_and_proves_nothing() {
    let both = Both::new(3);
    assert!(continues(&both.root(0), 0, &both.root(3), 3, &[]));
    assert!(!continues(&both.root(3), 0, &both.root(3), 3, &[]));
    assert!(!continues(&both.root(3), 3, &both.root(0), 0, &[]));
    assert!(!continues(&both.root(2), 3, &both.root(3), 3, &[]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn larger_trees_agree(size in 70_u64..4000, picks in prop::collection::vec((any::<u64>(), any::<u64>()), 8)) {
        let both = Both::new(size);
        prop_assert_eq!(both.tree.root(), both.root(size));
        for (a, b) in picks {
            let size = a % size + 1;
            both.check_inclusion(b % size, size);
            both.check_consistency(b % (size + 1), size);
        }
    }

    #[test]
    fn hostile_proofs_are_answered_not_followed(
        root in any::<[u8; 32]>(), size in any::<u64>(), index in any::<u64>(),
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let proof: Vec<Hash> = proof.into_iter().map(Hash::from_bytes).collect();
        let root = Hash::from_bytes(root);
        prop_assert!(!includes(&root, size, index, &leaf_hash(b""), &proof));
        prop_assert!(!continues(&leaf_hash(b""), index, &root, size, &proof));
    }
}
