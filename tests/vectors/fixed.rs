//! Inputs that never change.

use data_encoding::HEXLOWER;
use seal::{Link, Rng, rng::RngFailed};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use wire::sha256;
use zeroize::Zeroizing;

/// The secret of the link in most vectors.
pub(crate) const SECRET: [u8; 32] = *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";
/// The secret of another link.
pub(crate) const OTHER: [u8; 32] = [0x5c; 32];

pub(crate) fn link(secret: [u8; 32]) -> Link {
    Link::from_secret(Zeroizing::new(secret))
}

pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

pub(crate) fn file(about: &str, source: &str, vectors: Vec<Value>) -> Value {
    json!({ "about": about, "source": source, "vectors": vectors })
}

/// The nonce of something sealed.
pub(crate) fn nonce(sealed: &[u8]) -> String {
    hex(&sealed[1..13])
}

/// `bytes` with one bit changed.
pub(crate) fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

/// Randomness for vectors only: SHA-256 of a name and a counter.
pub(crate) struct Fixed {
    name: &'static str,
    count: AtomicU64,
}

impl Fixed {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, count: AtomicU64::new(0) }
    }
}

impl Rng for Fixed {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RngFailed> {
        for piece in dest.chunks_mut(32) {
            let count = self.count.fetch_add(1, Ordering::Relaxed);
            let block = sha256(&[self.name.as_bytes(), &count.to_be_bytes()].concat());
            piece.copy_from_slice(&block[..piece.len()]);
        }
        Ok(())
    }
}
