use crate::desk::{VAULT, key, stranger, vkey};
use data_encoding::{BASE64, HEXLOWER};
use ledger::cosignature::WitnessKey;
use ledger::{Checkpoint, CheckpointError, Hash, VerifyingKey};
use signed_note::{Note, Signature, StandardSigner, StandardVerifier, VerifierList};

fn text() -> String {
    Checkpoint::sign(VAULT, 42, Hash::from_bytes([0x3c; 32]), &key())
}

/// The signer's text of that crate: `PRIVATE+KEY+name+id+base64(01 ‖ seed)`.
fn their_signer(seed: [u8; 32], vkey: &VerifyingKey) -> StandardSigner {
    let secret = BASE64.encode(&[&[1], seed.as_slice()].concat());
    let (name, id) = (format!("cloakroom/desk/{VAULT}"), HEXLOWER.encode(&vkey.id()));
    StandardSigner::new(&format!("PRIVATE+KEY+{name}+{id}+{secret}")).unwrap()
}

#[test]
fn signed_note_verifies_ours() {
    let verifier = StandardVerifier::new(&vkey().to_string()).unwrap();
    let note = Note::from_bytes(text().as_bytes()).unwrap();
    let (verified, others) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!((verified.len(), others.len()), (1, 0));
    let expected = format!("cloakroom/desk/{VAULT}\n42\n{}\n", BASE64.encode(&[0x3c; 32]));
    assert_eq!(note.text(), expected.as_bytes());
}

#[test]
fn signed_note_refuses_another_key_for_ours() {
    let verifier = StandardVerifier::new(&stranger().verifying(VAULT).to_string()).unwrap();
    let note = Note::from_bytes(text().as_bytes()).unwrap();
    assert!(note.verify(&VerifierList::new(vec![Box::new(verifier)])).is_err());
}

#[test]
fn one_made_by_signed_note_verifies_here() {
    let body = Checkpoint::parse(&text()).unwrap().body();
    let mut note = Note::new(body.as_bytes(), &[]).unwrap();
    note.add_sigs(&[&their_signer([7; 32], &vkey())]).unwrap();
    let theirs = String::from_utf8(note.to_bytes()).unwrap();
    assert_eq!(theirs, text());
    Checkpoint::parse(&theirs).unwrap().verify(&vkey()).unwrap();
}

#[test]
fn signed_note_carries_a_witness_beside_us() {
    let witness = WitnessKey::new("witness.example", stranger().public()).unwrap();
    let line = witness.cosign(&Checkpoint::parse(&text()).unwrap(), 1_800_000_000, &stranger());
    let theirs = Signature::from_bytes(line.trim_end().as_bytes()).unwrap();
    assert_eq!(theirs.name(), "witness.example");
    let cosigned = format!("{}{line}", text());
    let verifier = StandardVerifier::new(&vkey().to_string()).unwrap();
    let note = Note::from_bytes(cosigned.as_bytes()).unwrap();
    let (verified, others) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!((verified.len(), others.len()), (1, 1));

    let checkpoint = Checkpoint::parse(&cosigned).unwrap();
    checkpoint.verify(&vkey()).unwrap();
    assert_eq!(witness.saw(&checkpoint), Ok(Some(1_800_000_000)));
    assert_eq!(witness.saw(&Checkpoint::parse(&text()).unwrap()), Ok(None));
}

#[test]
fn no_bit_of_a_cosignature_can_change() {
    let witness = WitnessKey::new("witness.example", stranger().public()).unwrap();
    let line = witness.cosign(&Checkpoint::parse(&text()).unwrap(), 1_800_000_000, &stranger());
    for position in 0..line.len() {
        for bit in 0..8 {
            let mut changed = line.clone().into_bytes();
            changed[position] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            let Ok(checkpoint) = Checkpoint::parse(&format!("{}{changed}", text())) else { continue };
            assert!(!matches!(witness.saw(&checkpoint), Ok(Some(_))), "byte {position}, bit {bit}");
            // What a witness says never decides about the desk's own signature.
            checkpoint.verify(&vkey()).unwrap();
        }
    }
}

#[test]
fn no_byte_of_a_checkpoint_can_change() {
    let text = text();
    for position in 0..text.len() {
        for mask in 1..=255_u8 {
            let mut changed = text.clone().into_bytes();
            changed[position] ^= mask;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            let accepted = Checkpoint::parse(&changed).is_ok_and(|c| c.verify(&vkey()).is_ok());
            assert!(!accepted, "byte {position}, mask {mask}");
        }
    }
}

#[test]
fn a_key_reads_back_and_only_whole() {
    let text = vkey().to_string();
    assert_eq!(text.parse(), Ok(vkey()));
    for position in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[position] ^= 1;
        assert!(String::from_utf8(changed).unwrap().parse::<VerifyingKey>().is_err(), "byte {position}");
        assert!(text[..position].parse::<VerifyingKey>().is_err());
    }
}

#[test]
fn another_vaults_head_by_the_same_key_is_refused() {
    let other = ledger::Id::from_bytes([9; 16]);
    let text = Checkpoint::sign(other, 1, Hash::from_bytes([0; 32]), &key());
    let checkpoint = Checkpoint::parse(&text).unwrap();
    assert_eq!(checkpoint.verify(&vkey()), Err(CheckpointError::OtherKey));
    assert_eq!(checkpoint.verify(&key().verifying(other)), Ok(()));
}

#[test]
fn witness_names_are_narrow() {
    for name in ["", "two words", "a+b", "line\nbreak"] {
        assert!(WitnessKey::new(name, stranger().public()).is_err());
    }
}
