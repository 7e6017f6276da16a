//! `manifest.json`, `card.json`: what is inside the age files.

use crate::fixed::file;
use serde_json::{Value, json};

pub(crate) fn files() -> Vec<(&'static str, Value)> {
    vec![
        (
            "manifest.json",
            file(
                "text: a manifest's JSON, before its zeros. expect: ok, malformed, newer-version or inconsistent",
                "FORMATS 4; field table in crates/seal/README.md",
                manifests(),
            ),
        ),
        (
            "card.json",
            file(
                "text: a card's JSON. expect: ok (then masked), malformed, number or expiry. There is no security code",
                "FORMATS 4; ISO/IEC 7812-1 annex B",
                cards(),
            ),
        ),
    ]
}

fn manifests() -> Vec<Value> {
    let item = json!({
        "part": "01010101010101010101010101010101", "slot": 0, "name": "passport.jpg", "type": "image/jpeg",
        "length": 1_234_567, "preview": "", "covers": ["metadata", "areas", "watermark"],
    });
    let card = json!({
        "part": "02020202020202020202020202020202", "slot": 1, "name": "", "type": "application/vnd.cloakroom.card+json",
        "length": 74, "preview": "411111\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}1111", "covers": [],
    });
    let text = |class: &str, items: &[Value]| json!({"v": 1, "class": class, "items": items}).to_string();
    let with = |field: &str, value: Value| {
        let mut changed = item.clone();
        changed[field] = value;
        text("identity", &[changed])
    };
    let cases = [
        ("identity", "ok", text("identity", std::slice::from_ref(&item))),
        ("payment", "ok", text("payment", std::slice::from_ref(&card))),
        ("two_items", "ok", text("general", &[item.clone(), card])),
        (
            "name_in_any_script",
            "ok",
            with("name", json!("\u{43f}\u{430}\u{441}\u{43f}\u{43e}\u{440}\u{442}.jpg")),
        ),
        ("largest", "ok", with("length", json!(100_663_296))),
        (
            "by_agent",
            "ok",
            json!({"v": 1, "class": "identity", "items": [item.clone()], "by_agent": true}).to_string(),
        ),
        (
            "by_whom",
            "malformed",
            json!({"v": 1, "class": "identity", "items": [item.clone()], "by_agent": "Ana"}).to_string(),
        ),
        ("no_items", "inconsistent", text("identity", &[])),
        ("part_twice", "inconsistent", text("identity", &[item.clone(), item.clone()])),
        ("slot_255", "inconsistent", with("slot", json!(255))),
        ("empty_item", "inconsistent", with("length", json!(0))),
        ("too_large", "inconsistent", with("length", json!(100_663_297))),
        ("name_too_long", "inconsistent", with("name", json!("x".repeat(256)))),
        ("control_character_in_name", "inconsistent", with("name", json!("a\u{1b}[2Jb"))),
        ("whole_card_number_in_preview", "inconsistent", with("preview", json!("4111 1111 1111 1111"))),
        ("unknown_field", "malformed", with("hash", json!("00"))),
        ("unknown_cover", "malformed", with("covers", json!(["hat"]))),
        ("unknown_class", "malformed", text("secret", std::slice::from_ref(&item))),
        ("part_in_capitals", "malformed", with("part", json!("0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A"))),
        ("negative_length", "malformed", with("length", json!(-1))),
        ("field_missing", "malformed", "{\"v\":1,\"class\":\"identity\"}".to_owned()),
        ("field_twice", "malformed", "{\"v\":1,\"v\":1,\"class\":\"identity\",\"items\":[]}".to_owned()),
        ("not_json", "malformed", "passport".to_owned()),
        ("nothing", "malformed", String::new()),
        ("newer", "newer-version", "{\"v\":2,\"class\":\"identity\",\"items\":[]}".to_owned()),
    ];
    let vector =
        |(name, expect, text): (&str, &str, String)| json!({ "name": name, "expect": expect, "text": text });
    cases.into_iter().map(vector).collect()
}

fn cards() -> Vec<Value> {
    let text = |number: &str, month: i32, year: i32| {
        format!("{{\"number\":\"{number}\",\"month\":{month},\"year\":{year},\"holder\":\"Ana Example\"}}")
    };
    let dots = |bin: &str, count: usize, last: &str| Some(format!("{bin}{}{last}", "\u{2022}".repeat(count)));
    let cases = [
        ("visa", "ok", text("4111111111111111", 12, 2030), dots("411111", 6, "1111")),
        ("mastercard", "ok", text("5555555555554444", 1, 2031), dots("555555", 6, "4444")),
        ("amex", "ok", text("378282246310005", 6, 2029), dots("378282", 5, "0005")),
        ("nineteen_digits", "ok", text("6304000000000000000", 6, 2029), dots("630400", 9, "0000")),
        ("wrong_digit", "number", text("4111111111111112", 12, 2030), None),
        ("two_digits_swapped", "number", text("4111111111111161", 12, 2030), None),
        ("eleven_digits", "number", text("41111111111", 12, 2030), None),
        ("twenty_digits", "number", text("41111111111111111111", 12, 2030), None),
        ("letters", "number", text("4111x11111111111", 12, 2030), None),
        ("no_number", "number", text("", 12, 2030), None),
        ("month_0", "expiry", text("4111111111111111", 0, 2030), None),
        ("month_13", "expiry", text("4111111111111111", 13, 2030), None),
        ("year_of_two_digits", "expiry", text("4111111111111111", 12, 30), None),
        (
            "security_code",
            "malformed",
            "{\"number\":\"4111111111111111\",\"month\":12,\"year\":2030,\"holder\":\"A\",\"cvc\":\"123\"}"
                .to_owned(),
            None,
        ),
        (
            "holder_missing",
            "malformed",
            "{\"number\":\"4111111111111111\",\"month\":12,\"year\":2030}".to_owned(),
            None,
        ),
        ("month_as_text", "malformed", text("4111111111111111", 12, 2030).replace(":12", ":\"12\""), None),
    ];
    let vector = |(name, expect, text, masked): (&str, &str, String, Option<String>)| json!({ "name": name, "expect": expect, "text": text, "masked": masked });
    cases.into_iter().map(vector).collect()
}
