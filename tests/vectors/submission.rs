//! `record.json`, `word.json`.

use crate::fixed::{OTHER, SECRET, file, flipped, hex, link};
use ring::hmac;
use seal::{
    label::Derive,
    request::SlotRule,
    submission::{self, Owner},
    word::{Word, WordKind},
};
use serde_json::{Value, json};
use wire::{
    DataClass, PartId, PartSlot, Record, RecordPart,
    digest::{part_digest, sha256},
};
use zeroize::Zeroizing;

const OWNER: [u8; 32] = [0x77; 32];

pub(crate) fn files() -> Vec<(&'static str, Value)> {
    vec![
        (
            "record.json",
            file(
                "kind digest: digest of a part of `length` bytes, each byte its position modulo 251, in chunks of chunk_size; hashes: SHA-256 of each chunk. kind submission: body = record and HMAC-SHA-256(submission-mac of secret, record); slots: what was asked. expect: what a desk says that asked for box_id and request_hash",
                "FORMATS 4",
                [digests(), submissions()].concat(),
            ),
        ),
        (
            "word.json",
            file(
                "sent = word and HMAC-SHA-256(voice of secret, word). newest: number of the newest note seen, or null. expect: what a desk says that knows secret and box_id: ok, forged, malformed or other-box",
                "FORMATS 4",
                words(),
            ),
        ),
    ]
}

fn digests() -> Vec<Value> {
    let vector = |length: u32, chunk_size: u32| {
        let part: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).expect("below 251")).collect();
        let size = usize::try_from(chunk_size).expect("fits");
        json!({
            "name": format!("digest_{length}_in_{chunk_size}"), "kind": "digest", "expect": "ok", "length": length,
            "chunk_size": chunk_size, "digest": part_digest(&part, size).to_string(),
            "hashes": part.chunks(size).map(|chunk| hex(sha256(chunk))).collect::<Vec<_>>(),
        })
    };
    vec![
        vector(1, 65_536),
        vector(65_536, 65_536),
        vector(65_537, 65_536),
        vector(200_000, 65_536),
        vector(200_000, 262_144),
    ]
}

