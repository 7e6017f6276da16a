//! ring does not wipe the keys it expands on the stack.

use std::hint::black_box;

/// Does `work`, then overwrites the part of the stack it used.
pub(crate) fn wiped<T>(work: impl FnOnce() -> T) -> T {
    let out = below(work);
    wipe();
    out
}

/// A frame of its own, which starts where that of [`wipe`] will.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe() {
    let mut used = [0_u8; 16 * 1024];
    black_box(&mut used);
}
