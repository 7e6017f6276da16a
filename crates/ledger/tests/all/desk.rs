//! A desk's ledger to test with.

use ledger::{
    Body, Certificate, CertificateError, Checkpoint, Class, ClassCount, Epochs, Erasure, Hash, Id, LeafBytes,
    Nodes, Outcome, Proven, SigningKey, VerifyingKey, What, Who,
};

pub(crate) const VAULT: Id = Id::from_bytes([0x0d; 16]);
const PURGE: Id = Id::from_bytes([0x0e; 16]);

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

pub(crate) fn vkey() -> VerifyingKey {
    key().verifying(VAULT)
}

pub(crate) fn stranger() -> SigningKey {
    SigningKey::from_seed(&[8; 32])
}

pub(crate) fn entry(number: u64, what: What) -> LeafBytes {
    let mut n = [0; 16];
    n[8..].copy_from_slice(&number.to_be_bytes());
    Body { n: n.into(), at: 1_800_000_000 + number, who: Who::Desk, what }.leaf().unwrap()
}

pub(crate) fn founded() -> What {
    What::Founded {
        vault: VAULT,
        desk_key: vkey().to_string(),
        supervisor: Id::from_bytes([1; 16]),
        supervisor_key: stranger().public().into(),
        recovery: "age1recovery".to_owned(),
    }
}

/// A ledger of so many entries: the founding, a purge, and unlocking ever after.
pub(crate) fn ledger(size: u64) -> Vec<LeafBytes> {
    erased(size, vec![Erasure::Overwritten], true, Vec::new())
}

/// The same: how well its purge erased, by what was known when the keys went and by what was known at its end.
pub(crate) fn erased(
    size: u64,
    then: Vec<Erasure>,
    relay_confirmed: bool,
    later: Vec<Erasure>,
) -> Vec<LeafBytes> {
    let purge = [
        What::PurgeIntent {
            purge: PURGE,
            ticket: "#4821".parse().unwrap(),
            boxes: vec![Id::from_bytes([2; 16])],
            classes: vec![ClassCount { class: Class::Identity, items: 2 }],
            rule: "grace-over".parse().unwrap(),
            due: 1_800_000_000,
            rows: vec![Id::from_bytes([3; 16]), Id::from_bytes([4; 16])],
            epoch: Epochs { from: 1, to: 2 },
        },
        What::KeysDestroyed { purge: PURGE, epoch: 2, dropped: 2, erasure: then },
        What::PurgeCompleted {
            purge: PURGE,
            bytes: 9000,
            relay_confirmed,
            outcome: Outcome::Done,
            erasure: later,
        },
    ];
    let first = std::iter::once(founded()).chain(purge);
    let all = first.chain(std::iter::repeat(What::Unlocked));
    (0..size).zip(all).map(|(number, what)| entry(number, what)).collect()
}

pub(crate) fn nodes(ledger: &[LeafBytes]) -> Nodes {
    ledger.iter().map(LeafBytes::hash).collect()
}

pub(crate) fn root(ledger: &[LeafBytes]) -> Hash {
    nodes(ledger).root(ledger.len() as u64).unwrap()
}

pub(crate) fn head(ledger: &[LeafBytes]) -> String {
    Checkpoint::sign(VAULT, ledger.len() as u64, root(ledger), &key())
}

pub(crate) fn flat(ledger: &[LeafBytes]) -> Vec<u8> {
    ledger.iter().flat_map(|leaf| leaf.as_bytes().to_vec()).collect()
}

pub(crate) fn certificate(ledger: &[LeafBytes]) -> Certificate {
    built(ledger).unwrap()
}

pub(crate) fn built(ledger: &[LeafBytes]) -> Result<Certificate, CertificateError> {
    let (nodes, size) = (nodes(ledger), ledger.len() as u64);
    let proven = |index: u64| Proven::new(&ledger[index as usize], index, &nodes, size).unwrap();
    Certificate::build(proven(1), proven(2), proven(3), head(ledger), &vkey())
}