fn submissions() -> Vec<Value> {
    let rules = [
        SlotRule { slot: 0, class: DataClass::Identity, parts: 2 },
        SlotRule { slot: 1, class: DataClass::Payment, parts: 1 },
    ];
    let part = |number: u8, class, slot, length| RecordPart {
        id: PartId::from_bytes([number; 16]),
        class,
        slot,
        length,
        digest: wire::PartDigest::from_bytes(sha256(&[number])),
    };
    let identity = part(1, DataClass::Identity, PartSlot::Item(0), 300_000);
    let identity_list = part(2, DataClass::Identity, PartSlot::Manifest, 4_360);
    let card = part(3, DataClass::Payment, PartSlot::Item(1), 4_360);
    let card_list = part(4, DataClass::Payment, PartSlot::Manifest, 4_360);
    let second_page = part(5, DataClass::Identity, PartSlot::Item(0), 200_000);
    let third_page = part(6, DataClass::Identity, PartSlot::Item(0), 200_000);
    let request_hash = sha256(b"a sealed request");
    let record = |parts: &[RecordPart]| Record {
        box_id: link(SECRET).box_id(),
        request_hash,
        owner_hash: Owner::from_bytes(Zeroizing::new(OWNER)).hash(),
        parts: parts.to_vec(),
    };
    let vector = |name: &str, expect: &str, bytes: &[u8], body: &[u8]| {
        let parsed = Record::parse(bytes).ok();
        let parts = parsed.map(|record| record.parts.iter().map(part_json).collect::<Vec<_>>());
        json!({
            "name": name, "kind": "submission", "expect": expect, "secret": hex(SECRET),
            "box_id": link(SECRET).box_id().to_string(), "request_hash": hex(request_hash), "owner": hex(OWNER),
            "owner_hash": hex(sha256(&OWNER)), "slots": rules, "parts": parts, "record": hex(bytes),
            "record_hash": hex(sha256(bytes)), "body": hex(body),
        })
    };
    let whole = |name: &str, expect: &str, record: &Record| {
        vector(name, expect, &record.encode(), &submission::make(record, &link(SECRET).submission_mac()))
    };
    let by_hand = |name: &str, expect: &str, bytes: &[u8]| {
        vector(name, expect, bytes, &signed(bytes, Derive::SubmissionMac, SECRET))
    };
    let good = record(&[identity, identity_list, card, card_list]);
    let bytes = good.encode();
    let other_box = Record { box_id: link(OTHER).box_id(), ..good.clone() };
    let other_request = Record { request_hash: sha256(b"another sealed request"), ..good.clone() };
    let body = submission::make(&good, &link(SECRET).submission_mac());
    let unknown = part(3, DataClass::Payment, PartSlot::Item(7), 4_360);
    let wrong_class = part(3, DataClass::Identity, PartSlot::Item(1), 4_360);
    let second_list = part(7, DataClass::Identity, PartSlot::Manifest, 4_360);
    let card_again = part(8, DataClass::Payment, PartSlot::Item(1), 4_360);
    let general_list = part(9, DataClass::General, PartSlot::Manifest, 4_360);
    let mut unknown_class = bytes.clone();
    unknown_class[105 + 16] = 9;
    let mut repeated = bytes.clone();
    repeated[105 + 58..105 + 58 + 16].fill(1);
    let mut empty = bytes.clone();
    empty[105 + 18..105 + 26].fill(0);
    let mut large = bytes.clone();
    large[105 + 18..105 + 26].fill(0xff);
    let mut none = bytes[..105].to_vec();
    none[104] = 0;
    let mut many = bytes.clone();
    many[104] = 21;
    vec![
        whole("one_class", "ok", &record(&[identity, identity_list])),
        whole("two_classes", "ok", &good),
        whole("manifest_first", "ok", &record(&[identity_list, identity])),
        whole("two_pages", "ok", &record(&[identity, second_page, identity_list])),
        vector("changed_record", "forged", &flipped(&bytes, 40), &flipped(&body, 40)),
        vector("changed_mac", "forged", &bytes, &flipped(&body, body.len() - 1)),
        vector("without_mac", "forged", &bytes, &bytes),
        vector("mac_of_another_link", "forged", &bytes, &signed(&bytes, Derive::SubmissionMac, OTHER)),
        vector("mac_of_the_voice", "forged", &bytes, &signed(&bytes, Derive::Voice, SECRET)),
        vector("nothing", "forged", &[], &[]),
        by_hand("one_byte_more", "malformed", &[bytes.as_slice(), &[0]].concat()),
        by_hand("one_byte_less", "malformed", &bytes[..bytes.len() - 1]),
        by_hand("other_beginning", "malformed", &flipped(&bytes, 0)),
        by_hand("unknown_class", "unknown-class", &unknown_class),
        by_hand("no_part", "part-count", &none),
        by_hand("too_many_parts", "part-count", &many),
        by_hand("part_twice", "repeated-part", &repeated),
        by_hand("empty_part", "part-length", &empty),
        by_hand("part_too_large", "part-length", &large),
        whole("other_box", "other-box", &other_box),
        whole("other_request", "other-request", &other_request),
        whole("slot_not_asked_for", "unknown-slot", &record(&[unknown, card_list])),
        whole("slot_too_often", "unknown-slot", &record(&[card, card_again, card_list])),
        whole("too_many_pages", "unknown-slot", &record(&[identity, second_page, third_page, identity_list])),
        whole("wrong_class", "wrong-class", &record(&[wrong_class, identity_list])),
        whole("manifest_missing", "manifests", &record(&[identity, identity_list, card])),
        whole("manifest_twice", "manifests", &record(&[identity, identity_list, second_list])),
        whole("manifest_without_items", "manifests", &record(&[identity, identity_list, general_list])),
    ]
}

