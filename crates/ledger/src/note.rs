//! The pieces of C2SP signed-note: key ids, verifier keys, signature lines.

use crate::key::PublicKey;
use crate::tree;
use data_encoding::{BASE64, HEXLOWER};

/// Signature type of Ed25519 over the note's text.
pub(crate) const ED25519: u8 = 1;
/// Signature type of a timestamped cosignature/v1 (C2SP tlog-cosignature).
pub(crate) const COSIGNATURE: u8 = 4;

/// `SHA-256(name ‖ LF ‖ type ‖ public key)[..4]`.
pub(crate) fn key_id(name: &str, kind: u8, public: &PublicKey) -> [u8; 4] {
    let hash = tree::sha256(&[name.as_bytes(), b"\n", &[kind], public.as_bytes()].concat());
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

/// `name+key id+base64(type ‖ public key)`.
pub(crate) fn vkey(name: &str, kind: u8, public: &PublicKey) -> String {
    let id = HEXLOWER.encode(&key_id(name, kind, public));
    let key = BASE64.encode(&[&[kind], public.as_bytes().as_slice()].concat());
    format!("{name}+{id}+{key}")
}

/// The name and key of a verifier key of that type, if its key id is right.
pub(crate) fn parse_vkey(text: &str, kind: u8) -> Option<(&str, PublicKey)> {
    let (name, rest) = text.split_once('+')?;
    // Base64 has plus signs of its own, so only the first two divide.
    let (_, key) = rest.split_once('+')?;
    let key = BASE64.decode(key.as_bytes()).ok()?;
    let (first, public) = key.split_first()?;
    let public = PublicKey::from_bytes(public.try_into().ok()?);
    (*first == kind && is_name(name) && vkey(name, kind, &public) == text).then_some((name, public))
}

/// A key name: not empty, no white space, no plus sign.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// One signature line, `— name base64(key id ‖ signature)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureLine {
    pub(crate) name: String,
    pub(crate) id: [u8; 4],
    pub(crate) signature: Vec<u8>,
}

impl SignatureLine {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (name, blob) = line.strip_prefix("— ")?.split_once(' ')?;
        let blob = BASE64.decode(blob.as_bytes()).ok()?;
        let (id, signature) = blob.split_first_chunk::<4>()?;
        let full = is_name(name) && !signature.is_empty();
        full.then(|| Self { name: name.to_owned(), id: *id, signature: signature.to_vec() })
    }

    /// With its LF.
    pub(crate) fn text(&self) -> String {
        let blob = BASE64.encode(&[&self.id, self.signature.as_slice()].concat());
        format!("— {} {blob}\n", self.name)
    }
}
