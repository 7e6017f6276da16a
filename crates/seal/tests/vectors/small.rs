use crate::{
    codes,
    file::{Nonce, array, bytes, expected, link, number, secret, text, vectors},
};
use seal::{
    label::Label,
    padding::{cut, padded_len},
    phrase::Phrase,
    sealed::SealKey,
};
use serde_json::Value;
use zeroize::Zeroizing;

fn sealed(vector: &Value) {
    let key = SealKey::from_bytes(secret(vector, "key"));
    let label = Label::ALL.into_iter().find(|label| label.text() == text(vector, "label")).unwrap();
    let (ctx, sealed) = (bytes(vector, "ctx"), bytes(vector, "sealed"));
    let Some(opened) = expected(vector, key.open(label, &ctx, &sealed), codes::open) else { return };
    assert_eq!(*opened, bytes(vector, "plaintext"));
    let again = key.seal(&Nonce(bytes(vector, "nonce")), label, &ctx, &opened).unwrap();
    assert_eq!(again, sealed);
}

fn padding(vector: &Value) {
    let length = number(vector, "length");
    match text(vector, "kind") {
        "length" => assert_eq!(padded_len(length), number(vector, "padded")),
        _ => {
            let came = cut(Zeroizing::new(bytes(vector, "content")), length);
            let Some(out) = expected(vector, came, |_| "bad-padding") else { return };
            assert_eq!(*out, bytes(vector, "out"));
        }
    }
}

fn phrase(vector: &Value) {
    let phrase = Phrase::derive(&link(vector), &array(vector, "request_hash"));
    assert_eq!(phrase.to_string(), text(vector, "words"));
}

vectors! { sealing, "sealed.json", super::sealed;
    good empty empty_ctx two_blocks long other_key other_label other_ctx longer_ctx changed_version
    changed_nonce changed_body changed_tag one_byte_less one_byte_more too_short nothing label_request
    label_note label_next label_draft label_epoch label_entry label_share label_person_keys label_person
    label_grant label_request_wrap label_box label_remark label_relay label_credential
}
vectors! { lengths, "padding.json", super::padding;
    length_0 length_1 length_37 length_4095 length_4096 length_4097 length_4352 length_4353 length_5000
    length_8191 length_8192 length_8193 length_65535 length_65536 length_65537 length_1000000 length_1048577
    length_10485760 length_33554433 length_99999999 length_100663295 length_100663296 cut cut_nothing
    cut_keeps_zeros_inside cut_last_byte_not_zero cut_first_byte_not_zero cut_length_too_large
}
vectors! { phrases, "phrase.json", super::phrase;
    one other_request other_link zero_hash
}
