//! `sealed.json`, `padding.json`, `phrase.json`.

use crate::fixed::{Fixed, OTHER, SECRET, file, flipped, hex, link, nonce};
use seal::{label::Label, padding::padded_len, phrase::Phrase, sealed::SealKey};
use serde_json::{Value, json};
use zeroize::Zeroizing;

pub(crate) fn files() -> Vec<(&'static str, Value)> {
    vec![
        (
            "sealed.json",
            file(
                "sealed = 01, nonce, AES-256-GCM(key, nonce, plaintext, AAD aad); aad = \"cloakroom/v1/\", label, 00, ctx. expect: what opening `sealed` with key, label and ctx says: ok, truncated, newer-version or refused",
                "FORMATS 1; NIST SP 800-38D",
                sealed(),
            ),
        ),
        (
            "padding.json",
            file(
                "kind length: `padded` is the length in bytes that a plaintext of `length` bytes is brought to. kind cut: what reading `content` as `length` true bytes gives: ok with out, or bad-padding",
                "FORMATS 4; PURBs 4 (Padme)",
                padding(),
            ),
        ),
        (
            "phrase.json",
            file(
                "The five words of a link (secret) and the SHA-256 of a sealed request",
                "FORMATS 2; BIP 39 English",
                phrases(),
            ),
        ),
    ]
}

fn sealed() -> Vec<Value> {
    let rng = Fixed::new("sealed");
    let key = SealKey::from_bytes(Zeroizing::new(SECRET));
    let seal = |label, ctx: &[u8], plaintext: &[u8]| key.seal(&rng, label, ctx, plaintext).expect("seals");
    let vector = |name: &str,
                  expect: &str,
                  key: [u8; 32],
                  label: Label,
                  ctx: &[u8],
                  plaintext: &[u8],
                  sealed: &[u8]| {
        let aad = [b"cloakroom/v1/", label.text().as_bytes(), &[0], ctx].concat();
        json!({
            "name": name, "expect": expect, "key": hex(key), "label": label.text(), "ctx": hex(ctx), "aad": hex(aad),
            "nonce": (sealed.len() > 13).then(|| nonce(sealed)), "plaintext": hex(plaintext), "sealed": hex(sealed),
        })
    };
    let (ctx, text) = (b"sixteen bytes id".as_slice(), b"your coat, your token".as_slice());
    let good = seal(Label::Note, ctx, text);
    let mut vectors = vec![
        vector("good", "ok", SECRET, Label::Note, ctx, text, &good),
        vector("empty", "ok", SECRET, Label::Draft, ctx, b"", &seal(Label::Draft, ctx, b"")),
        vector("empty_ctx", "ok", SECRET, Label::Request, b"", text, &seal(Label::Request, b"", text)),
        vector("two_blocks", "ok", SECRET, Label::Box, ctx, &[7; 32], &seal(Label::Box, ctx, &[7; 32])),
        vector("long", "ok", SECRET, Label::Draft, ctx, &[9; 1000], &seal(Label::Draft, ctx, &[9; 1000])),
        vector("other_key", "refused", OTHER, Label::Note, ctx, text, &good),
        vector("other_label", "refused", SECRET, Label::Request, ctx, text, &good),
        vector("other_ctx", "refused", SECRET, Label::Note, b"sixteen bytes ie", text, &good),
        vector("longer_ctx", "refused", SECRET, Label::Note, b"sixteen bytes id\0", text, &good),
        vector(
            "changed_version",
            "newer-version",
            SECRET,
            Label::Note,
            ctx,
            text,
            &[&[2], &good[1..]].concat(),
        ),
        vector("changed_nonce", "refused", SECRET, Label::Note, ctx, text, &flipped(&good, 5)),
        vector("changed_body", "refused", SECRET, Label::Note, ctx, text, &flipped(&good, 20)),
        vector("changed_tag", "refused", SECRET, Label::Note, ctx, text, &flipped(&good, good.len() - 1)),
        vector("one_byte_less", "refused", SECRET, Label::Note, ctx, text, &good[..good.len() - 1]),
        vector("one_byte_more", "refused", SECRET, Label::Note, ctx, text, &[good.as_slice(), &[0]].concat()),
        vector("too_short", "truncated", SECRET, Label::Note, ctx, text, &good[..28]),
        vector("nothing", "truncated", SECRET, Label::Note, ctx, text, &[]),
    ];
    for label in Label::ALL {
        let name = format!("label_{}", label.text().replace('-', "_"));
        vectors.push(vector(&name, "ok", SECRET, label, ctx, text, &seal(label, ctx, text)));
    }
    vectors
}

fn padding() -> Vec<Value> {
    let lengths: [u64; 22] = [
        0,
        1,
        37,
        4095,
        4096,
        4097,
        4352,
        4353,
        5000,
        8191,
        8192,
        8193,
        65_535,
        65_536,
        65_537,
        1_000_000,
        1_048_577,
        10_485_760,
        33_554_433,
        99_999_999,
        100_663_295,
        100_663_296,
    ];
    let length = |length: u64| json!({ "name": format!("length_{length}"), "kind": "length", "expect": "ok", "length": length, "padded": padded_len(length) });
    let cut = |name: &str, expect: &str, content: &[u8], length: u64| {
        let out = (expect == "ok").then(|| hex(&content[..usize::try_from(length).expect("short")]));
        json!({ "name": name, "kind": "cut", "expect": expect, "content": hex(content), "length": length, "out": out })
    };
    let mut vectors: Vec<Value> = lengths.into_iter().map(length).collect();
    vectors.extend([
        cut("cut", "ok", b"abc\0\0\0", 3),
        cut("cut_nothing", "ok", b"abc", 3),
        cut("cut_keeps_zeros_inside", "ok", b"ab\0\0\0\0", 4),
        cut("cut_last_byte_not_zero", "bad-padding", b"abc\0\0\x01", 3),
        cut("cut_first_byte_not_zero", "bad-padding", b"abcd\0\0", 3),
        cut("cut_length_too_large", "bad-padding", b"abc\0", 5),
    ]);
    vectors
}

fn phrases() -> Vec<Value> {
    let vector = |name: &str, secret, hash: [u8; 32]| {
        let phrase = Phrase::derive(&link(secret), &hash);
        json!({ "name": name, "expect": "ok", "secret": hex(secret), "request_hash": hex(hash), "words": phrase.to_string() })
    };
    vec![
        vector("one", SECRET, wire::sha256(b"a sealed request")),
        vector("other_request", SECRET, wire::sha256(b"another sealed request")),
        vector("other_link", OTHER, wire::sha256(b"a sealed request")),
        vector("zero_hash", SECRET, [0; 32]),
    ]
}
