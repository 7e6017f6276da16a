//! Ledger entries.

use super::{BOX, OTHER_SEED, PERSON_SEED, PURGE, REQUEST, START, VAULT};
use super::{body, bytes, code, completed, destroyed, founded, hex, intent, text, ticket};
use ::ledger::{
    Body, Class, Epochs, Erasure, Hash, LeafBytes, Notice, Outcome, SigningKey, TicketState, What, Who,
    WordKind, leaf_hash,
};
use serde_json::{Value, json};

pub(crate) fn leaves() -> Vec<Value> {
    let mut vectors: Vec<Value> =
        every_kind().into_iter().map(|(name, what)| good(name, &bytes(1, what))).collect();
    let signer = SigningKey::from_seed(&PERSON_SEED);
    let act = body(2, What::Alarm { code: code("grant-without-entry") });
    let signed = act.signed_leaf(&VAULT, &signer).expect("short");
    let elsewhere = act.signed_leaf(&BOX, &signer).expect("short");
    let stranger = act.signed_leaf(&VAULT, &SigningKey::from_seed(&OTHER_SEED)).expect("short");
    let changed = text(&signed).replace("grant-without-entry", "grant-without-entrx");
    vectors.extend([
        act_vector("signed", text(&signed).as_bytes(), true),
        act_vector("signed_for_another_vault", text(&elsewhere).as_bytes(), false),
        act_vector("signed_by_another_person", text(&stranger).as_bytes(), false),
        act_vector("signed_then_changed", changed.as_bytes(), false),
        good("by_the_desk", &Body { who: Who::Desk, ..body(3, What::Unlocked) }.leaf().expect("short")),
    ]);
    let head = r#""n":"01010101010101010101010101010101","at":1790000000,"who":"desk""#;
    for (name, line) in [
        ("unknown_kind", format!(r#"{{"v":1,{head},"what":"teleported","to":["mars"]}}"#)),
        ("unknown_version", r#"{"v":2,"what":"founded","n":7}"#.to_owned()),
        ("unknown_member", format!(r#"{{"v":1,{head},"what":"unlocked","mood":"good"}}"#)),
        ("spaces_kept", format!(r#"{{ "what" : "unlocked" , "v":1,{head} }}"#)),
    ] {
        vectors.push(good_bytes(name, format!("{line}\n\n").as_bytes()));
    }
    let unlocked = format!(r#"{{"v":1,{head},"what":"unlocked"}}"#);
    let alarm = |code: &str| format!(r#"{{"v":1,{head},"what":"alarm","code":{code}}}"#);
    let swap = |from: &str, to: &str| format!("{}\n\n", unlocked.replace(from, to));
    for (name, expect, leaf) in [
        ("empty", "lines", String::new()),
        ("one_line", "lines", format!("{unlocked}\n")),
        ("three_lines", "lines", format!("{unlocked}\n\n\n")),
        ("no_final_lf", "lines", format!("{unlocked}\n") + &"A".repeat(86) + "=="),
        ("body_in_two_lines", "lines", format!("{}\n\n", unlocked.replace(",\"at\"", ",\n\"at\""))),
        ("not_an_object", "lines", "[1]\n\n".to_owned()),
        ("space_before", "lines", format!(" {unlocked}\n\n")),
        ("cut_short", "json", format!("{}\n\n", unlocked.trim_end_matches('}'))),
        ("two_objects", "json", format!("{unlocked}{unlocked}\n\n")),
        ("trailing_comma", "json", swap("\"unlocked\"", "\"unlocked\",")),
        ("duplicate_key", "duplicate-key", swap("{\"v\":1", "{\"v\":1,\"v\":1")),
        ("duplicate_key_escaped", "duplicate-key", swap("{\"v\":1", "{\"v\":1,\"\\u0076\":1")),
        (
            "duplicate_key_nested",
            "duplicate-key",
            format!("{{\"v\":1,{head},\"what\":\"later\",\"x\":[{{\"y\":1,\"y\":2}}]}}\n\n"),
        ),
        (
            "duplicate_key_in_unknown_version",
            "duplicate-key",
            "{\"v\":2,\"what\":\"x\",\"what\":\"y\"}\n\n".to_owned(),
        ),
        ("no_version", "body", swap("\"v\":1,", "")),
        ("no_kind", "body", swap(",\"what\":\"unlocked\"", "")),
        ("no_n", "body", swap("\"n\":\"01010101010101010101010101010101\",", "")),
        ("short_n", "body", swap("\"0101", "\"01")),
        ("upper_case_hex", "body", swap("\"0101", "\"AB01")),
        ("time_negative", "body", swap("1790000000", "-1")),
        ("time_as_text", "body", swap("1790000000", "\"1790000000\"")),
        ("who_neither", "body", swap("desk", "Desk")),
        ("kind_lacks_data", "body", format!("{{\"v\":1,{head},\"what\":\"alarm\"}}\n\n")),
        ("code_as_sentence", "body", format!("{}\n\n", alarm("\"Mrs Miller called\""))),
        ("code_too_long", "body", format!("{}\n\n", alarm(&format!("\"{}\"", "a".repeat(41))))),
        (
            "ticket_with_control_character",
            "body",
            format!(
                "{{\"v\":1,{head},\"what\":\"ticket-changed\",\"ticket\":\"#1\\u001b[2J\",\"from\":\"open\",\"to\":\"solved\",\"source\":\"desk\"}}\n\n"
            ),
        ),
        (
            "unknown_class",
            "body",
            format!(
                "{{\"v\":1,{head},\"what\":\"hidden\",\"box\":\"{BOX}\",\"class\":\"secret\",\"slot\":0}}\n\n"
            ),
        ),
        (
            "slot_too_large",
            "body",
            format!(
                "{{\"v\":1,{head},\"what\":\"hidden\",\"box\":\"{BOX}\",\"class\":\"payment\",\"slot\":256}}\n\n"
            ),
        ),
        ("signature_short", "signature-line", format!("{unlocked}\n{}=\n", "A".repeat(83))),
        ("signature_unpadded", "signature-line", format!("{unlocked}\n{}\n", "A".repeat(86))),
        ("signature_not_canonical", "signature-line", format!("{unlocked}\n{}B==\n", "A".repeat(85))),
        ("carriage_return", "signature-line", format!("{unlocked}\n\r\n")),
    ] {
        vectors.push(json!({"name": name, "leaf": hex(leaf.as_bytes()), "expect": expect}));
    }
    let latin1 = [unlocked.replace("desk", "d").as_bytes(), b"\n\n"].concat();
    let latin1: Vec<u8> = latin1.iter().map(|b| if *b == b'd' { 0xe9 } else { *b }).collect();
    vectors.push(json!({"name": "not_utf8", "leaf": hex(&latin1), "expect": "json"}));
    vectors
}

fn good(name: &str, leaf: &LeafBytes) -> Value {
    good_bytes(name, leaf.as_bytes())
}

fn good_bytes(name: &str, leaf: &[u8]) -> Value {
    let line = leaf.split(|b| *b == b'\n').next().expect("a first line");
    let said: Value = serde_json::from_slice(line).expect("JSON");
    json!({
        "name": name, "leaf": hex(leaf), "expect": "ok", "hash": leaf_hash(leaf), "what": said.get("what"),
        "v": said.get("v"), "known": said.get("v") == Some(&json!(1)) && name != "unknown_kind",
    })
}

fn act_vector(name: &str, leaf: &[u8], verifies: bool) -> Value {
    let person = SigningKey::from_seed(&PERSON_SEED).public();
    let mut vector = good_bytes(name, leaf);
    vector["signature"] = json!({
        "vault": VAULT, "seed": hex(&PERSON_SEED), "person": hex(person.as_bytes()), "verifies": verifies,
    });
    vector
}

fn every_kind() -> Vec<(&'static str, What)> {
    let (class, slot, reason) = (Class::Payment, 2, code("charge"));
    vec![
        ("founded", founded()),
        ("unlocked", What::Unlocked),
        ("unlock_failed", What::UnlockFailed { count: 3 }),
        (
            "created_request",
            What::CreatedRequest {
                request: REQUEST,
                box_id: BOX,
                ticket: ticket("#4821"),
                classes: vec![Class::Identity, Class::Payment, Class::General],
                notice: Notice { version: "2026-09".to_owned(), hash: Hash::from_bytes([9; 32]) },
            },
        ),
        ("collected", What::Collected { box_id: BOX, record: Hash::from_bytes([8; 32]) }),
        ("problem", What::Problem { box_id: BOX, code: code("forged") }),
        ("revealed_intent", What::RevealedIntent { box_id: BOX, class, slot, reason: reason.clone() }),
        ("revealed", What::Revealed { box_id: BOX, class, slot, reason, outcome: Outcome::Done }),
        ("hidden", What::Hidden { box_id: BOX, class, slot }),
        (
            "ticket_changed",
            What::TicketChanged {
                ticket: ticket("Fall Ü-17/ü"),
                from: TicketState::Open,
                to: TicketState::Solved,
                source: code("helpdesk"),
            },
        ),
        ("word", What::Word { box_id: BOX, word: WordKind::TakeBack, outcome: Outcome::Refused }),
        ("revoked", What::Revoked { box_id: BOX }),
        ("expired", What::Expired { box_id: BOX }),
        ("purge_intent", intent(PURGE)),
        ("keys_destroyed", destroyed(PURGE, 6, 3)),
        ("purge_completed", completed(PURGE, true, Outcome::Done)),
        ("rotated", What::Rotated { epoch: Epochs { from: 6, to: 7 }, reason: code("passphrase-changed") }),
        ("time_jump", What::TimeJump { from: START, to: START + 86_400 * 90 }),
        ("alarm", What::Alarm { code: code("older-disk") }),
        ("asked_again", What::AskedAgain { box_id: BOX, next: REQUEST, reason: code("blurry") }),
        ("reminded", What::Reminded { box_id: BOX }),
        ("brought_in", What::BroughtIn { box_id: BOX, record: Hash::from_bytes([8; 32]) }),
        ("longer_offered", What::LongerOffered { box_id: BOX, class, until: START + 86_400 }),
        ("policy_set", What::PolicySet { policy: code("relay-shares"), value: code("off") }),
        (
            "purge_completed_with_the_relay_s_part",
            What::PurgeCompleted {
                purge: PURGE,
                bytes: 4_242_424,
                relay_confirmed: true,
                outcome: Outcome::Done,
                erasure: vec![Erasure::RelayShare],
            },
        ),
    ]
}
