//! `wrap.json`: age files. Making one is random, so a file that is there and still opens is kept.

use crate::fixed::{Fixed, OTHER, SECRET, file, flipped, hex, link};
use data_encoding::HEXLOWER;
use seal::{
    ClassIdentity, PersonIdentity, RecoveryIdentity, RequestIdentity, agefile,
    derive::derive_key,
    grant,
    identity::{Identity, Role},
    label::{Derive, Label},
    share, wrap,
};
use serde_json::{Value, json};
use wire::{DataClass, RelayShare};

/// A share that a relay keeps.
const SHARE: [u8; 32] = [0xa7; 32];

pub(crate) fn files(present: &Value) -> Vec<(&'static str, Value)> {
    let about = "age: an age file, opened with identity. kind request_wrap: out is the request identity's text; grant: the class identity's; link: the link's code; item: `length` true bytes in hex, the rest zeros. share, box_id, class: what a request_wrap of kind 1 is opened with; sealed: its body. expect: ok, no-match, forged, payload, header, needs-share, newer-kind, not-a-key, bad-padding, truncated or refused";
    vec![("wrap.json", file(about, "FORMATS 2, 4, 6, 7; C2SP age", Kept(present).vectors()))]
}

/// The request identity of the vectors, one for each class.
pub(crate) fn request_identity(class: wire::DataClass) -> RequestIdentity {
    let name = match class {
        wire::DataClass::Identity => "request identity 1",
        wire::DataClass::Payment => "request identity 2",
        wire::DataClass::General => "request identity 3",
    };
    RequestIdentity::make(&Fixed::new(name)).expect("counts")
}

struct Kept<'a>(&'a Value);

