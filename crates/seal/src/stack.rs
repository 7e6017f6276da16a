//! ring does not wipe the keys it expands on the stack.

use std::hint::black_box;

/// Overwrites the part of the stack that the calls just made have used. To be called from the function that called
/// ring, so that both start at the same depth.
#[inline(never)]
pub(crate) fn wipe() {
    let mut used = [0_u8; 8 * 1024];
    black_box(&mut used);
}
