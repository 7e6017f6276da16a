//! SHA-256 (FIPS 180-4) of chunks, parts and records.

use crate::public_bytes;
use ring::digest::{Context, SHA256, digest};

public_bytes! {
    /// What the chunks of one part hash to (FORMATS §4).
    PartDigest, 32
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    to_array(digest(&SHA256, bytes))
}

/// Collects a part's chunk hashes in order: `H("cloakroom/v1/part" ‖ 00 ‖ H(chunk 0) ‖ H(chunk 1) ‖ …)`.
#[derive(Clone)]
pub struct PartHasher(Context);

impl PartHasher {
    /// A part of which no chunk was seen yet.
    #[allow(clippy::new_without_default, reason = "a default part digest would say nothing")]
    pub fn new() -> Self {
        let mut context = Context::new(&SHA256);
        context.update(b"cloakroom/v1/part\0");
        Self(context)
    }

    /// Adds the next chunk by its SHA-256.
    pub fn chunk_hash(&mut self, hash: &[u8; 32]) {
        self.0.update(hash);
    }

    /// The digest over all chunks given.
    pub fn finish(self) -> PartDigest {
        PartDigest::from_bytes(to_array(self.0.finish()))
    }
}

/// The digest of a whole part that was cut into chunks of `chunk_size` bytes (the last may be shorter).
pub fn part_digest(part: &[u8], chunk_size: usize) -> PartDigest {
    let mut hasher = PartHasher::new();
    for chunk in part.chunks(chunk_size.max(1)) {
        hasher.chunk_hash(&sha256(chunk));
    }
    hasher.finish()
}

fn to_array(digest: ring::digest::Digest) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    out
}
