use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError};
use zeroize::Zeroizing;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::orient::{Layout, Stored, upright};
use crate::{Limits, Media, Pixels};

/// Decodes a file into an upright picture.
///
/// The first bytes must be of a kind in `allowed`. The first frame of an animation is its picture. A file that ends
/// early is damaged, not half shown.
///
/// # Errors
/// [`Unviewable`], which never says more than which kind of trouble it was.
pub fn decode(bytes: &[u8], allowed: &[Media], limits: &Limits) -> Result<Pixels, Unviewable> {
    let media = Media::sniff(bytes).ok_or(Unviewable::NotAPicture)?;
    if !allowed.contains(&media) {
        return Err(Unviewable::NotAllowed);
    }
    // A decoder's bug met by a hostile file must not take the desk down.
    catch_unwind(AssertUnwindSafe(|| {
        let stored = match media {
            Media::Jpeg => jpeg(bytes, limits)?,
            Media::Png => {
                let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits_of(limits)).map_err(why)?;
                through_image(decoder, limits)?
            }
            Media::WebP => through_image(WebPDecoder::new(Cursor::new(bytes)).map_err(why)?, limits)?,
        };
        upright(stored).ok_or(Unviewable::Damaged)
    }))
    .unwrap_or(Err(Unviewable::Damaged))
}

/// Why a file is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unviewable {
    /// The first bytes are of no kind that is read.
    #[error(
        "this file is not a picture Cloakroom can show; ask the customer for a photo as JPEG, PNG or WebP"
    )]
    NotAPicture,
    /// A picture, of a kind that was not asked for here, or not the one it claims to be.
    #[error("this file is not of the type it was sent as; ask the customer to send it again")]
    NotAllowed,
    /// More pixels than the limits allow.
    #[error("this picture is too large to be shown safely; ask the customer for an ordinary photo of it")]
    TooLarge,
    /// It starts as a picture and does not go on as one.
    #[error("this picture is damaged; ask the customer to send it again")]
    Damaged,
}

/// Working memory for each pixel of a JPEG: a progressive one keeps three coefficients of two bytes, then come the
/// picture as stored and as shown.
const JPEG_WORKING: u64 = 6 + 3 + 4;

fn jpeg(bytes: &[u8], limits: &Limits) -> Result<Stored, Unviewable> {
    let most = usize::try_from(limits.side).unwrap_or(usize::MAX);
    // Sides are judged by our own check, which tells too large from damaged.
    let options =
        DecoderOptions::default().set_strict_mode(true).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| Unviewable::Damaged)?;
    let (width, height) = decoder.dimensions().ok_or(Unviewable::Damaged)?;
    if width > most || height > most {
        return Err(Unviewable::TooLarge);
    }
    let (width, height) = (u32_of(width)?, u32_of(height)?);
    limits.check(width, height, JPEG_WORKING)?;

    let (colours, layout) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, Layout::Grey),
        _ => (ColorSpace::RGB, Layout::Rgb),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let mut samples = buffer(width, height, layout)?;
    decoder.decode_into(&mut samples).map_err(|_| Unviewable::Damaged)?;
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    Ok(Stored {
        width,
        height,
        layout,
        samples,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
    })
}

fn through_image(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<Stored, Unviewable> {
    let (width, height) = decoder.dimensions();
    let layout = match decoder.color_type() {
        ColorType::L8 => Layout::Grey,
        ColorType::La8 => Layout::GreyAlpha,
        ColorType::Rgb8 => Layout::Rgb,
        ColorType::Rgba8 => Layout::Rgba,
        ColorType::L16 => Layout::Grey16,
        ColorType::La16 => Layout::GreyAlpha16,
        ColorType::Rgb16 => Layout::Rgb16,
        ColorType::Rgba16 => Layout::Rgba16,
        _ => return Err(Unviewable::Damaged),
    };
    // As stored and as shown.
    let working = u64::try_from(layout.stride() + 4).unwrap_or(u64::MAX);
    limits.check(width, height, working)?;
    decoder.set_limits(limits_of(limits)).map_err(why)?;

    let orientation = decoder.orientation().map_err(why)?;
    let mut samples = buffer(width, height, layout)?;
    decoder.read_image(&mut samples).map_err(why)?;
    Ok(Stored { width, height, layout, samples, orientation })
}

fn limits_of(limits: &Limits) -> image::Limits {
    let mut out = image::Limits::no_limits();
    out.max_image_width = Some(limits.side);
    out.max_image_height = Some(limits.side);
    out.max_alloc = Some(limits.memory.min(SCRATCH));
    out
}

/// What a decoder may allocate beside the picture, in bytes: rows, tables, and what it unpacks of profiles and text.
const SCRATCH: u64 = 64 << 20;

fn buffer(width: u32, height: u32, layout: Layout) -> Result<Zeroizing<Vec<u8>>, Unviewable> {
    let length = usize::try_from(u64::from(width) * u64::from(height))
        .ok()
        .and_then(|pixels| pixels.checked_mul(layout.stride()))
        .ok_or(Unviewable::TooLarge)?;
    let mut samples = Vec::new();
    samples.try_reserve_exact(length).map_err(|_| Unviewable::TooLarge)?;
    samples.resize(length, 0);
    Ok(Zeroizing::new(samples))
}

fn u32_of(side: usize) -> Result<u32, Unviewable> {
    u32::try_from(side).map_err(|_| Unviewable::TooLarge)
}

fn why(error: ImageError) -> Unviewable {
    match error {
        ImageError::Limits(_) => Unviewable::TooLarge,
        _ => Unviewable::Damaged,
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
