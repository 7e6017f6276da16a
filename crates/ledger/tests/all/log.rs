use crate::desk::{self, VAULT, entry, founded, key, ledger, stranger, vkey};
use ledger::{
    Body, Checkpoint, Depth, Id, LeafBytes, LogError, LogReport, Signer, What, Who, leaves, verify_log,
};

fn check(file: &[u8], head: &str, depth: Depth) -> Result<LogReport, LogError> {
    verify_log(file, &Checkpoint::parse(head).unwrap(), Some(&vkey()), depth)
}

fn code(file: &[u8], head: &str) -> &'static str {
    check(file, head, Depth::Hashes).unwrap_err().code()
}

#[test]
fn a_ledger_of_any_size_verifies() {
    // 8192 leaves make one parallel piece; 24,581 more than fill a block that is read at once.
    for size in [1, 2, 3, 70, 8191, 8192, 8193, 24_581] {
        let ledger = ledger(size);
        let (file, head) = (desk::flat(&ledger), desk::head(&ledger));
        for depth in [Depth::Hashes, Depth::Entries] {
            let report = check(&file, &head, depth).unwrap();
            assert_eq!((report.vault, report.entries, report.covered), (VAULT, size, size));
            assert_eq!((report.bytes, report.signer), (file.len() as u64, Signer::Given));
        }
    }
}

#[test]
fn entries_after_the_checkpoint_are_counted_and_not_proven() {
    let whole = ledger(9000);
    for covered in [1, 8192, 8999] {
        let report = check(&desk::flat(&whole), &desk::head(&whole[..covered]), Depth::Hashes).unwrap();
        assert_eq!((report.entries, report.covered), (9000, covered as u64));
    }
}

#[test]
fn an_empty_ledger_has_an_empty_head() {
    let report = check(b"", &desk::head(&[]), Depth::Entries).unwrap();
    assert_eq!((report.entries, report.covered), (0, 0));
}

#[test]
fn no_byte_can_change() {
    let ledger = ledger(6);
    let (file, head) = (desk::flat(&ledger), desk::head(&ledger));
    for position in 0..file.len() {
        let mut changed = file.clone();
        changed[position] ^= 1 << (position % 8);
        assert!(check(&changed, &head, Depth::Hashes).is_err(), "byte {position}");
    }
}

#[test]
fn what_was_done_to_it_is_told() {
    let whole = ledger(20);
    let head = desk::head(&whole);
    assert_eq!(code(&desk::flat(&whole[..19]), &head), "short");
    assert_eq!(code(b"", &head), "short");
    let cut = desk::flat(&whole);
    assert_eq!(code(&cut[..cut.len() - 1], &head), "torn");
    assert_eq!(code(&desk::flat(&whole[1..]), &head), "founding");

    let mut swapped = whole.clone();
    swapped.swap(10, 11);
    assert_eq!(code(&desk::flat(&swapped), &head), "root");
    let mut removed = whole.clone();
    removed.remove(10);
    removed.push(entry(99, What::Unlocked));
    assert_eq!(code(&desk::flat(&removed), &head), "root");
    let mut inserted = whole;
    inserted.insert(10, entry(99, What::Unlocked));
    assert_eq!(code(&desk::flat(&inserted), &head), "root");
}

#[test]
fn a_cut_anywhere_is_noticed() {
    let ledger = ledger(5);
    let (file, head) = (desk::flat(&ledger), desk::head(&ledger));
    assert!((0..file.len()).all(|length| check(&file[..length], &head, Depth::Hashes).is_err()));
}

#[test]
fn another_desks_key_is_refused_and_no_key_leaves_the_signer_unknown() {
    let ledger = ledger(5);
    let (file, head) = (desk::flat(&ledger), Checkpoint::parse(&desk::head(&ledger)).unwrap());
    let other = stranger().verifying(VAULT);
    assert_eq!(verify_log(&*file, &head, Some(&other), Depth::Hashes).unwrap_err().code(), "other-key");
    let report = verify_log(&*file, &head, None, Depth::Hashes).unwrap();
    assert_eq!(report.signer, Signer::Unknown { fingerprint: vkey().fingerprint() });
}

#[test]
fn a_head_signed_by_a_key_that_entry_0_does_not_name_is_refused() {
    let ledger = ledger(5);
    let head = Checkpoint::sign(VAULT, 5, desk::root(&ledger), &stranger());
    let (file, head) = (desk::flat(&ledger), Checkpoint::parse(&head).unwrap());
    let other = stranger().verifying(VAULT);
    assert_eq!(verify_log(&*file, &head, Some(&other), Depth::Hashes).unwrap_err().code(), "founding");
    assert_eq!(verify_log(&*file, &head, None, Depth::Hashes).unwrap_err().code(), "other-key");
}

#[test]
fn the_founding_is_the_supervisors_if_signed_at_all() {
    let body = Body { n: VAULT, at: 1, who: Who::Desk, what: founded() };
    let signed = |leaf: LeafBytes| {
        let ledger = vec![leaf];
        check(&desk::flat(&ledger), &desk::head(&ledger), Depth::Hashes)
    };
    assert!(signed(body.signed_leaf(&VAULT, &stranger()).unwrap()).is_ok());
    assert_eq!(signed(body.signed_leaf(&VAULT, &key()).unwrap()).unwrap_err().code(), "founding");
    let elsewhere = body.signed_leaf(&Id::from_bytes([1; 16]), &stranger()).unwrap();
    assert_eq!(signed(elsewhere).unwrap_err().code(), "founding");
}

#[test]
fn entries_that_a_desk_would_not_write_show_when_they_are_read() {
    let mut ledger = ledger(3);
    let odd = b"{\"v\":1,\"what\":\"unlocked\",\"what\":\"alarm\"}\n\n";
    let file = [desk::flat(&ledger), odd.to_vec()].concat();
    let hashes = ledger.drain(..).map(|leaf| leaf.hash()).chain([ledger::leaf_hash(odd)]);
    let root = hashes.collect::<ledger::Nodes>().root(4).unwrap();
    let head = Checkpoint::sign(VAULT, 4, root, &key());
    assert!(check(&file, &head, Depth::Hashes).is_ok());
    let error = check(&file, &head, Depth::Entries).unwrap_err();
    assert!(matches!(error, LogError::Leaf { index: 3, .. }));
}

#[test]
fn an_endless_line_is_refused_without_being_kept() {
    let file = [desk::flat(&ledger(2)), vec![b'{'; 9 << 20]].concat();
    let error = check(&file, &desk::head(&ledger(2)), Depth::Hashes).unwrap_err();
    assert!(matches!(error, LogError::Leaf { index: 2, .. }));
}

#[test]
fn a_flat_file_falls_apart_into_its_leaves() {
    let ledger = ledger(5);
    let mut file = desk::flat(&ledger);
    let found: Vec<_> = leaves(&file).map(Result::unwrap).collect();
    assert_eq!(found, ledger.iter().map(LeafBytes::as_bytes).collect::<Vec<_>>());
    file.extend_from_slice(b"{\"torn");
    assert!(leaves(&file).last().unwrap().is_err());
    assert_eq!(leaves(&file).count(), 6);
}
