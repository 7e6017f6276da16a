use crate::Unviewable;

/// How large a picture may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest side, in pixels.
    pub side: u32,
    /// Width times height.
    pub pixels: u64,
    /// What decoding may hold at once, in bytes, by what the header announces.
    pub memory: u64,
}

impl Default for Limits {
    /// 16,384 pixels a side, 50 million in all, 768 MiB: what a phone's camera makes fits several times over.
    fn default() -> Self {
        Self { side: 16_384, pixels: 50_000_000, memory: 768 << 20 }
    }
}

impl Limits {
    /// Checks what a header announces. `working` is what decoding holds for each pixel, in bytes.
    pub(crate) fn check(&self, width: u32, height: u32, working: u64) -> Result<(), Unviewable> {
        if width == 0 || height == 0 {
            return Err(Unviewable::Damaged);
        }
        let pixels = u64::from(width) * u64::from(height);
        let fits = width <= self.side
            && height <= self.side
            && pixels <= self.pixels
            && pixels.saturating_mul(working) <= self.memory;
        fits.then_some(()).ok_or(Unviewable::TooLarge)
    }
}
