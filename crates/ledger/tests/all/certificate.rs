use crate::desk::{self, VAULT, stranger, vkey};
use ledger::{Certificate, CertificateError, CheckpointError, Erasure, Proven, Signer};
use proptest::prelude::*;

fn json() -> String {
    desk::certificate(&desk::ledger(9)).to_json().unwrap()
}

fn verifies(json: &[u8]) -> bool {
    Certificate::parse(json).is_ok_and(|certificate| certificate.verify(Some(&vkey())).is_ok())
}

#[test]
fn it_says_what_was_destroyed_and_how_well() {
    let certificate = Certificate::parse(json().as_bytes()).unwrap();
    let findings = certificate.verify(Some(&vkey())).unwrap();
    assert_eq!((findings.signer.clone(), findings.vault, findings.size), (Signer::Given, VAULT, 9));
    assert_eq!((findings.keys, findings.bytes, findings.relay_confirmed), (2, 9000, true));
    assert_eq!(certificate.purge(), Some(findings.purge));
    assert_eq!(
        findings.sentence(),
        "For ticket #4821 the desk 0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d recorded that the keys of 2 items (2 identity) were \
         destroyed on 2027-01-15 08:00:02 UTC (overwritten in place), and that the encrypted bytes were removed by \
         2027-01-15 08:00:03 UTC, confirmed by the relay."
    );
}

#[test]
fn the_relays_share_is_gone_beside_how_the_desks_own_disk_forgets() {
    use Erasure::{BestEffort, Overwritten, RelayShare};
    let said = |then: &[Erasure], confirmed, later: &[Erasure]| {
        let ledger = desk::erased(9, then.to_vec(), confirmed, later.to_vec());
        let findings = desk::built(&ledger)?.verify(Some(&vkey()))?;
        let letters: String = findings.erasure.iter().map(|letter| letter.as_str()).collect();
        Ok((letters, findings.sentence()))
    };
    let (letters, sentence) = said(&[BestEffort], true, &[RelayShare]).unwrap();
    assert_eq!(letters, "RB");
    assert!(sentence.contains("(best effort, relay share gone as well)"), "{sentence}");
    assert_eq!(said(&[Overwritten], true, &[RelayShare]).unwrap().0, "RP");
    // A relay that was given up on confirmed nothing, and had no say in how well.
    let (letters, sentence) = said(&[BestEffort], false, &[]).unwrap();
    assert_eq!(letters, "B");
    assert!(sentence.ends_with("not confirmed by the relay."), "{sentence}");
    // Of the relay nobody knows when the keys go; of the disk, nothing new is heard after.
    for (then, later) in [(vec![RelayShare], vec![]), (vec![BestEffort], vec![Overwritten])] {
        assert_eq!(said(&then, true, &later).err(), Some(CertificateError::Disagree), "{then:?} {later:?}");
    }
}

#[test]
fn without_a_key_the_signer_stays_unknown() {
    let certificate = Certificate::parse(json().as_bytes()).unwrap();
    let fingerprint = vkey().fingerprint();
    assert_eq!(certificate.verify(None).unwrap().signer, Signer::Unknown { fingerprint });
}

#[test]
fn another_key_is_told() {
    let certificate = Certificate::parse(json().as_bytes()).unwrap();
    let error = certificate.verify(Some(&stranger().verifying(VAULT))).unwrap_err();
    assert_eq!(error, CertificateError::Checkpoint(CheckpointError::OtherKey));
}

#[test]
fn no_bit_of_it_can_change() {
    let json = json().into_bytes();
    assert!(verifies(&json));
    for position in 0..json.len() {
        for bit in 0..8 {
            let mut changed = json.clone();
            changed[position] ^= 1 << bit;
            assert!(!verifies(&changed), "byte {position}, bit {bit}");
        }
    }
}

#[test]
fn it_cannot_be_cut_anywhere() {
    let json = json().into_bytes();
    assert!((0..json.len()).all(|length| !verifies(&json[..length])));
}

#[test]
fn a_later_checkpoint_serves_as_well() {
    for size in 4..40 {
        desk::certificate(&desk::ledger(size)).verify(Some(&vkey())).unwrap();
    }
}

#[test]
fn none_is_built_that_does_not_verify() {
    let ledger = desk::ledger(9);
    let (nodes, head) = (desk::nodes(&ledger), desk::head(&ledger));
    let proven = |index: u64| Proven::new(&ledger[index as usize], index, &nodes, 9).unwrap();
    let swapped = Certificate::build(proven(2), proven(1), proven(3), head.clone(), &vkey());
    assert!(matches!(swapped, Err(CertificateError::Kind(_))));
    let unknown = stranger().verifying(VAULT);
    assert!(Certificate::build(proven(1), proven(2), proven(3), head, &unknown).is_err());
    assert_eq!(Proven::new(&ledger[1], 2, &nodes, 9), None);
    assert_eq!(Proven::new(&ledger[1], 1, &nodes, 10), None);
}

proptest! {
    #[test]
    fn no_byte_of_it_can_become_another(position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut changed = json().into_bytes();
        let position = position.index(changed.len());
        prop_assume!(changed[position] != byte);
        changed[position] = byte;
        prop_assert!(!verifies(&changed));
    }
}
