//! Chance that a seed decides: the same seed throws the same.

use std::sync::{Mutex, PoisonError};

/// A row of throws (SplitMix64: Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The row of a seed and a purpose. Each purpose has a row of its own, so that one more throw here changes
    /// nothing there.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut dice = Self(seed);
        for byte in purpose.bytes() {
            dice.0 = dice.next() ^ u64::from(byte);
        }
        dice
    }

    /// The next throw.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `end`; 0 where that is nothing.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// An index of something with `length` places.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// Holds in so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them, none of none.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = self.index(from.len());
        from.get(index)
    }

    /// One of them, each as often as its weight says.
    pub(crate) fn weighed<T: Copy>(&mut self, from: &[(u64, T)]) -> Option<T> {
        let mut left = self.below(from.iter().map(|(weight, _)| weight).sum());
        for (weight, what) in from {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return Some(*what),
            }
        }
        None
    }

    /// Bytes.
    pub(crate) fn fill(&mut self, dest: &mut [u8]) {
        for piece in dest.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            piece.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        }
    }
}

/// A desk's randomness. Anyone can foresee it: a history protects nobody.
pub(crate) struct SeededRng(Mutex<Dice>);

impl SeededRng {
    /// The randomness of a seed and a purpose.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        Self(Mutex::new(Dice::new(seed, purpose)))
    }
}

impl seal::Rng for SeededRng {
    fn fill(&self, dest: &mut [u8]) -> Result<(), seal::rng::RngFailed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(dest);
        Ok(())
    }
}
