//! Proofs of one purge.

use super::{BOX, DESK_SEED, OTHER_SEED, PURGE, VAULT};
use super::{bytes, completed, desk_key, destroyed, founded, hex, intent, text};
use ::ledger::{Checkpoint, Hash, LeafBytes, Nodes, Outcome, SigningKey, What};
use serde_json::{Value, json};

/// What a certificate vector is made of, so that each bad one differs in one thing.
#[derive(Clone)]
struct Parts {
    steps: [(usize, String); 3],
    entries: Vec<LeafBytes>,
    size: usize,
    vkey: Option<String>,
}

impl Parts {
    fn new(first: What, second: What, third: What) -> Self {
        let mut entries: Vec<LeafBytes> = vec![bytes(10, founded()), bytes(11, What::Unlocked)];
        entries.extend([
            bytes(12, first),
            bytes(13, What::Expired { box_id: BOX }),
            bytes(14, second),
            bytes(15, third),
        ]);
        entries.push(bytes(16, What::Unlocked));
        let steps = [2, 4, 5].map(|index| (index, text(entries.get(index).expect("seven entries"))));
        Self { steps, size: entries.len(), entries, vkey: Some(desk_key().to_string()) }
    }

    fn checkpoint(&self) -> String {
        let nodes = self.nodes();
        let root = nodes.root(self.size as u64).expect("within");
        Checkpoint::sign(VAULT, self.size as u64, root, &SigningKey::from_seed(&DESK_SEED))
    }

    fn nodes(&self) -> Nodes {
        self.entries.iter().map(LeafBytes::hash).collect()
    }

    fn proofs(&self) -> [Vec<Hash>; 3] {
        let nodes = self.nodes();
        self.steps.clone().map(|(index, _)| nodes.inclusion(index as u64, self.size as u64).expect("within"))
    }

    fn json(&self) -> String {
        self.json_with(&self.proofs(), &self.checkpoint())
    }

