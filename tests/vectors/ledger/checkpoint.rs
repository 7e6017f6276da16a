//! Signed heads and verifier keys.

use super::{BOX, DESK_SEED, OTHER_SEED, START, VAULT, hex};
use ::ledger::cosignature::WitnessKey;
use ::ledger::{Checkpoint, Hash, Nodes, SigningKey, leaf_hash};
use serde_json::{Value, json};

pub(crate) fn checkpoints() -> Vec<Value> {
    let key = SigningKey::from_seed(&DESK_SEED);
    let vkey = key.verifying(VAULT).to_string();
    let mut vectors = Vec::new();
    for (name, count) in
        [("empty_tree", 0), ("one_leaf", 1), ("two_leaves", 2), ("seven_leaves", 7), ("eight_leaves", 8)]
    {
        let leaves: Vec<Vec<u8>> = (0..count).map(|i| format!("leaf {i}").into_bytes()).collect();
        let nodes: Nodes = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let root = nodes.root(count).expect("within");
        let mut vector = head_vector(name, &vkey, "ok", &Checkpoint::sign(VAULT, count, root, &key));
        vector["leaves"] = leaves.iter().map(|leaf| hex(leaf)).collect();
        vector["size"] = json!(count);
        vector["root"] = json!(root);
        vectors.push(vector);
    }

    let root = Hash::from_bytes([0x5a; 32]);
    let plain = Checkpoint::sign(VAULT, 12, root, &key);
    let head = Checkpoint::parse(&plain).expect("just signed");
    let witness_key = SigningKey::from_seed(&OTHER_SEED);
    let witness = WitnessKey::new("witness.example/one", witness_key.public()).expect("a name");
    let cosigned = format!("{plain}{}", witness.cosign(&head, START, &witness_key));
    let (text, signature) = plain.split_once("\n\n").expect("a note");
    let other = Checkpoint::sign(VAULT, 12, root, &witness_key);
    let (_, other_line) = other.split_once("\n\n").expect("a note");

    let mut seen = head_vector("cosigned", &vkey, "ok", &cosigned);
    seen["witness"] = json!({"vkey": witness.to_string(), "at": START, "seed": hex(&OTHER_SEED)});
    vectors.push(seen);
    let mut unseen = head_vector("cosigned_then_retimed", &vkey, "ok", &redigited(&cosigned, 8));
    unseen["witness"] = json!({"vkey": witness.to_string(), "at": null, "seed": hex(&OTHER_SEED)});
    vectors.push(unseen);
    vectors.push(head_vector("another_signature_beside", &vkey, "ok", &format!("{plain}{other_line}")));

    let origin = format!("cloakroom/desk/{VAULT}");
    let id = |text: &str| text.replace(&origin, &format!("cloakroom/desk/{BOX}"));
    let flipped = redigited(signature, 40);
    for (name, expect, changed) in [
        ("size_leading_zero", "format", plain.replacen("\n12\n", "\n012\n", 1)),
        ("size_plus", "format", plain.replacen("\n12\n", "\n+12\n", 1)),
        ("size_negative", "format", plain.replacen("\n12\n", "\n-12\n", 1)),
        ("size_past_64_bits", "format", plain.replacen("\n12\n", "\n18446744073709551616\n", 1)),
        ("root_short", "format", plain.replacen("WlpaWlpa", "WlpaWg==", 1)),
        ("root_not_canonical", "format", plain.replacen("Wlo=\n", "Wlp=\n", 1)),
        ("extension_line", "format", plain.replacen("\n\n", "\nhello\n\n", 1)),
        ("origin_of_something_else", "format", plain.replace("cloakroom/desk/", "example.com/log/")),
        ("origin_upper_case", "format", plain.replace(&VAULT.to_string(), &VAULT.to_string().to_uppercase())),
        ("no_signature", "format", format!("{text}\n\n")),
        ("no_blank_line", "format", format!("{text}\n{signature}")),
        ("no_final_lf", "format", plain.trim_end().to_owned()),
        ("carriage_returns", "format", plain.replace('\n', "\r\n")),
        ("hyphen_for_dash", "format", plain.replace('—', "-")),
        ("text_after_signatures", "format", format!("{plain}and so on\n")),
        ("too_many_signatures", "format", format!("{plain}{}", other_line.repeat(100))),
        ("not_a_note", "format", "hello\n".to_owned()),
        ("signature_changed", "signature", format!("{text}\n\n{flipped}")),
        ("size_changed", "signature", plain.replacen("\n12\n", "\n13\n", 1)),
        ("root_changed", "signature", plain.replacen("WlpaWlpa", "WlpbWlpa", 1)),
        ("one_good_and_one_bad_line", "signature", format!("{plain}{flipped}")),
        ("signed_by_another_key", "other-key", other.clone()),
        ("another_vault", "other-key", id(&plain)),
        ("only_a_witness", "other-key", cosigned.replace(signature, "")),
    ] {
        vectors.push(head_vector(name, &vkey, expect, &changed));
    }
    for (name, changed) in [
        ("vkey_wrong_id", vkey.replacen('+', "+0", 1)),
        ("vkey_of_a_witness", witness.to_string()),
        ("vkey_of_a_witness_type", WitnessKey::new(&origin, key.public()).expect("a name").to_string()),
        ("vkey_cut_short", vkey.chars().take(vkey.len() - 4).collect()),
        ("vkey_not_a_desk", vkey.replace("cloakroom/desk/", "example.com/log/")),
    ] {
        vectors.push(head_vector(name, &changed, "vkey", &plain));
    }
    vectors
}

fn head_vector(name: &str, vkey: &str, expect: &str, text: &str) -> Value {
    json!({"name": name, "seed": hex(&DESK_SEED), "vault": VAULT, "vkey": vkey, "text": text, "expect": expect})
}

/// The last signature line with another base64 digit there: digit 8 is in a cosignature's time.
fn redigited(note: &str, position: usize) -> String {
    let (before, blob) = note.rsplit_once(' ').expect("a signature line");
    let other = |c| if c == 'A' { 'B' } else { 'A' };
    let changed: String =
        blob.chars().enumerate().map(|(i, c)| if i == position { other(c) } else { c }).collect();
    format!("{before} {changed}")
}
