//! Records and ids survive the way there and back, and nothing else parses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use wire::{
    BoxId, DataClass, PartDigest, PartId, PartSlot, Record, RecordError, RecordPart, SubmitBody, UploadToken,
    api::BoxState, digest::part_digest, limits,
};

fn part() -> impl Strategy<Value = RecordPart> {
    (any::<[u8; 16]>(), 0usize..3, any::<u8>(), 1..limits::PART_MAX, any::<[u8; 32]>()).prop_map(
        |(id, class, slot, length, digest)| RecordPart {
            id: PartId::from_bytes(id),
            class: DataClass::ALL[class],
            slot: PartSlot::from_u8(slot),
            length,
            digest: PartDigest::from_bytes(digest),
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    (any::<[u8; 16]>(), any::<[u8; 32]>(), any::<[u8; 32]>(), prop::collection::vec(part(), 1..=20))
        .prop_filter("ids differ", |(_, _, _, parts)| {
            let mut ids: Vec<_> = parts.iter().map(|part| part.id).collect();
            ids.sort();
            ids.dedup();
            ids.len() == parts.len()
        })
        .prop_map(|(id, request_hash, owner_hash, parts)| Record {
            box_id: BoxId::from_bytes(id),
            request_hash,
            owner_hash,
            parts,
        })
}

proptest! {
    #[test]
    fn a_record_survives_the_wire(record in record()) {
        prop_assert_eq!(Record::parse(&record.encode()).unwrap(), record);
    }

    #[test]
    fn no_other_length_parses(record in record(), cut in 1usize..40) {
        let bytes = record.encode();
        prop_assert!(Record::parse(&bytes[..bytes.len() - cut]).is_err());
        let mut longer = bytes.clone();
        longer.push(0);
        prop_assert_eq!(Record::parse(&longer), Err(RecordError::Malformed));
    }

    #[test]
    fn junk_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = SubmitBody::parse(&bytes);
    }
}

#[test]
fn a_part_named_twice_is_refused() {
    let part = RecordPart {
        id: PartId::from_bytes([1; 16]),
        class: DataClass::Identity,
        slot: PartSlot::Manifest,
        length: 5,
        digest: part_digest(b"hello", 4),
    };
    let record = Record {
        box_id: BoxId::from_bytes([2; 16]),
        request_hash: [3; 32],
        owner_hash: [4; 32],
        parts: vec![part, part],
    };
    assert_eq!(Record::parse(&record.encode()), Err(RecordError::RepeatedPart));
}

#[test]
fn ids_are_lower_case_hexadecimal_of_one_length() {
    let id = BoxId::from_bytes([0xab; 16]);
    assert_eq!(id.to_string().parse::<BoxId>().unwrap(), id);
    assert!(id.to_string().to_uppercase().parse::<BoxId>().is_err());
    assert!("ab".parse::<BoxId>().is_err());
    assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
}

#[test]
fn a_token_is_known_by_its_hash() {
    let token = UploadToken::from_bytes([7; 32]);
    let again = UploadToken::parse(&token.to_bearer()).unwrap();
    assert_eq!(token.hash(), again.hash());
    assert_ne!(token.hash(), UploadToken::from_bytes([8; 32]).hash());
}

#[test]
fn state_names_are_those_in_json() {
    for state in ["waiting", "sending", "sent", "collected", "purged", "expired", "revoked"] {
        let parsed: BoxState = serde_json::from_str(&format!("\"{state}\"")).unwrap();
        assert_eq!(BoxState::from_name(state), Some(parsed));
        assert_eq!(parsed.name(), state);
    }
}
