//! One test for each vector in `tests/vectors/`, and none left out.

use crate::generator;
use data_encoding::HEXLOWER;
use ledger::cosignature::WitnessKey;
use ledger::{
    Certificate, Checkpoint, Entry, Hash, Id, Leaf, Nodes, PublicKey, Signer, SigningKey, VerifyingKey,
    leaf_hash,
};
use serde_json::Value;
use std::path::Path;

fn file(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn names(file: &Value) -> Vec<&str> {
    file["vectors"].as_array().unwrap().iter().map(|vector| vector["name"].as_str().unwrap()).collect()
}

macro_rules! vectors {
    ($module:ident, $file:literal, $check:path: $($name:ident)*) => {
        mod $module {
            fn run(name: &str) {
                let file = super::file($file);
                let vector = file["vectors"].as_array().unwrap().iter().find(|v| v["name"] == name).unwrap();
                $check(vector);
            }

            #[test]
            fn each_has_a_test_of_its_name() {
                let tested = [$(stringify!($name)),*];
                assert_eq!(super::names(&super::file($file)), tested);
            }

            #[test]
            fn the_file_is_what_the_generator_makes() {
                let made = super::generator::files().into_iter().find(|(name, _)| *name == $file).unwrap().1;
                assert_eq!(super::file($file), made);
            }

            $(#[test] fn $name() { run(stringify!($name)); })*
        }
    };
}

fn text<'a>(vector: &'a Value, member: &str) -> &'a str {
    vector[member].as_str().unwrap()
}

fn bytes(vector: &Value, member: &str) -> Vec<u8> {
    HEXLOWER.decode(text(vector, member).as_bytes()).unwrap()
}

fn key(vector: &Value) -> SigningKey {
    SigningKey::from_seed(&bytes(vector, "seed").try_into().unwrap())
}

fn leaf(vector: &Value) {
    let bytes = bytes(vector, "leaf");
    let leaf = match Leaf::parse(&bytes) {
        Ok(leaf) => leaf,
        Err(error) => return assert_eq!(error.code(), text(vector, "expect")),
    };
    assert_eq!("ok", text(vector, "expect"));
    assert_eq!(leaf_hash(&bytes).to_string(), text(vector, "hash"));
    match &leaf.entry {
        Entry::Unknown { v, what } => {
            assert_eq!((vector["known"].as_bool(), vector["v"].as_u64()), (Some(false), Some(*v)));
            assert_eq!(what, text(vector, "what"));
        }
        Entry::Known(body) => {
            assert_eq!(vector["known"], true);
            let again = body.leaf().unwrap();
            let again = Leaf::parse(again.as_bytes()).unwrap();
            assert_eq!(again.entry, leaf.entry);
            let said: Value = serde_json::from_slice(again.body).unwrap();
            assert_eq!(said["what"], vector["what"]);
        }
    }
    let signature = &vector["signature"];
    assert_eq!(leaf.signature.is_some(), signature.is_object());
    if signature.is_object() {
        let vault: Id = text(signature, "vault").parse().unwrap();
        assert_eq!(key(signature).public().as_bytes().to_vec(), self::bytes(signature, "person"));
        let person = PublicKey::from_bytes(self::bytes(signature, "person").try_into().unwrap());
        assert_eq!(signature["verifies"], leaf.signed_by(&vault, &person));
    }
}

fn checkpoint(vector: &Value) {
    let (expect, given) = (text(vector, "expect"), text(vector, "text"));
    let Ok(vkey) = text(vector, "vkey").parse::<VerifyingKey>() else { return assert_eq!(expect, "vkey") };
    let read = Checkpoint::parse(given).and_then(|c| c.verify(&vkey).map(|()| c));
    let checkpoint = match read {
        Ok(checkpoint) => checkpoint,
        Err(error) => return assert_eq!(error.code(), expect),
    };
    assert_eq!(expect, "ok");
    let vault: Id = text(vector, "vault").parse().unwrap();
    assert_eq!((checkpoint.vault(), key(vector).verifying(vault)), (vault, vkey));
    let ours = Checkpoint::sign(vault, checkpoint.size(), checkpoint.root(), &key(vector));
    assert!(given.starts_with(&ours));
    if let Some(leaves) = vector["leaves"].as_array() {
        let leaves = leaves.iter().map(|leaf| HEXLOWER.decode(leaf.as_str().unwrap().as_bytes()).unwrap());
        let nodes: Nodes = leaves.map(|leaf| leaf_hash(&leaf)).collect();
        assert_eq!(vector["size"], nodes.size());
        assert_eq!(text(vector, "root").parse::<Hash>(), Ok(nodes.root(nodes.size()).unwrap()));
        assert_eq!(
            ours,
            Checkpoint::sign(vault, nodes.size(), nodes.root(nodes.size()).unwrap(), &key(vector))
        );
        assert_eq!(ours, given);
    }
    if let witness @ Value::Object(_) = &vector["witness"] {
        let saw = text(witness, "vkey").parse::<WitnessKey>().unwrap().saw(&checkpoint);
        assert_eq!(saw.ok().flatten(), witness["at"].as_u64());
    }
}

