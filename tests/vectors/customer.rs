//! `request.json`, `note.json`, `next.json`.

use crate::{
    fixed::{Fixed, OTHER, SECRET, file, flipped, hex, link, nonce},
    wrap::request_identity,
};
use seal::{
    Link,
    label::Label,
    note::{NextLink, Note, ProblemKind, RefusedWord, Says},
    request::Request,
    submission::Owner,
};
use serde_json::{Value, json};
use wire::{DataClass, api::Base64};
use zeroize::Zeroizing;

pub(crate) fn files() -> Vec<(&'static str, Value)> {
    vec![
        (
            "request.json",
            file(
                "sealed: the request as it lies at the relay, for the holder of secret; hash: its SHA-256; json: what was sealed, before its spaces. expect: what opening says: ok, refused, truncated, newer-version, malformed or inconsistent",
                "FORMATS 3",
                requests(),
            ),
        ),
        (
            "note.json",
            file(
                "notes: a series as the relay hands it out, for the holder of secret; json: what was sealed, before its spaces. expect: ok (then kinds), gap, double, refused, newer-version or malformed",
                "FORMATS 3",
                notes(),
            ),
        ),
        (
            "next.json",
            file(
                "A new link passed on through a note: sealed under derive(secret and owner, \"next\"), ctx the old box id; code: the new link's. expect: ok, refused or damaged",
                "FORMATS 4",
                nexts(),
            ),
        ),
    ]
}

/// A request for an identity document, a card and a line of text.
pub(crate) fn request() -> Value {
    json!({
        "v": 1, "company": "Example Hotels", "colour": "#2f6f4f", "agent": "Ana", "ticket": "#4821",
        "purpose": "To confirm your booking",
        "slots": [
            {"slot": 0, "kind": "document", "class": "identity", "label": "Passport or ID card",
             "media": ["image/jpeg", "image/png", "application/pdf"], "pages": 4, "cover": "offered", "watermark": true},
            {"slot": 1, "kind": "card", "class": "payment", "label": "Payment card", "brands": ["visa", "mastercard", "amex"]},
            {"slot": 2, "kind": "text", "class": "general", "label": "Arrival", "max": 200},
        ],
        "seen_by": ["Ana", "Bookings"],
        "retention": [
            {"class": "identity", "rule": "72 hours after the ticket is solved", "until": 1_792_592_000_u64},
            {"class": "payment", "rule": "as soon as it is charged", "until": 1_790_259_200_u64},
            {"class": "general", "rule": "72 hours after the ticket is solved", "until": 1_792_592_000_u64},
        ],
        "help": {"name": "Bookings", "phone": "+49 30 000000", "email": null, "web": "https://example.com/help"},
        "language": "en", "limits": {"bytes": 104_857_600, "parts": 20},
        "opened": 1_790_000_000_u64, "expires": 1_790_604_800_u64,
        "recipients": DataClass::ALL.map(recipient),
        "ledger_key": "cloakroom/desk/000102030405060708090a0b0c0d0e0f+1a2b3c4d+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh",
        "notice": {"version": "2026-01", "hash": hex(wire::sha256(b"the notice"))},
    })
}

fn recipient(class: DataClass) -> Value {
    json!({"class": class, "kind": "x25519", "recipient": request_identity(class).recipient().to_text()})
}

