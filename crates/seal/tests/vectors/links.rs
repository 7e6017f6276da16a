use crate::file::{array, box_id, bytes, expected, number, text, vectors};
use data_encoding::HEXLOWER;
use seal::{
    Link,
    derive::derive,
    label::Derive,
    link::{BoxKeys, LinkError},
};
use serde_json::Value;

fn link(vector: &Value) {
    let came = Link::parse(text(vector, "text"));
    let Some(link) = expected(vector, came, |LinkError::Damaged| "damaged") else { return };
    assert_eq!(*link.encode(), text(vector, "code"));
    assert_eq!(*link.url("https://drop.example.com/"), text(vector, "url"));
    assert_eq!(link.box_id(), box_id(vector));
    assert_eq!(
        Link::parse(&link.encode()).unwrap().box_id(),
        Link::from_secret(crate::file::secret(vector, "secret")).box_id()
    );
    let keys = link.box_keys();
    let body = keys.encode();
    assert_eq!(body.len(), BoxKeys::LEN);
    assert_eq!(BoxKeys::decode(keys.box_id, &body).unwrap().encode(), body);
    assert!(BoxKeys::decode(keys.box_id, &body[1..]).is_err());
}

fn derived(vector: &Value) {
    let ikm = bytes(vector, "ikm");
    let hash: [u8; 32];
    let what = match text(vector, "label") {
        "box-id" => Derive::BoxId,
        "upload-token" => Derive::UploadToken,
        "request-seal" => Derive::RequestSeal,
        "submission-mac" => Derive::SubmissionMac,
        "voice" => Derive::Voice,
        "status-seal" => Derive::StatusSeal,
        "draft-seal" => Derive::DraftSeal,
        "phrase" => {
            hash = array(vector, "hash");
            Derive::Phrase(&hash)
        }
        "next" => Derive::Next,
        "share" => Derive::Share,
        "person-keys" => Derive::PersonKeys,
        "device" => Derive::Device,
        "database" => Derive::Database,
        "signing" => Derive::Signing,
        other => panic!("unknown label {other}"),
    };
    let out = match number(vector, "length") {
        16 => derive::<16>(&ikm, what).to_vec(),
        32 => derive::<32>(&ikm, what).to_vec(),
        other => panic!("nothing derived has {other} bytes"),
    };
    assert_eq!(HEXLOWER.encode(&out), text(vector, "out"));
}

vectors! { pasted, "links.json", super::link;
    good good_other whole_url whole_url_with_path fragment_mark percent_23 percent_23_in_url
    percent_2523_in_url percent_23_after_mark trailing_full_stop trailing_comma trailing_bracket
    angle_brackets quotes curly_quotes several_signs white_space_around no_break_space zero_width_space
    byte_order_mark percent_20_after query_after words_after words_before empty only_a_mark no_fragment
    wrong_checksum one_character_changed first_character_changed last_character_missing
    first_character_missing cut_in_half one_character_more two_swapped case_lost zero_inside
    white_space_inside version_2 thirty_six_bytes thirty_eight_bytes leading_ones far_too_long not_ascii
}
vectors! { derivation, "derive.json", super::derived;
    box_id upload_token request_seal submission_mac voice status_seal draft_seal phrase next share
    person_keys device database signing
}
