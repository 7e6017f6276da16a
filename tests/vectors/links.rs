//! `links.json`, `derive.json`.

use crate::fixed::{OTHER, SECRET, file, hex, link};
use seal::{derive::derive, label::Derive};
use serde_json::{Value, json};

pub(crate) fn files() -> Vec<(&'static str, Value)> {
    vec![
        (
            "links.json",
            file(
                "text: what was pasted; expect: ok or damaged; secret, code, url (at https://drop.example.com) and box_id of what was read",
                "FORMATS 2",
                links(),
            ),
        ),
        (
            "derive.json",
            file(
                "out = HKDF-SHA-256(ikm, empty salt, info), of `length` bytes. info is \"cloakroom/v1/\" and the label; for phrase the 32 raw bytes of hash follow; for next the ikm is secret and owner",
                "FORMATS 1, 2, 4 to 6; RFC 5869",
                derived(),
            ),
        ),
    ]
}

fn links() -> Vec<Value> {
    let code = link(SECRET).encode().to_string();
    let other = link(OTHER).encode().to_string();
    let url = link(SECRET).url("https://drop.example.com").to_string();
    let good = [
        ("good", code.clone()),
        ("good_other", other.clone()),
        ("whole_url", url.clone()),
        ("whole_url_with_path", format!("https://drop.example.com/start/#{code}")),
        ("fragment_mark", format!("#{code}")),
        ("percent_23", format!("%23{code}")),
        ("percent_23_in_url", url.replace('#', "%23")),
        ("percent_2523_in_url", url.replace('#', "%2523")),
        ("percent_23_after_mark", format!("https://drop.example.com/#%23{code}")),
        ("trailing_full_stop", format!("{url}.")),
        ("trailing_comma", format!("{code},")),
        ("trailing_bracket", format!("({url})")),
        ("angle_brackets", format!("<{url}>")),
        ("quotes", format!("\"{code}\"")),
        ("curly_quotes", format!("\u{201c}{code}\u{201d}")),
        ("several_signs", format!("{code}?!...")),
        ("white_space_around", format!(" \t{code} \r\n")),
        ("no_break_space", format!("\u{a0}{code}\u{a0}")),
        ("zero_width_space", format!("\u{200b}{code}\u{200b}")),
        ("byte_order_mark", format!("\u{feff}{url}")),
        ("percent_20_after", format!("{url}%20")),
        ("query_after", format!("{url}?utm_source=mail")),
        ("words_after", format!("{url} is your link, thank you")),
        ("words_before", format!("Your link: {url}")),
    ];
    let good = good.map(|(name, text)| {
        let secret = if text.contains(&code) { SECRET } else { OTHER };
        let read = link(secret);
        json!({
            "name": name, "text": text, "expect": "ok", "secret": hex(secret), "code": *read.encode(),
            "url": *read.url("https://drop.example.com"), "box_id": read.box_id().to_string(),
        })
    });
    let bad = [
        ("empty", String::new()),
        ("only_a_mark", "https://drop.example.com/#".to_owned()),
        ("no_fragment", "https://drop.example.com/".to_owned()),
        ("wrong_checksum", base58_of(&SECRET, 1, 1)),
        ("one_character_changed", changed(&code, 20)),
        ("first_character_changed", changed(&code, 0)),
        ("last_character_missing", code[..code.len() - 1].to_owned()),
        ("first_character_missing", code[1..].to_owned()),
        ("cut_in_half", code[..code.len() / 2].to_owned()),
        ("one_character_more", format!("{code}z")),
        ("two_swapped", swapped(&code, 7)),
        ("case_lost", code.to_lowercase()),
        ("zero_inside", format!("{}0{}", &code[..9], &code[10..])),
        ("white_space_inside", format!("{} {}", &code[..9], &code[9..])),
        ("version_2", base58_of(&SECRET, 2, 0)),
        ("thirty_six_bytes", base58_of(&SECRET[1..], 1, 0)),
        ("thirty_eight_bytes", base58_of(&[SECRET.as_slice(), &[7]].concat(), 1, 0)),
        ("leading_ones", format!("11{code}")),
        ("far_too_long", code.repeat(40)),
        ("not_ascii", "\u{1f511}\u{1f9e5}".to_owned()),
    ];
    let bad = bad.map(|(name, text)| json!({ "name": name, "text": text, "expect": "damaged" }));
    good.into_iter().chain(bad).collect()
}

/// A code of other bytes, its checksum off by `wrong`.
fn base58_of(secret: &[u8], version: u8, wrong: u8) -> String {
    let body = [&[version], secret].concat();
    let mut sum = wire::sha256(&wire::sha256(&body));
    sum[3] ^= wrong;
    bs58::encode([body.as_slice(), &sum[..4]].concat()).into_string()
}

fn changed(code: &str, at: usize) -> String {
    let with = if &code[at..=at] == "Q" { "R" } else { "Q" };
    format!("{}{with}{}", &code[..at], &code[at + 1..])
}

/// Two neighbours that differ, swapped.
fn swapped(code: &str, at: usize) -> String {
    assert_ne!(code[at..=at], code[at + 1..=at + 1]);
    format!("{}{}{}{}", &code[..at], &code[at + 1..=at + 1], &code[at..=at], &code[at + 2..])
}

fn derived() -> Vec<Value> {
    let hash = wire::sha256(b"a sealed request");
    let with_owner = [SECRET, OTHER].concat();
    let cases: [(&str, &[u8], Derive<'_>, usize); 14] = [
        ("box-id", &SECRET, Derive::BoxId, 16),
        ("upload-token", &SECRET, Derive::UploadToken, 32),
        ("request-seal", &SECRET, Derive::RequestSeal, 32),
        ("submission-mac", &SECRET, Derive::SubmissionMac, 32),
        ("voice", &SECRET, Derive::Voice, 32),
        ("status-seal", &SECRET, Derive::StatusSeal, 32),
        ("draft-seal", &SECRET, Derive::DraftSeal, 32),
        ("phrase", &SECRET, Derive::Phrase(&hash), 32),
        ("next", &with_owner, Derive::Next, 32),
        ("share", &OTHER, Derive::Share, 32),
        ("person-keys", &OTHER, Derive::PersonKeys, 32),
        ("device", &OTHER, Derive::Device, 32),
        ("database", &OTHER, Derive::Database, 32),
        ("signing", &OTHER, Derive::Signing, 32),
    ];
    let vector = |(label, ikm, what, length): (&str, &[u8], Derive<'_>, usize)| {
        let is_phrase = label == "phrase";
        let after: &[u8] = if is_phrase { &hash } else { &[] };
        let info = [b"cloakroom/v1/".as_slice(), label.as_bytes(), after].concat();
        json!({
            "name": label.replace('-', "_"), "expect": "ok", "ikm": hex(ikm), "label": label, "info": hex(info),
            "hash": is_phrase.then(|| hex(hash)), "length": length, "out": hex(&derive::<32>(ikm, what)[..length]),
        })
    };
    cases.into_iter().map(vector).collect()
}