fn part_json(part: &RecordPart) -> Value {
    json!({
        "part": part.id.to_string(), "class": part.class, "slot": part.slot.as_u8(), "length": part.length,
        "digest": part.digest.to_string(),
    })
}

fn words() -> Vec<Value> {
    let box_id = link(SECRET).box_id();
    let vector = |name: &str, expect: &str, about: Value, word: &[u8], sent: &[u8]| {
        let mut vector = json!({
            "name": name, "expect": expect, "secret": hex(SECRET), "box_id": box_id.to_string(), "word": hex(word),
            "sent": hex(sent),
        });
        let fields = about.as_object().expect("fields").clone();
        vector.as_object_mut().expect("fields").extend(fields);
        vector
    };
    let said = |name: &str, newest: Option<u32>, says: WordKind, about: Value| {
        let sent = Word { box_id, newest, says }.make(&link(SECRET).voice());
        vector(name, "ok", about, &sent[..sent.len() - 32], &sent)
    };
    let owner = || Owner::from_bytes(Zeroizing::new(OWNER));
    let until = 1_800_000_000_u64;
    let head = [b"cloakroom/v1/word\0".as_slice(), box_id.as_bytes(), &3_u32.to_be_bytes()].concat();
    let other_head =
        [b"cloakroom/v1/word\0".as_slice(), link(OTHER).box_id().as_bytes(), &[0xff; 4]].concat();
    let by_hand = |name: &str, expect: &str, tail: &[u8]| {
        let word = [head.as_slice(), tail].concat();
        vector(name, expect, json!({}), &word, &signed(&word, Derive::Voice, SECRET))
    };
    let withdraw = [head.as_slice(), &[0]].concat();
    let genuine = signed(&withdraw, Derive::Voice, SECRET);
    let other = [other_head.as_slice(), &[0]].concat();
    vec![
        said("withdraw", Some(3), WordKind::Withdraw, json!({"newest": 3, "kind": 0})),
        said("withdraw_no_note_seen", None, WordKind::Withdraw, json!({"newest": null, "kind": 0})),
        said(
            "take_back",
            Some(0),
            WordKind::TakeBack(owner()),
            json!({"newest": 0, "kind": 1, "owner": hex(OWNER)}),
        ),
        said("extend", Some(2), WordKind::Extend(until), json!({"newest": 2, "kind": 2, "until": until})),
        vector("changed_word", "forged", json!({}), &flipped(&withdraw, 37), &flipped(&genuine, 37)),
        vector("changed_mac", "forged", json!({}), &withdraw, &flipped(&genuine, genuine.len() - 1)),
        vector(
            "mac_of_another_link",
            "forged",
            json!({}),
            &withdraw,
            &signed(&withdraw, Derive::Voice, OTHER),
        ),
        vector(
            "mac_of_a_submission",
            "forged",
            json!({}),
            &withdraw,
            &signed(&withdraw, Derive::SubmissionMac, SECRET),
        ),
        vector("without_mac", "forged", json!({}), &withdraw, &withdraw),
        vector("nothing", "forged", json!({}), &[], &[]),
        vector("other_box", "other-box", json!({}), &other, &signed(&other, Derive::Voice, SECRET)),
        by_hand("no_kind", "malformed", &[]),
        by_hand("unknown_kind", "malformed", &[3]),
        by_hand("withdraw_with_a_body", "malformed", &[0, 0]),
        by_hand("take_back_with_half_an_owner", "malformed", &[&[1], [0x77; 16].as_slice()].concat()),
        by_hand("extend_without_a_date", "malformed", &[2]),
    ]
}

fn signed(message: &[u8], key: Derive<'_>, secret: [u8; 32]) -> Vec<u8> {
    let key = seal::derive::derive::<32>(&secret, key);
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()), message);
    [message, mac.as_ref()].concat()
}