fn requests() -> Vec<Value> {
    let rng = Fixed::new("request");
    let text = |value: &Value| {
        let request: Request = serde_json::from_value(value.clone()).expect("a request");
        serde_json::to_string(&request).expect("has text")
    };
    let by_hand = |text: &str| {
        let mut padded = text.as_bytes().to_vec();
        padded.resize(padded.len().next_multiple_of(4096), b' ');
        let holder = link(SECRET);
        holder.request_seal().seal(&rng, Label::Request, holder.box_id().as_bytes(), &padded).expect("seals")
    };
    let vector = |name: &str, expect: &str, secret: [u8; 32], text: &str, sealed: &[u8]| {
        json!({
            "name": name, "expect": expect, "secret": hex(secret), "box_id": link(secret).box_id().to_string(),
            "nonce": nonce(sealed), "json": text, "sealed": hex(sealed), "hash": hex(wire::sha256(sealed)),
        })
    };
    let changed = |pointer: &str, to: Value| {
        let mut value = request();
        *value.pointer_mut(pointer).expect("a field of the request") = to;
        value.to_string()
    };
    let good = text(&request());
    let sealed = by_hand(&good);
    let mut long = request();
    long["purpose"] = "To confirm your booking. ".repeat(100).into();
    let mut more = request();
    more["from_a_later_version"] = json!({"anything": [1, 2]});
    let unknown = more.to_string();
    let broken = [
        ("slot_twice", changed("/slots/1/slot", json!(0))),
        ("slot_255", changed("/slots/1/slot", json!(255))),
        ("class_without_recipient", changed("/recipients/0/class", json!("payment"))),
        ("recipient_missing", changed("/recipients", json!([]))),
    ];
    let malformed = [
        ("not_json", "{\"v\":1".to_owned()),
        ("unknown_class", changed("/slots/0/class", json!("secret"))),
        ("unknown_slot_kind", changed("/slots/0/kind", json!("photo"))),
        ("not_a_recipient", changed("/recipients/0/recipient", json!("age1nobody"))),
        ("not_a_colour", changed("/colour", json!("green"))),
    ];
    let mut vectors = vec![
        vector("good", "ok", SECRET, &good, &sealed),
        vector("two_units", "ok", SECRET, &text(&long), &by_hand(&text(&long))),
        vector("unknown_field_is_passed_over", "ok", SECRET, &unknown, &by_hand(&unknown)),
        vector("another_link", "refused", OTHER, &good, &sealed),
        vector("changed", "refused", SECRET, &good, &flipped(&sealed, 2000)),
        vector("cut", "refused", SECRET, &good, &sealed[..4000]),
        vector("cut_short", "truncated", SECRET, &good, &sealed[..20]),
        vector("newer_seal", "newer-version", SECRET, &good, &[&[2], &sealed[1..]].concat()),
    ];
    let newer = changed("/v", json!(2));
    vectors.push(vector("newer_document", "newer-version", SECRET, &newer, &by_hand(&newer)));
    vectors
        .extend(broken.iter().map(|(name, text)| vector(name, "inconsistent", SECRET, text, &by_hand(text))));
    vectors
        .extend(malformed.iter().map(|(name, text)| vector(name, "malformed", SECRET, text, &by_hand(text))));
    vectors
}

fn notes() -> Vec<Value> {
    let rng = Fixed::new("note");
    let holder = link(SECRET);
    let at = 1_790_000_000;
    let seal = |seq: u32, says: Says| {
        let note = Note { v: Default::default(), at: at + u64::from(seq), says };
        let sealed = note.seal(&rng, &holder.status_seal(), holder.box_id(), seq).expect("seals");
        (seq, serde_json::to_string(&note).expect("has text"), sealed)
    };
    let everything = [
        Says::Received { reference: "CR-7F3K-9Q2M".to_owned() },
        Says::Opened { class: DataClass::Identity, reason: "check-in".to_owned() },
        Says::Closing { due: at + 259_200 },
        Says::Reopened {},
        Says::Held { until: at + 600_000 },
        Says::Extended { class: DataClass::Payment, until: at + 900_000 },
        Says::Refused { word: RefusedWord::TakeBack },
        Says::Problem { code: ProblemKind::Damaged },
        Says::Replaced { next: Base64(vec![1, 2, 3]) },
        Says::Revoked {},
        Says::Deleted {
            classes: vec![DataClass::Identity, DataClass::Payment],
            certificate: "0f1e2d3c".to_owned(),
            method: "P".to_owned(),
            checkpoint: Some("cloakroom/desk/00\n7\nAAAA\n\n— cloakroom/desk/00 AAAA\n".to_owned()),
        },
    ];
    let all: Vec<_> = (0..).zip(everything).map(|(seq, says)| seal(seq, says)).collect();
    let deleted = |certificate: &str| Says::Deleted {
        classes: vec![DataClass::Payment],
        certificate: certificate.to_owned(),
        method: "B".to_owned(),
        checkpoint: None,
    };
    let by_hand = |seq: u32, text: &str| {
        let mut padded = text.as_bytes().to_vec();
        padded.resize(padded.len().next_multiple_of(1024), b' ');
        let ctx = [holder.box_id().as_bytes().as_slice(), &seq.to_be_bytes()].concat();
        let sealed = holder.status_seal().seal(&rng, Label::Note, &ctx, &padded).expect("seals");
        (seq, text.to_owned(), sealed)
    };
    let next = || NextLink::new(link(OTHER).url("https://drop.example.com"));
    let around = [
        Says::AskedAgain { reason: Some("blurry".to_owned()), slots: vec![0, 1], next: next() },
        Says::AskedAgain { reason: None, slots: vec![2], next: next() },
        Says::Taken {
            classes: vec![DataClass::Payment],
            reference: "7F3K9Q2M".to_owned(),
            apart: true,
            until: at + 259_200,
        },
        Says::TakenDeleted { classes: vec![DataClass::Payment], certificate: "CR-0F1E2D3C".to_owned() },
        Says::Offered { class: DataClass::Identity, until: at + 900_000 },
    ];
    let around: Vec<_> = (0..).zip(around).map(|(seq, says)| seal(seq, says)).collect();
    let renumbered = |(_, text, sealed): &Sealed, seq: u32| (seq, text.clone(), sealed.clone());
    let [zero, one, two] = [all[0].clone(), all[1].clone(), all[2].clone()];
    let changed = (1, one.1.clone(), flipped(&one.2, 100));
    vec![
        series("none", "ok", SECRET, &[]),
        series("one", "ok", SECRET, &all[..1]),
        series("every_kind", "ok", SECRET, &all),
        series("deleted_without_checkpoint", "ok", SECRET, &[seal(0, deleted("0f1e2d3c"))]),
        series("two_units", "ok", SECRET, &[seal(0, deleted(&"0f1e2d3c".repeat(150)))]),
        series(
            "unknown_kind",
            "ok",
            SECRET,
            &[by_hand(0, "{\"v\":1,\"at\":1790000000,\"kind\":\"later\",\"x\":1}")],
        ),
        series(
            "unknown_field",
            "ok",
            SECRET,
            &[by_hand(0, "{\"v\":1,\"at\":1790000000,\"kind\":\"closing\",\"due\":1790000009,\"x\":1}")],
        ),
        series("gap", "gap", SECRET, &[zero.clone(), two.clone()]),
        series("first_missing", "gap", SECRET, std::slice::from_ref(&one)),
        series("double", "double", SECRET, &[zero.clone(), one.clone(), one.clone()]),
        series("out_of_order", "gap", SECRET, &[one.clone(), zero.clone()]),
        series("renumbered", "refused", SECRET, &[zero.clone(), renumbered(&two, 1)]),
        series("repeated_under_next_number", "refused", SECRET, &[zero.clone(), renumbered(&zero, 1)]),
        series("changed", "refused", SECRET, &[zero.clone(), changed]),
        series("another_box", "refused", OTHER, &all[..1]),
        series("not_json", "malformed", SECRET, &[by_hand(0, "deleted")]),
        series("around_a_request", "ok", SECRET, &around),
        series(
            "field_missing",
            "malformed",
            SECRET,
            &[by_hand(0, "{\"v\":1,\"at\":1790000000,\"kind\":\"closing\"}")],
        ),
    ]
}

