use crate::{
    codes,
    file::{expected, text, vectors},
};
use seal::{
    card::Card,
    manifest::{Manifest, ManifestError},
};
use serde_json::Value;

fn manifest(vector: &Value) {
    let mut padded = text(vector, "text").as_bytes().to_vec();
    padded.resize(padded.len() + 300, 0);
    let code = |error: &ManifestError| match error {
        ManifestError::Age(error) => codes::age(error),
        ManifestError::Json(error) => codes::json(error),
        ManifestError::Inconsistent => "inconsistent",
    };
    let Some(manifest) = expected(vector, Manifest::parse(&padded), code) else { return };
    let written: Value = serde_json::from_slice(&manifest.encode().unwrap()).unwrap();
    let given: Value = serde_json::from_str(text(vector, "text")).unwrap();
    assert_eq!(written, given);
}

fn card(vector: &Value) {
    let given = text(vector, "text");
    let Some(card) = expected(vector, Card::parse(given.as_bytes()), codes::card) else { return };
    assert_eq!(card.number.to_string(), text(vector, "masked"));
    assert_eq!(card.encode().unwrap().as_slice(), given.as_bytes());
}

vectors! { manifests, "manifest.json", super::manifest;
    identity payment two_items name_in_any_script largest by_agent by_whom no_items part_twice slot_255 empty_item too_large
    name_too_long control_character_in_name whole_card_number_in_preview unknown_field unknown_cover
    unknown_class part_in_capitals negative_length field_missing field_twice not_json nothing newer
}
vectors! { cards, "card.json", super::card;
    visa mastercard amex nineteen_digits wrong_digit two_digits_swapped eleven_digits twenty_digits letters
    no_number month_0 month_13 year_of_two_digits security_code holder_missing month_as_text
}