impl Kept<'_> {
    fn vectors(&self) -> Vec<Value> {
        let request = request_identity(wire::DataClass::Identity);
        let class = ClassIdentity::make(&Fixed::new("class identity")).expect("counts");
        let other_class = ClassIdentity::make(&Fixed::new("other class identity")).expect("counts");
        let person = PersonIdentity::make(&Fixed::new("person identity")).expect("counts");
        let recovery = RecoveryIdentity::make(&Fixed::new("recovery identity")).expect("counts");

        let plain = [&[0], request.to_text().as_bytes()].concat();
        let wrapped = self.age("request_wrap", &class, &plain, || wrap::seal(&request, &class.recipient()));
        let kind = |name: &str, content: &[u8]| {
            self.age(name, &class, content, || agefile::seal(&[&class.recipient()], content))
        };
        let needed = kind("share_needed", &[&[1], [7; 103].as_slice()].concat());
        let newer = kind("kind_of_a_newer_version", &[&[2], [7; 103].as_slice()].concat());
        let nothing = kind("empty_wrap", &[]);
        let no_key = kind("not_a_key", &[&[0], b"AGE-SECRET-KEY-1".as_slice()].concat());
        let place = link(SECRET).box_id();
        let share = RelayShare::from_bytes(SHARE);
        let kept = share::seal(&Fixed::new("share"), &share, place, DataClass::Identity, &request);
        let kept = kept.expect("seals");
        let under_share = kind("shared", &[&[1], kept.as_slice()].concat());
        let cut = kind("shared_cut", &[1, 1, 2, 3]);
        let no_text = derive_key(&SHARE, Derive::Share)
            .seal(
                &Fixed::new("no key"),
                Label::Share,
                &[place.as_bytes().as_slice(), &[1]].concat(),
                b"no key",
            )
            .expect("seals");
        let no_text = kind("shared_not_a_key", &[&[1], no_text.as_slice()].concat());
        let text = class.to_text();
        let granted =
            self.age("grant", &person, text.as_bytes(), || grant::seal(&class, &person.recipient()));
        let saved = self.age("grant_to_recovery", &recovery, text.as_bytes(), || {
            grant::seal(&class, &recovery.recipient())
        });
        let code = link(SECRET).encode();
        let kept_link = self.age("link", &request, code.as_bytes(), || {
            let general = request_identity(wire::DataClass::General).recipient();
            link(SECRET).seal_to(&[&general, &request.recipient()])
        });
        let content: Vec<u8> = (0..5000_u16).map(|at| at.to_be_bytes()[1]).collect();
        let padded = [content.as_slice(), &[0; 120]].concat();
        let item = self.age("item", &request, &padded, || agefile::seal_item(&request.recipient(), &content));
        let dirty = [content.as_slice(), &[0, 0, 1]].concat();
        let dirty_item = self.age("item_padding_not_zero", &request, &dirty, || {
            agefile::seal(&[&request.recipient()], &dirty)
        });

        let wraps = |name: &str, expect: &str, identity: &ClassIdentity, age: &[u8]| {
            let out = (expect == "ok").then(|| request.to_text().to_string());
            vector(name, "request_wrap", expect, identity, age, out)
        };
        let items = |name: &str, expect: &str, age: &[u8], length: usize| {
            let out = (expect == "ok").then(|| hex(&content[..length]));
            let mut vector = vector(name, "item", expect, &request, age, out);
            vector["length"] = length.into();
            vector
        };
        let shared = |name: &str, expect: &str, age: &[u8], share: [u8; 32], secret, class_number: u8| {
            let mut vector = wraps(name, expect, &class, age);
            vector["share"] = hex(share).into();
            vector["box_id"] = link(secret).box_id().to_string().into();
            vector["class"] = class_number.into();
            vector["sealed"] = hex(&kept).into();
            vector
        };
        vec![
            wraps("request_wrap", "ok", &class, &wrapped),
            wraps("other_class", "no-match", &other_class, &wrapped),
            wraps("header_changed", "forged", &class, &mac_changed(&wrapped)),
            wraps("content_changed", "payload", &class, &flipped(&wrapped, wrapped.len() - 20)),
            wraps("content_cut", "payload", &class, &wrapped[..wrapped.len() - 1]),
            wraps("header_cut", "header", &class, &wrapped[..100]),
            wraps("not_age", "header", &class, b"not an age file"),
            wraps("share_needed", "needs-share", &class, &needed),
            wraps("kind_of_a_newer_version", "newer-kind", &class, &newer),
            wraps("empty_wrap", "not-a-key", &class, &nothing),
            wraps("not_a_key", "not-a-key", &class, &no_key),
            shared("shared", "ok", &under_share, SHARE, SECRET, 1),
            shared("shared_other_share", "refused", &under_share, OTHER, SECRET, 1),
            shared("shared_other_box", "refused", &under_share, SHARE, OTHER, 1),
            shared("shared_other_class", "refused", &under_share, SHARE, SECRET, 2),
            wraps("shared_without", "needs-share", &class, &under_share),
            shared("shared_cut", "truncated", &cut, SHARE, SECRET, 1),
            shared("shared_not_a_key", "not-a-key", &no_text, SHARE, SECRET, 1),
            vector("grant", "grant", "ok", &person, &granted, Some(text.to_string())),
            vector("grant_to_recovery", "grant", "ok", &recovery, &saved, Some(text.to_string())),
            vector("grant_to_somebody_else", "grant", "no-match", &recovery, &granted, None),
            vector("link", "link", "ok", &request, &kept_link, Some(code.to_string())),
            items("item", "ok", &item, 5000),
            items("item_length_too_small", "bad-padding", &item, 4990),
            items("item_length_too_large", "bad-padding", &item, 5121),
            items("item_padding_not_zero", "bad-padding", &dirty_item, 5000),
            items("item_cut", "payload", &item[..item.len() - 1], 5000),
        ]
    }

    /// The file of that name, if it opens to `content`; a fresh one otherwise.
    fn age<R: Role>(
        &self,
        name: &str,
        identity: &Identity<R>,
        content: &[u8],
        make: impl FnOnce() -> Result<Vec<u8>, seal::sealed::SealError>,
    ) -> Vec<u8> {
        let there =
            self.0["vectors"].as_array().and_then(|all| all.iter().find(|vector| vector["name"] == name));
        let bytes = there
            .and_then(|vector| vector["age"].as_str())
            .and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok())
            .filter(|bytes| agefile::open(identity, bytes).is_ok_and(|opened| *opened == content));
        bytes.unwrap_or_else(|| make().expect("seals"))
    }
}

fn vector<R: Role>(
    name: &str,
    kind: &str,
    expect: &str,
    identity: &Identity<R>,
    age: &[u8],
    out: Option<String>,
) -> Value {
    json!({
        "name": name, "kind": kind, "expect": expect, "identity": *identity.to_text(),
        "recipient": identity.recipient().to_text(), "age": hex(age), "out": out,
    })
}

/// The last letter of the header's MAC exchanged, so that it is well-formed and wrong.
fn mac_changed(age: &[u8]) -> Vec<u8> {
    let at = age.windows(5).position(|window| window == b"\n--- ").expect("a header") + 5;
    let mut changed = age.to_vec();
    changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
    changed
}
