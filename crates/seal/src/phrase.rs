//! Five words by which customer and agent tell a genuine request (FORMATS §2).

use crate::{derive::derive, english::WORDS, label::Derive, link::Link};

/// Five words of the BIP 39 English list: 55 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phrase([&'static str; 5]);

impl Phrase {
    /// The phrase of a link and the sealed request that the customer sees, named by its SHA-256.
    pub fn derive(link: &Link, request_hash: &[u8; 32]) -> Self {
        let bytes = derive::<32>(link.expose(), Derive::Phrase(request_hash));
        let bits = bytes.iter().take(7).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte)) >> 1;
        // 55 bits: the first word is the highest eleven.
        let word = |at: u32| {
            let number = (bits >> (11 * (4 - at))) & 0x7FF;
            usize::try_from(number).ok().and_then(|number| WORDS.get(number)).copied().unwrap_or_default()
        };
        Self([word(0), word(1), word(2), word(3), word(4)])
    }

    /// The words, in order.
    pub const fn words(&self) -> &[&'static str; 5] {
        &self.0
    }
}

impl std::fmt::Display for Phrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}
