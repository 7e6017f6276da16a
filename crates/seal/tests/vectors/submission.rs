use crate::{
    codes,
    file::{array, box_id, bytes, expected, link, number, secret, text, vectors},
};
use data_encoding::HEXLOWER;
use seal::{
    request::SlotRule,
    submission::{self, Owner},
    word::{Word, WordKind},
};
use serde_json::Value;
use wire::{digest::part_digest, sha256};

fn record(vector: &Value) {
    match text(vector, "kind") {
        "digest" => digest(vector),
        _ => submitted(vector),
    }
}

fn digest(vector: &Value) {
    let part: Vec<u8> = (0..number(vector, "length")).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let size = usize::try_from(number(vector, "chunk_size")).unwrap();
    assert_eq!(part_digest(&part, size).to_string(), text(vector, "digest"));
    let hashes: Vec<String> = part.chunks(size).map(|chunk| HEXLOWER.encode(&sha256(chunk))).collect();
    assert_eq!(serde_json::to_value(hashes).unwrap(), vector["hashes"]);
}

fn submitted(vector: &Value) {
    let key = link(vector).submission_mac();
    let rules: Vec<SlotRule> = serde_json::from_value(vector["slots"].clone()).unwrap();
    let body = bytes(vector, "body");
    let came = submission::open(&body, &key, box_id(vector), &array(vector, "request_hash"), &rules);
    let Some(record) = expected(vector, came, codes::submission) else { return };
    assert_eq!(record.encode(), bytes(vector, "record"));
    assert_eq!(record.hash(), array(vector, "record_hash"));
    assert_eq!(record.owner_hash, Owner::from_bytes(secret(vector, "owner")).hash());
    assert_eq!(submission::make(&record, &key), body);
    let parts = vector["parts"].as_array().unwrap();
    assert_eq!(record.parts.len(), parts.len());
    for (part, given) in record.parts.iter().zip(parts) {
        assert_eq!(part.id.to_string(), text(given, "part"));
        assert_eq!(part.class.name(), text(given, "class"));
        assert_eq!(u64::from(part.slot.as_u8()), number(given, "slot"));
        assert_eq!(part.length, number(given, "length"));
        assert_eq!(part.digest.to_string(), text(given, "digest"));
    }
}

fn word(vector: &Value) {
    let voice = link(vector).voice();
    let sent = bytes(vector, "sent");
    let Some(word) = expected(vector, Word::open(&voice, box_id(vector), &sent), codes::word) else { return };
    assert_eq!(word.newest.map(u64::from), vector["newest"].as_u64());
    match (&word.says, number(vector, "kind")) {
        (WordKind::Withdraw, 0) => {}
        (WordKind::TakeBack(owner), 1) => assert_eq!(owner.hash(), sha256(&bytes(vector, "owner"))),
        (WordKind::Extend(until), 2) => assert_eq!(*until, number(vector, "until")),
        _ => panic!("the word says something else"),
    }
    assert_eq!(word.make(&voice), sent);
    assert_eq!(sent[..sent.len() - 32], bytes(vector, "word"));
}

vectors! { records, "record.json", super::record;
    digest_1_in_65536 digest_65536_in_65536 digest_65537_in_65536 digest_200000_in_65536
    digest_200000_in_262144 one_class two_classes manifest_first two_pages changed_record changed_mac
    without_mac mac_of_another_link mac_of_the_voice nothing one_byte_more one_byte_less other_beginning
    unknown_class no_part too_many_parts part_twice empty_part part_too_large other_box other_request
    slot_not_asked_for slot_too_often too_many_pages wrong_class manifest_missing manifest_twice
    manifest_without_items
}
vectors! { words, "word.json", super::word;
    withdraw withdraw_no_note_seen take_back extend changed_word changed_mac mac_of_another_link
    mac_of_a_submission without_mac nothing other_box no_kind unknown_kind withdraw_with_a_body
    take_back_with_half_an_owner extend_without_a_date
}