    /// Written member by member: the bytes must not depend on how a JSON library orders a map.
    fn json_with(&self, proofs: &[Vec<Hash>; 3], checkpoint: &str) -> String {
        let quoted = |text: &str| serde_json::to_string(text).expect("a string");
        let names = ["intent", "keys_destroyed", "completed"];
        let steps: Vec<String> = names
            .iter()
            .zip(&self.steps)
            .zip(proofs)
            .map(|((name, (index, leaf)), proof)| {
                let proof = serde_json::to_string(proof).expect("hashes");
                format!(r#""{name}":{{"index":{index},"leaf":{},"proof":{proof}}}"#, quoted(leaf))
            })
            .collect();
        let vkey =
            self.vkey.as_deref().map(|vkey| format!(r#","vkey":{}"#, quoted(vkey))).unwrap_or_default();
        format!(r#"{{"v":1,{},"checkpoint":{}{vkey}}}"#, steps.join(","), quoted(checkpoint))
    }
}

pub(crate) fn certificates() -> Vec<Value> {
    let plain = Parts::new(intent(PURGE), destroyed(PURGE, 6, 3), completed(PURGE, true, Outcome::Done));
    let good = plain.json();
    let keyless = Parts { vkey: None, ..plain.clone() };
    let later = Parts {
        entries: plain.entries.iter().cloned().chain((20..50).map(|n| bytes(n, What::Unlocked))).collect(),
        size: 37,
        ..plain.clone()
    };
    let desk = desk_key().to_string();
    let stranger = SigningKey::from_seed(&OTHER_SEED).verifying(VAULT).to_string();
    let made = |second, third| Parts::new(intent(PURGE), second, third).json();
    let done = || completed(PURGE, true, Outcome::Done);

    let mut vectors = Vec::new();
    for (name, certificate, key, signer) in [
        ("purge", good.clone(), Some(&desk), "given"),
        ("no_key_given", good.clone(), None, "unknown"),
        ("no_key_inside", keyless.json(), Some(&desk), "given"),
        ("no_key_at_all", keyless.json(), None, "unchecked"),
        ("later_checkpoint", later.json(), Some(&desk), "given"),
        (
            "relay_not_confirmed",
            made(destroyed(PURGE, 6, 3), completed(PURGE, false, Outcome::Done)),
            Some(&desk),
            "given",
        ),
        ("rotated_in_between", made(destroyed(PURGE, 7, 3), done()), Some(&desk), "given"),
    ] {
        let mut vector = certificate_vector(name, &certificate, key, "ok");
        vector["signer"] = json!(signer);
        vector["fingerprint"] = json!(desk_key().fingerprint());
        vector["purge"] = json!(PURGE);
        vector["ticket"] = json!("#4821");
        vectors.push(vector);
    }

    let proofs = plain.proofs();
    let mut longer = proofs.clone();
    longer[0].push(Hash::from_bytes([0; 32]));
    let mut shorter = proofs.clone();
    shorter[1].pop();
    let mut swapped = plain.clone();
    swapped.steps.swap(0, 1);
    let mut moved = plain.clone();
    moved.steps[2].0 = 6;
    let mut doubled = plain.clone();
    doubled.steps[0].1 = doubled.steps[0].1.replacen("{\"v\":1", "{\"v\":1,\"v\":1", 1);
    let mut reworded = plain.clone();
    reworded.steps[0].1 = reworded.steps[0].1.replace("#4821", "#4822");
    let mut reversed = Parts::new(destroyed(PURGE, 6, 3), intent(PURGE), done());
    reversed.steps.swap(0, 1);
    let other_vkey = Parts { vkey: Some(stranger.clone()), ..plain.clone() };
    let bad_vkey = Parts { vkey: Some(desk.replacen('+', "+0", 1)), ..plain.clone() };
    let signed = plain.checkpoint();
    let forged = Checkpoint::sign(
        VAULT,
        7,
        plain.nodes().root(7).expect("seven"),
        &SigningKey::from_seed(&OTHER_SEED),
    );
    let one_flipped = signed.replacen("\n7\n", "\n6\n", 1);

    for (name, expect, key, certificate) in [
        ("not_json", "format", Some(&desk), "certificate".to_owned()),
        ("cut_short", "format", Some(&desk), good.trim_end_matches('}').to_owned()),
        ("version_2", "format", Some(&desk), good.replacen("\"v\":1", "\"v\":2", 1)),
        ("unknown_member", "format", Some(&desk), good.replacen("\"v\":1", "\"v\":1,\"x\":1", 1)),
        ("duplicate_member", "format", Some(&desk), good.replacen("\"v\":1", "\"v\":1,\"v\":1", 1)),
        ("proof_upper_case", "format", Some(&desk), shout(&good)),
        (
            "checkpoint_damaged",
            "checkpoint-format",
            Some(&desk),
            plain.json_with(&proofs, &signed.replace('—', "-")),
        ),
        ("checkpoint_changed", "checkpoint-signature", Some(&desk), plain.json_with(&proofs, &one_flipped)),
        (
            "checkpoint_changed_no_key_given",
            "checkpoint-signature",
            None,
            plain.json_with(&proofs, &one_flipped),
        ),
        ("checkpoint_by_another_key", "checkpoint-other-key", Some(&desk), plain.json_with(&proofs, &forged)),
        ("checked_with_another_key", "checkpoint-other-key", Some(&stranger), good.clone()),
        ("another_key_inside", "vkey", Some(&desk), other_vkey.json()),
        ("damaged_key_inside", "vkey", Some(&desk), bad_vkey.json()),
        ("another_key_inside_no_key_given", "checkpoint-other-key", None, other_vkey.json()),
        ("leaf_duplicate_key", "leaf", Some(&desk), doubled.json()),
        ("leaf_changed", "proof", Some(&desk), reworded.json()),
        ("leaf_changed_no_key_at_all", "proof", None, Parts { vkey: None, ..reworded.clone() }.json()),
        ("index_of_a_neighbour", "proof", Some(&desk), moved.json()),
        ("index_outside", "proof", Some(&desk), plain.json().replacen("\"index\":5", "\"index\":70", 1)),
        ("proof_too_long", "proof", Some(&desk), plain.json_with(&longer, &signed)),
        ("proof_too_short", "proof", Some(&desk), plain.json_with(&shorter, &signed)),
        ("steps_swapped", "kind", Some(&desk), swapped.json()),
        ("another_kind", "kind", Some(&desk), made(What::Unlocked, done())),
        ("recorded_in_the_wrong_order", "order", Some(&desk), reversed.json()),
        ("another_purge_destroyed", "purge", Some(&desk), made(destroyed(BOX, 6, 3), done())),
        (
            "another_purge_completed",
            "purge",
            Some(&desk),
            made(destroyed(PURGE, 6, 3), completed(BOX, true, Outcome::Done)),
        ),
        ("fewer_keys_destroyed", "disagree", Some(&desk), made(destroyed(PURGE, 6, 2), done())),
        ("epoch_of_before", "disagree", Some(&desk), made(destroyed(PURGE, 5, 3), done())),
        (
            "failed",
            "not-done",
            Some(&desk),
            made(destroyed(PURGE, 6, 3), completed(PURGE, true, Outcome::Failed)),
        ),
    ] {
        vectors.push(certificate_vector(name, &certificate, key, expect));
    }
    vectors
}

fn certificate_vector(name: &str, certificate: &str, key: Option<&String>, expect: &str) -> Value {
    json!({"name": name, "seed": hex(&DESK_SEED), "certificate": certificate, "key": key, "expect": expect})
}

/// The first proof's first hash in upper case.
fn shout(certificate: &str) -> String {
    let (before, after) = certificate.split_once("\"proof\":[\"").expect("a proof");
    let (hash, rest) = after.split_once('"').expect("a hash");
    format!("{before}\"proof\":[\"{}\"{rest}", hash.to_uppercase())
}
