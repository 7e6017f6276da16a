//! The C2SP age vectors (npm package `cctv-age`, 143) through our own read path, buffered and streamed.
//!
//! | vectors | here |
//! |---|---|
//! | X25519 identity, or none, plain file | the result the suite expects, and exactly the plaintext it allows |
//! | armored | not applicable: everything is binary here; each is refused as no age file |
//! | passphrase | not applicable: nothing is sealed to a passphrase; each is refused, and no passphrase is asked for |
//! | post-quantum identity | not applicable yet: the identity itself is refused; the recipient's kind is data |
//!
//! There is no deviation. The crate `age` by itself has two: it takes a stanza without its final short line
//! (`stanza_missing_body`, `stanza_missing_final_line`); our read path refuses both before it asks `age`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use data_encoding::{BASE64, HEXLOWER};
use seal::{
    RequestIdentity, SystemRng,
    agefile::{self, AgeError},
};
use std::{collections::BTreeMap, fs, path::Path};
use wire::sha256;

const POST_QUANTUM: &str = "AGE-SECRET-KEY-PQ-";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    X25519,
    Armored,
    Passphrase,
    PostQuantum,
}

struct Vector {
    name: String,
    expect: String,
    payload: Option<String>,
    identities: Vec<String>,
    group: Group,
    age: Vec<u8>,
}

#[test]
fn the_suite_is_the_one_this_table_speaks_of() {
    let mut counts: BTreeMap<(Group, String), usize> = BTreeMap::new();
    vectors().into_iter().for_each(|vector| *counts.entry((vector.group, vector.expect)).or_default() += 1);
    let counted: Vec<(Group, &str, usize)> =
        counts.iter().map(|((group, expect), count)| (*group, expect.as_str(), *count)).collect();
    assert_eq!(
        counted,
        [
            (Group::X25519, "HMAC failure", 1),
            (Group::X25519, "header failure", 31),
            (Group::X25519, "no match", 3),
            (Group::X25519, "payload failure", 18),
            (Group::X25519, "success", 14),
            (Group::Armored, "armor failure", 22),
            (Group::Armored, "header failure", 2),
            (Group::Armored, "no match", 1),
            (Group::Armored, "payload failure", 1),
            (Group::Armored, "success", 7),
            (Group::Passphrase, "header failure", 20),
            (Group::Passphrase, "no match", 4),
            (Group::Passphrase, "success", 1),
            (Group::PostQuantum, "header failure", 9),
            (Group::PostQuantum, "no match", 5),
            (Group::PostQuantum, "success", 4),
        ]
    );
    assert_eq!(counts.values().sum::<usize>(), 143);
}

#[test]
fn streamed() {
    check(|identity, vector| {
        let mut released = Vec::new();
        let result = agefile::open_to(identity, vector.age.as_slice(), &mut released).map(drop);
        // What a stream released is the true beginning, no byte beyond what the suite allows.
        let hash = HEXLOWER.encode(&sha256(&released));
        match &vector.payload {
            Some(payload) if vector.group == Group::X25519 => assert_eq!(hash, *payload, "{}", vector.name),
            _ => assert!(released.is_empty(), "{}", vector.name),
        }
        result
    });
}

#[test]
fn buffered() {
    check(|identity, vector| {
        let opened = agefile::open(identity, &vector.age)?;
        let payload = Some(HEXLOWER.encode(&sha256(&opened)));
        assert!(payload == vector.payload, "{}", vector.name);
        Ok(())
    });
}

fn check(open: impl Fn(&RequestIdentity, &Vector) -> Result<(), AgeError>) {
    let nobody = || RequestIdentity::make(&SystemRng).unwrap();
    for vector in vectors() {
        let read: Vec<_> = vector.identities.iter().map(|text| RequestIdentity::from_text(text)).collect();
        let post_quantum = vector.identities.iter().filter(|text| text.starts_with(POST_QUANTUM)).count();
        assert_eq!(read.iter().filter(|read| read.is_err()).count(), post_quantum, "{}", vector.name);
        let identity = read.into_iter().find_map(Result::ok).unwrap_or_else(nobody);
        let said = result(open(&identity, &vector));
        match vector.group {
            Group::Armored => assert_eq!(said, "header failure", "{}", vector.name),
            // One of them names its stanza so that it is no passphrase's any more.
            Group::Passphrase => {
                assert!(said == "passphrase" || said == "header failure" || vector.name == "scrypt_uppercase")
            }
            Group::PostQuantum => {
                assert!(said == "no match" || said == "header failure", "{}: {said}", vector.name)
            }
            Group::X25519 => assert_eq!(said, vector.expect, "{}", vector.name),
        }
    }
}

/// In the suite's words.
fn result(came: Result<(), AgeError>) -> &'static str {
    match came {
        Ok(()) => "success",
        Err(AgeError::Header) => "header failure",
        Err(AgeError::Passphrase) => "passphrase",
        Err(AgeError::NoMatch) => "no match",
        Err(AgeError::Forged) => "HMAC failure",
        Err(AgeError::Payload) => "payload failure",
        Err(other) => panic!("{other}"),
    }
}

fn vectors() -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/cctv-age/index.js");
    let script = fs::read_to_string(path).expect("`npm ci` has installed cctv-age at the root");
    let files = script.split("// ../testdata/").skip(1);
    files.map(|file| Vector::parse(file).expect("the package is built as it was")).collect()
}

impl Vector {
    /// From `NAME`, a line feed, and `var … = __toBinary("BASE64")`.
    fn parse(file: &str) -> Option<Self> {
        let (name, rest) = file.split_once('\n')?;
        let base64 = rest.split_once("__toBinary(\"")?.1.split_once('"')?.0;
        let bytes = BASE64.decode(base64.as_bytes()).ok()?;
        let end = bytes.windows(2).position(|window| window == b"\n\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let all = |key: &str| -> Vec<String> {
            let field = |line: &str| line.strip_prefix(key)?.strip_prefix(": ").map(str::to_owned);
            head.lines().filter_map(field).collect()
        };
        let identities = all("identity");
        let group = if all("armored") == ["yes"] {
            Group::Armored
        } else if !all("passphrase").is_empty() {
            Group::Passphrase
        } else if identities.iter().any(|text| text.starts_with(POST_QUANTUM)) {
            Group::PostQuantum
        } else {
            Group::X25519
        };
        let age = match all("compressed").as_slice() {
            [] => bytes[end + 2..].to_vec(),
            _ => miniz_oxide::inflate::decompress_to_vec_zlib(&bytes[end + 2..]).ok()?,
        };
        let [expect] = all("expect").try_into().ok()?;
        Some(Self { name: name.to_owned(), expect, payload: all("payload").pop(), identities, group, age })
    }
}
