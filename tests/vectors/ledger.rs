//! Vectors of the ledger: `leaf.json`, `checkpoint.json`, `certificate.json`. Everything in them follows from the fixed
//! seeds and ids below.
#![allow(clippy::expect_used, reason = "a generator that cannot make a vector must stop")]

#[path = "ledger/certificate.rs"]
mod certificate;
#[path = "ledger/checkpoint.rs"]
mod checkpoint;
#[path = "ledger/leaf.rs"]
mod leaf;

use ::ledger::{
    Body, Class, ClassCount, Code, Epochs, Erasure, Id, LeafBytes, Outcome, PublicKey, SigningKey, TicketRef,
    VerifyingKey, What, Who,
};
use serde_json::{Value, json};

const VAULT: Id = Id::from_bytes([0xa1; 16]);
const PERSON: Id = Id::from_bytes([0xb2; 16]);
const BOX: Id = Id::from_bytes([0xc3; 16]);
const REQUEST: Id = Id::from_bytes([0xd4; 16]);
const PURGE: Id = Id::from_bytes([0xe5; 16]);
const ROWS: [Id; 3] = [Id::from_bytes([1; 16]), Id::from_bytes([2; 16]), Id::from_bytes([3; 16])];
const DESK_SEED: [u8; 32] = [0x11; 32];
const PERSON_SEED: [u8; 32] = [0x22; 32];
const OTHER_SEED: [u8; 32] = [0x33; 32];
const START: u64 = 1_790_000_000;

/// File names with what belongs in them.
pub(crate) fn files() -> Vec<(&'static str, Value)> {
    vec![
        (
            "leaf.json",
            json!({
                "about": "Ledger entries. leaf: the bytes; expect: ok or why not; hash: SHA-256(00 || leaf); \
                    what and v: what it says; signature: whether `person` signed it for `vault` (absent: \
                    unsigned)",
                "source": "FORMATS 7 and 8, RFC 6962 2.1",
                "vectors": leaf::leaves(),
            }),
        ),
        (
            "checkpoint.json",
            json!({
                "about": "Signed heads. vkey: whom to believe; leaves: the tree's leaves where given; expect: \
                    ok, or why the text does not verify by vkey; witness: a cosigner's vkey and when it \
                    saw the head",
                "source": "FORMATS 8, C2SP tlog-checkpoint, signed-note, tlog-cosignature",
                "vectors": checkpoint::checkpoints(),
            }),
        ),
        (
            "certificate.json",
            json!({
                "about": "Proofs of one purge. certificate: the file's bytes as text; key: the vkey it is \
                    checked with, or null; expect: ok, or why not; signer: given, unknown (with the \
                    fingerprint of the key inside) or unchecked",
                "source": "FORMATS 8, RFC 9162 2.1.3.2",
                "vectors": certificate::certificates(),
            }),
        ),
    ]
}

fn founded() -> What {
    What::Founded {
        vault: VAULT,
        desk_key: desk_key().to_string(),
        supervisor: PERSON,
        supervisor_key: SigningKey::from_seed(&PERSON_SEED).public().into(),
        recovery: "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj".to_owned(),
    }
}

fn intent(purge: Id) -> What {
    What::PurgeIntent {
        purge,
        ticket: ticket("#4821"),
        boxes: vec![BOX],
        classes: vec![
            ClassCount { class: Class::Identity, items: 2 },
            ClassCount { class: Class::Payment, items: 1 },
        ],
        rule: code("grace-over"),
        due: START - 60,
        rows: ROWS.to_vec(),
        epoch: Epochs { from: 5, to: 6 },
    }
}

fn destroyed(purge: Id, epoch: u64, dropped: u32) -> What {
    What::KeysDestroyed { purge, epoch, dropped, erasure: vec![Erasure::Overwritten] }
}

fn completed(purge: Id, relay_confirmed: bool, outcome: Outcome) -> What {
    What::PurgeCompleted { purge, bytes: 4_242_424, relay_confirmed, outcome, erasure: Vec::new() }
}

fn body(n: u8, what: What) -> Body {
    Body { n: Id::from_bytes([n; 16]), at: START + u64::from(n), who: Who::Person(PERSON), what }
}

fn bytes(n: u8, what: What) -> LeafBytes {
    body(n, what).leaf().expect("short")
}

fn text(leaf: &LeafBytes) -> String {
    String::from_utf8(leaf.as_bytes().to_vec()).expect("an entry is text")
}

fn desk_key() -> VerifyingKey {
    let public: PublicKey = SigningKey::from_seed(&DESK_SEED).public();
    VerifyingKey::new(VAULT, public)
}

fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

fn ticket(text: &str) -> TicketRef {
    text.parse().expect("a ticket reference")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
