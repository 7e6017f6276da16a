use crate::{
    codes,
    file::{Nonce, box_id, bytes, expected, link, number, secret, text, vectors},
};
use data_encoding::HEXLOWER;
use seal::{
    next::{self, NextError},
    note::NoteLog,
    request::{Request, request_hash},
    submission::Owner,
};
use serde_json::Value;

fn request(vector: &Value) {
    let (link, sealed) = (link(vector), bytes(vector, "sealed"));
    assert_eq!(link.box_id(), box_id(vector));
    assert_eq!(HEXLOWER.encode(&request_hash(&sealed)), text(vector, "hash"));
    let Some(request) = expected(vector, Request::open(&link, &sealed), codes::request) else { return };
    let written = serde_json::to_string(&request).unwrap();
    // A field of a later version is not written again; everything else is, in its order.
    if !text(vector, "json").contains("from_a_later_version") {
        assert_eq!(written, text(vector, "json"));
        assert_eq!(request.seal(&Nonce(bytes(vector, "nonce")), &link).unwrap(), sealed);
    }
}

fn note(vector: &Value) {
    let (link, box_id) = (link(vector), box_id(vector));
    assert_eq!(link.box_id(), box_id);
    let notes = vector["notes"].as_array().unwrap();
    let seq = |note| u32::try_from(number(note, "seq")).unwrap();
    let series: Vec<(u32, Vec<u8>)> = notes.iter().map(|note| (seq(note), bytes(note, "sealed"))).collect();
    let series = series.iter().map(|(seq, sealed)| (*seq, sealed.as_slice()));
    let came = NoteLog::read(&link.status_seal(), box_id, series);
    let Some(log) = expected(vector, came, codes::note) else { return };
    assert_eq!(log.newest(), log.notes().last());
    let kinds = vector["kinds"].as_array().unwrap();
    assert_eq!(log.notes().len(), kinds.len());
    for ((note, kind), given) in log.notes().iter().zip(kinds).zip(notes) {
        let written = serde_json::to_value(note).unwrap();
        assert_eq!(written["kind"].as_str(), kind.as_str());
        let whole = serde_json::to_string(note).unwrap() == text(given, "json");
        assert!(whole || matches!(text(vector, "name"), "unknown_kind" | "unknown_field"));
        if whole {
            let again = note.seal(&Nonce(bytes(given, "nonce")), &link.status_seal(), box_id, seq(given));
            assert_eq!(again.unwrap(), bytes(given, "sealed"));
        }
    }
}

fn passed_on(vector: &Value) {
    let owner = Owner::from_bytes(secret(vector, "owner"));
    let came = next::open(&link(vector), &owner, &bytes(vector, "sealed"));
    let code = |error: &NextError| match error {
        NextError::Open(error) => codes::open(error),
        NextError::Link(_) => "damaged",
    };
    let Some(read) = expected(vector, came, code) else { return };
    assert_eq!(*read.encode(), text(vector, "code"));
    let again = next::seal(&Nonce(bytes(vector, "nonce")), &link(vector), &owner, &read).unwrap();
    assert_eq!(again, bytes(vector, "sealed"));
}

vectors! { requests, "request.json", super::request;
    good two_units unknown_field_is_passed_over another_link changed cut cut_short newer_seal newer_document
    slot_twice slot_255 class_without_recipient recipient_missing not_json unknown_class unknown_slot_kind
    not_a_recipient not_a_colour
}
vectors! { notes, "note.json", super::note;
    none one every_kind deleted_without_checkpoint two_units unknown_kind unknown_field gap first_missing
    double out_of_order renumbered repeated_under_next_number changed another_box not_json around_a_request field_missing
}
vectors! { nexts, "next.json", super::passed_on;
    good other_owner other_link changed not_a_link
}
