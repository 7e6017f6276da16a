//! Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", §4):
//! lengths leak O(log log n) bits, for at most 12 % more.

use zeroize::Zeroizing;

/// The shortest plaintext of an age file, in bytes.
pub const FLOOR: u64 = 4096;

/// Something other than zeros where only padding may be, or less than the length that was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content is not as long as its manifest says; ask the customer to send it again")]
pub struct BadPadding;

/// The padded length of `len` bytes: `max(4096, Padmé(len))`.
pub const fn padded_len(len: u64) -> u64 {
    let padded = padme(len);
    if padded < FLOOR { FLOOR } else { padded }
}

/// Cuts `padded` to `len`, and demands that only zeros are lost.
pub fn cut(mut padded: Zeroizing<Vec<u8>>, len: u64) -> Result<Zeroizing<Vec<u8>>, BadPadding> {
    let len = usize::try_from(len).map_err(|_| BadPadding)?;
    let tail = padded.get(len..).ok_or(BadPadding)?;
    if !only_zeros(tail) {
        return Err(BadPadding);
    }
    padded.truncate(len);
    Ok(padded)
}

pub(crate) fn only_zeros(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Rounds up so that the lowest bits, as many as the exponent has beyond its own length, are zero.
const fn padme(len: u64) -> u64 {
    if len < 2 {
        return len;
    }
    let exponent = len.ilog2();
    // Bits of the exponent itself; 1 for the exponent 1.
    let kept = exponent.ilog2() + 1;
    let mask = (1 << exponent.saturating_sub(kept)) - 1;
    match len.checked_add(mask) {
        Some(sum) => sum & !mask,
        None => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_largest_part_is_a_fixed_point() {
        assert_eq!(padded_len(wire::limits::PART_PLAINTEXT_MAX), wire::limits::PART_PLAINTEXT_MAX);
    }

    #[test]
    fn anything_but_zeros_after_the_end_is_refused() {
        let padded = |byte| Zeroizing::new([b"abc".as_slice(), &[0, 0, byte]].concat());
        assert_eq!(*cut(padded(0), 3).unwrap(), b"abc");
        assert_eq!(cut(padded(1), 3).unwrap_err(), BadPadding);
        assert_eq!(cut(padded(0), 7).unwrap_err(), BadPadding);
    }

    proptest! {
        #[test]
        fn grows_by_at_most_an_eighth(len in 4096_u64..=1 << 40) {
            let padded = padded_len(len);
            prop_assert!(padded >= len);
            prop_assert!(padded - len <= len / 8);
            prop_assert_eq!(padded_len(padded), padded);
        }
    }
}
