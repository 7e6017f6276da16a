//! What ciphers and keys leave on the stack: neither ring nor age wipes there, and a value that is moved leaves its bytes
//! behind where it was.

use std::hint::black_box;

/// Deeper than any cipher goes.
const CIPHER: usize = 16 * 1024;
/// Deeper than anything of age or a decoder goes, also built without optimisation.
const WHOLE: usize = 256 * 1024;

/// Does `work`, then overwrites the part of the stack it used.
pub(crate) fn wiped<T>(work: impl FnOnce() -> T) -> T {
    let _after = Wipe::<CIPHER>;
    below(work)
}

/// Does `work` that handles keys or contents at any depth, then overwrites the part of the stack it used: 256 KiB, so the
/// thread needs as much. What it takes and what it returns is moved: both should hold no secret themselves, only own one.
pub fn wiped_whole<T>(work: impl FnOnce() -> T) -> T {
    let _after = Wipe::<WHOLE>;
    below(work)
}

/// Wipes when it goes, also when the work panicked.
struct Wipe<const DEPTH: usize>;

impl<const DEPTH: usize> Drop for Wipe<DEPTH> {
    // In the frame of whoever did the work: one deeper would begin below what is to be wiped.
    #[inline(always)]
    fn drop(&mut self) {
        wipe::<DEPTH>();
    }
}

/// A frame of its own, which starts where that of [`wipe`] will.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe<const DEPTH: usize>() {
    let mut used = [0_u8; DEPTH];
    black_box(&mut used);
}
