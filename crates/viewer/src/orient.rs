use image::metadata::Orientation;
use zeroize::Zeroizing;

use crate::Pixels;

/// A decoded picture as its file stores it: samples of one layout, row by row, not yet turned.
pub(crate) struct Stored {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) layout: Layout,
    pub(crate) samples: Zeroizing<Vec<u8>>,
    pub(crate) orientation: Orientation,
}

/// How one pixel lies in memory.
#[derive(Clone, Copy)]
pub(crate) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    Grey16,
    GreyAlpha16,
    Rgb16,
    Rgba16,
}

impl Layout {
    /// Bytes for each pixel.
    pub(crate) fn stride(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha | Self::Grey16 => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::GreyAlpha16 => 4,
            Self::Rgb16 => 6,
            Self::Rgba16 => 8,
        }
    }

    /// One pixel as RGBA; none unless `pixel` is `stride()` bytes.
    fn rgba(self, pixel: &[u8]) -> Option<[u8; 4]> {
        // The upper half of a sample in this machine's byte order.
        let high = |low: u8, high: u8| u16::from_ne_bytes([low, high]).to_be_bytes()[0];
        Some(match (self, pixel) {
            (Self::Grey, &[v]) => [v, v, v, 255],
            (Self::GreyAlpha, &[v, a]) => [v, v, v, a],
            (Self::Rgb, &[r, g, b]) => [r, g, b, 255],
            (Self::Rgba, &[r, g, b, a]) => [r, g, b, a],
            (Self::Grey16, &[v, w]) => {
                let v = high(v, w);
                [v, v, v, 255]
            }
            (Self::GreyAlpha16, &[v, w, a, z]) => {
                let v = high(v, w);
                [v, v, v, high(a, z)]
            }
            (Self::Rgb16, &[r, s, g, h, b, c]) => [high(r, s), high(g, h), high(b, c), 255],
            (Self::Rgba16, &[r, s, g, h, b, c, a, z]) => [high(r, s), high(g, h), high(b, c), high(a, z)],
            _ => return None,
        })
    }
}

/// Turns a picture upright and its pixels into RGBA. None when the samples do not fill the picture.
pub(crate) fn upright(stored: Stored) -> Option<Pixels> {
    let Stored { width, height, layout, samples, orientation } = stored;
    if matches!((layout, orientation), (Layout::Rgba, Orientation::NoTransforms)) {
        return Some(Pixels::new(width, height, samples));
    }

    let (w, h) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let turned = swaps_sides(orientation);
    let (out_w, out_h) = if turned { (h, w) } else { (w, h) };
    let mut rgba = Zeroizing::new(vec![0; w.checked_mul(h)?.checked_mul(4)?]);
    let mut pixels = rgba.chunks_exact_mut(4);
    for y in 0..out_h {
        for x in 0..out_w {
            let (from_x, from_y) = source(orientation, x, y, w, h);
            let at = (from_y * w + from_x) * layout.stride();
            let pixel = layout.rgba(samples.get(at..at + layout.stride())?)?;
            pixels.next()?.copy_from_slice(&pixel);
        }
    }
    Some(if turned { Pixels::new(height, width, rgba) } else { Pixels::new(width, height, rgba) })
}

fn swaps_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH)
}

/// Where the upright picture's pixel (x, y) lies in the stored one of `w` by `h` (Exif 2.32, tag 0x0112).
fn source(orientation: Orientation, x: usize, y: usize, w: usize, h: usize) -> (usize, usize) {
    match orientation {
        Orientation::NoTransforms => (x, y),
        Orientation::FlipHorizontal => (w - 1 - x, y),
        Orientation::Rotate180 => (w - 1 - x, h - 1 - y),
        Orientation::FlipVertical => (x, h - 1 - y),
        Orientation::Rotate90FlipH => (y, x),
        Orientation::Rotate90 => (y, h - 1 - x),
        Orientation::Rotate270FlipH => (w - 1 - y, h - 1 - x),
        Orientation::Rotate270 => (w - 1 - y, x),
    }
}