type Sealed = (u32, String, Vec<u8>);

fn series(name: &str, expect: &str, secret: [u8; 32], notes: &[Sealed]) -> Value {
    let note = |(seq, text, sealed): &Sealed| json!({ "seq": seq, "nonce": nonce(sealed), "json": text, "sealed": hex(sealed) });
    let kind = |(_, text, _): &Sealed| {
        let kind = serde_json::from_str::<Value>(text).ok()?["kind"].as_str()?.to_owned();
        Some(if kind == "later" { "other".to_owned() } else { kind })
    };
    json!({
        "name": name, "expect": expect, "secret": hex(secret), "box_id": link(secret).box_id().to_string(),
        "notes": notes.iter().map(note).collect::<Vec<_>>(),
        "kinds": (expect == "ok").then(|| notes.iter().map(kind).collect::<Vec<_>>()),
    })
}

fn nexts() -> Vec<Value> {
    let rng = Fixed::new("next");
    let owner = |byte| Owner::from_bytes(Zeroizing::new([byte; 32]));
    let old: Link = link(SECRET);
    let sealed = seal::next::seal(&rng, &old, &owner(0x77), &link(OTHER)).expect("seals");
    let key = seal::derive::derive_key(&[SECRET, [0x77; 32]].concat(), seal::label::Derive::Next);
    let no_link = key.seal(&rng, Label::Next, old.box_id().as_bytes(), b"no link").expect("seals");
    let vector = |name: &str, expect: &str, secret: [u8; 32], owner: u8, sealed: &[u8]| {
        json!({
            "name": name, "expect": expect, "secret": hex(secret), "box_id": link(secret).box_id().to_string(),
            "owner": hex([owner; 32]), "nonce": nonce(sealed), "sealed": hex(sealed),
            "code": (expect == "ok").then(|| link(OTHER).encode().to_string()),
        })
    };
    vec![
        vector("good", "ok", SECRET, 0x77, &sealed),
        vector("other_owner", "refused", SECRET, 0x78, &sealed),
        vector("other_link", "refused", OTHER, 0x77, &sealed),
        vector("changed", "refused", SECRET, 0x77, &flipped(&sealed, 30)),
        vector("not_a_link", "damaged", SECRET, 0x77, &no_link),
    ]
}
