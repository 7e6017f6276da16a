use crate::desk::{VAULT, entry, stranger};
use ledger::leaf::MAX_LEAF;
use ledger::{Body, Epochs, Id, Leaf, LeafBytes, LeafError, What, Who};

fn body(what: What) -> Body {
    Body { n: Id::from_bytes([5; 16]), at: 1_800_000_000, who: Who::Person(Id::from_bytes([6; 16])), what }
}

#[test]
fn the_bytes_are_these() {
    let leaf = body(What::Alarm { code: "older-disk".parse().unwrap() }).leaf().unwrap();
    let expected = "{\"v\":1,\"n\":\"05050505050505050505050505050505\",\"at\":1800000000,\
                    \"who\":\"06060606060606060606060606060606\",\"what\":\"alarm\",\"code\":\"older-disk\"}\n\n";
    assert_eq!(std::str::from_utf8(leaf.as_bytes()).unwrap(), expected);
}

#[test]
fn what_is_written_is_read_again() {
    let written =
        body(What::Rotated { epoch: Epochs { from: 1, to: u64::MAX }, reason: "x".parse().unwrap() });
    let leaf = written.leaf().unwrap();
    assert_eq!(Leaf::parse(leaf.as_bytes()).unwrap().entry.known(), Some(&written));
    assert_eq!(LeafBytes::parse(leaf.as_bytes()).unwrap(), leaf);
}

#[test]
fn no_bit_of_a_signed_entry_can_change() {
    let leaf = body(What::Unlocked).signed_leaf(&VAULT, &stranger()).unwrap();
    assert!(Leaf::parse(leaf.as_bytes()).unwrap().signed_by(&VAULT, &stranger().public()));
    for position in 0..leaf.as_bytes().len() {
        for bit in 0..8 {
            let mut changed = leaf.as_bytes().to_vec();
            changed[position] ^= 1 << bit;
            let accepted = Leaf::parse(&changed).is_ok_and(|l| l.signed_by(&VAULT, &stranger().public()));
            assert!(!accepted, "byte {position}, bit {bit}");
        }
    }
}

#[test]
fn an_unsigned_entry_is_signed_by_nobody() {
    let leaf = entry(0, What::Unlocked);
    assert!(!Leaf::parse(leaf.as_bytes()).unwrap().signed_by(&VAULT, &stranger().public()));
}

#[test]
fn an_entry_ends_at_one_mebibyte() {
    let rows = |count| What::PurgeIntent {
        purge: VAULT,
        ticket: "#1".parse().unwrap(),
        boxes: vec![],
        classes: vec![],
        rule: "r".parse().unwrap(),
        due: 0,
        rows: vec![VAULT; count],
        epoch: Epochs { from: 1, to: 2 },
    };
    assert!(body(rows(29_000)).leaf().is_ok());
    assert_eq!(body(rows(30_000)).leaf().unwrap_err(), LeafError::TooLong);
    let long = [b"{".as_slice(), &vec![b' '; MAX_LEAF], b"}\n\n"].concat();
    assert_eq!(Leaf::parse(&long).unwrap_err(), LeafError::TooLong);
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    let deep = format!("{{\"v\":2,\"what\":\"x\",\"y\":{}{}}}\n\n", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(Leaf::parse(deep.as_bytes()).unwrap_err(), LeafError::Json);
}

#[test]
fn kinds_are_listed_once_each() {
    let mut kinds = What::KINDS.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), What::KINDS.len());
}
