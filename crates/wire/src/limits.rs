//! Sizes in bytes and times in seconds that desk and relay hold each other to.

/// The longest sealed request.
pub const SEALED_REQUEST_MAX: usize = 64 * 1024;
/// Chunk size a relay announces unless told otherwise.
pub const CHUNK_DEFAULT: u32 = 256 * 1024;
/// The smallest chunk size a relay may announce.
pub const CHUNK_MIN: u32 = 64 * 1024;
/// The largest chunk size a relay may announce.
pub const CHUNK_MAX: u32 = 4 * 1024 * 1024;
/// Plaintext of the largest part, padding included.
pub const PART_PLAINTEXT_MAX: u64 = 100_663_296;
/// Parts in one submission, manifests among them.
pub const PARTS_MAX: u8 = 20;
/// How much a box holds that was never submitted, as a multiple of its limit.
pub const UNSUBMITTED_FACTOR: u64 = 3;
/// The longest sealed note.
pub const NOTE_MAX: usize = 4 * 1024;
/// The longest word with its MAC.
pub const WORD_MAX: usize = 1024;
/// Distinct words one box keeps.
pub const WORDS_MAX: u32 = 64;
/// The longest body of a webhook.
pub const HOOK_BODY_MAX: usize = 256 * 1024;
/// Webhooks that wait for one desk at most.
pub const DELIVERIES_MAX: u32 = 1000;
/// Bodies of one answer of deliveries together.
pub const DELIVERIES_BYTES: usize = 1024 * 1024;
/// Hooks one desk may have.
pub const HOOKS_MAX: u32 = 32;
/// How long a link works unless told otherwise: 7 days.
pub const LIFETIME_DEFAULT: u64 = 7 * 86_400;
/// How long a link may work at most: 90 days.
pub const LIFETIME_MAX: u64 = 90 * 86_400;
/// How long a share may be kept beyond the longest life of a link: more than a year, for a guarantee given far ahead.
pub const SHARE_TERM_MAX: u64 = 400 * 86_400;
/// A started upload has at least this long to finish.
pub const LEASE: u64 = 3_600;
/// A started upload moves the expiry by no more than this.
pub const LEASE_MAX: u64 = 86_400;
/// How long the status page answers after the end: 90 days.
pub const STATUS_AFTER_END: u64 = 90 * 86_400;

/// The age (C2SP) ciphertext length bound of a plaintext of `plaintext` bytes to one X25519 recipient: header,
/// nonce, and 16 bytes of tag for every 64 KiB. The header is bounded, not exact: a writer may add grease stanzas.
pub const fn age_ciphertext_max(plaintext: u64) -> u64 {
    const HEADER_MAX: u64 = 1024;
    const CHUNK: u64 = 64 * 1024;
    let chunks = if plaintext == 0 { 1 } else { plaintext.div_ceil(CHUNK) };
    HEADER_MAX + 16 + plaintext + 16 * chunks
}

/// The ciphertext length of the largest part.
pub const PART_MAX: u64 = age_ciphertext_max(PART_PLAINTEXT_MAX);