fn certificate(vector: &Value) {
    let key: Option<VerifyingKey> = vector["key"].as_str().map(|key| key.parse().unwrap());
    let read = Certificate::parse(text(vector, "certificate").as_bytes());
    let findings = match read.and_then(|certificate| certificate.verify(key.as_ref())) {
        Ok(findings) => findings,
        Err(error) => return assert_eq!(error.code(), text(vector, "expect")),
    };
    assert_eq!("ok", text(vector, "expect"));
    assert_eq!(findings.purge.to_string(), text(vector, "purge"));
    assert_eq!(findings.ticket.as_str(), text(vector, "ticket"));
    let signer = match &findings.signer {
        Signer::Given => "given",
        Signer::Unknown { fingerprint } => {
            assert_eq!(fingerprint, text(vector, "fingerprint"));
            "unknown"
        }
        Signer::Unchecked { .. } => "unchecked",
    };
    assert_eq!(signer, text(vector, "signer"));
    let again = Certificate::parse(text(vector, "certificate").as_bytes()).unwrap().to_json().unwrap();
    assert_eq!(again, text(vector, "certificate"));
}

vectors! { leaves, "leaf.json", super::leaf:
    founded unlocked unlock_failed created_request collected problem revealed_intent revealed hidden
    ticket_changed word revoked expired purge_intent keys_destroyed purge_completed rotated time_jump alarm
    asked_again reminded brought_in longer_offered policy_set
    purge_completed_with_the_relay_s_part
    signed signed_for_another_vault signed_by_another_person signed_then_changed by_the_desk unknown_kind
    unknown_version unknown_member spaces_kept empty one_line three_lines no_final_lf body_in_two_lines
    not_an_object space_before cut_short two_objects trailing_comma duplicate_key duplicate_key_escaped
    duplicate_key_nested duplicate_key_in_unknown_version no_version no_kind no_n short_n upper_case_hex
    time_negative time_as_text who_neither kind_lacks_data code_as_sentence code_too_long
    ticket_with_control_character unknown_class slot_too_large signature_short signature_unpadded
    signature_not_canonical carriage_return not_utf8
}

vectors! { checkpoints, "checkpoint.json", super::checkpoint:
    empty_tree one_leaf two_leaves seven_leaves eight_leaves cosigned cosigned_then_retimed
    another_signature_beside size_leading_zero size_plus size_negative size_past_64_bits root_short
    root_not_canonical extension_line origin_of_something_else origin_upper_case no_signature no_blank_line
    no_final_lf carriage_returns hyphen_for_dash text_after_signatures too_many_signatures not_a_note
    signature_changed size_changed root_changed one_good_and_one_bad_line signed_by_another_key
    another_vault only_a_witness vkey_wrong_id vkey_of_a_witness vkey_of_a_witness_type vkey_cut_short
    vkey_not_a_desk
}

vectors! { certificates, "certificate.json", super::certificate:
    purge no_key_given no_key_inside no_key_at_all later_checkpoint relay_not_confirmed rotated_in_between
    not_json cut_short version_2 unknown_member duplicate_member proof_upper_case checkpoint_damaged
    checkpoint_changed checkpoint_changed_no_key_given checkpoint_by_another_key checked_with_another_key
    another_key_inside damaged_key_inside another_key_inside_no_key_given leaf_duplicate_key leaf_changed
    leaf_changed_no_key_at_all index_of_a_neighbour index_outside proof_too_long proof_too_short
    steps_swapped another_kind recorded_in_the_wrong_order another_purge_destroyed another_purge_completed
    fewer_keys_destroyed epoch_of_before failed
}
