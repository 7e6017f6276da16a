//! A photo as a phone makes it: lying on its side, with everything about where and with what it was taken.

use crate::Outcome;
use image::{ExtendedColorType, ImageFormat};

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;
/// To be turned a quarter to the right for showing (Exif 2.32 §4.6.4, tag 0x0112).
const ORIENTATION: u16 = 6;

/// Texts in the photo's metadata, one per place a phone writes to. None may leave the customer's browser.
pub const PHOTO_MARKS: [&str; 5] =
    ["SecretCam 9000", "GPSMARK-48.2082N", "XMPMARK-owner", "COMMARK-diary", "TRAILMARK-motion"];

/// The colours in the middle of each quarter, in reading order.
pub type Quarters = [[u8; 3]; 4];

const RED: [u8; 3] = [200, 30, 30];
const GREEN: [u8; 3] = [30, 160, 60];
const BLUE: [u8; 3] = [40, 60, 190];
const WHITE: [u8; 3] = [235, 235, 235];

/// How much longer than a line its grain is, in bytes.
const GRAIN: usize = 3 * 1_009;

/// As stored.
const STORED: Quarters = [RED, GREEN, BLUE, WHITE];
/// As it has to be shown, 3000 × 4000: a quarter turn to the right of what is stored.
pub const UPRIGHT: (u32, u32, Quarters) = (HEIGHT, WIDTH, [BLUE, RED, WHITE, GREEN]);

/// The file.
///
/// # Errors
/// The encoder's.
pub fn photo() -> Outcome<Vec<u8>> {
    let half = (WIDTH / 2 * 3) as usize;
    let grainy = STORED.map(|colour| grainy(colour, half + GRAIN));
    let [top_left, top_right, bottom_left, bottom_right] = &grainy;
    let mut rgb = Vec::with_capacity(2 * half * HEIGHT as usize);
    for y in 0..HEIGHT {
        let halves = if y < HEIGHT / 2 { [top_left, top_right] } else { [bottom_left, bottom_right] };
        // Each row begins elsewhere in the grain, at a whole pixel.
        let from = (y as usize * 37) % (GRAIN / 3) * 3;
        for line in halves {
            rgb.extend_from_slice(line.get(from..from + half).unwrap_or_default());
        }
    }
    // By way of a file: the encoder then comes from `image`, which is built with optimisation, as this is not.
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    image::save_buffer_with_format(
        file.path(),
        &rgb,
        WIDTH,
        HEIGHT,
        ExtendedColorType::Rgb8,
        ImageFormat::Jpeg,
    )?;
    let jpeg = std::fs::read(file.path())?;
    let (start, rest) = jpeg.split_at(2);
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), PHOTO_MARKS[2].as_bytes()].concat();
    Ok([
        start,
        &segment(0xe1, &exif()),
        &segment(0xe1, &xmp),
        &segment(0xfe, PHOTO_MARKS[3].as_bytes()),
        rest,
        PHOTO_MARKS[4].as_bytes(),
    ]
    .concat())
}

/// A line of one colour with grain, so that the photo is as large as photos are.
fn grainy([r, g, b]: [u8; 3], length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let pixel = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let grain = (state >> 32) as u8 & 15;
        [r + grain, g + grain, b + grain]
    });
    pixel.flatten().take(length).collect()
}

/// What a picture shows in the middle of each quarter.
pub fn quarters(width: u32, height: u32, rgba: &[u8]) -> Option<Quarters> {
    let at = |column: u32, row: u32| {
        let (x, y) = (width * (1 + 2 * column) / 4, height * (1 + 2 * row) / 4);
        let start = (y * width + x) as usize * 4;
        rgba.get(start..start + 3).and_then(|pixel| <[u8; 3]>::try_from(pixel).ok())
    };
    Some([at(0, 0)?, at(1, 0)?, at(0, 1)?, at(1, 1)?])
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    [&[0xff, marker], length.to_be_bytes().as_slice(), body].concat()
}

/// Camera, orientation, and a position with its name (TIFF 6.0, little-endian).
fn exif() -> Vec<u8> {
    let (ascii, short, long, rational, undefined) = (2, 3, 4, 5, 7);
    let model = [PHOTO_MARKS[0].as_bytes(), &[0]].concat();
    let area = PHOTO_MARKS[1].as_bytes();
    let latitude: Vec<u8> = [48_u32, 1, 12, 1, 2952, 100].iter().flat_map(|n| n.to_le_bytes()).collect();

    let model_at = 8 + 2 + 3 * 12 + 4;
    let gps_at = model_at + model.len();
    let latitude_at = gps_at + 2 + 3 * 12 + 4;
    let area_at = latitude_at + latitude.len();
    let first = directory(&[
        (0x0110, ascii, model.len(), model_at),
        (0x0112, short, 1, usize::from(ORIENTATION)),
        (0x8825, long, 1, gps_at),
    ]);
    let gps = directory(&[
        (0x0001, ascii, 2, usize::from(b'N')),
        (0x0002, rational, 3, latitude_at),
        (0x001c, undefined, area.len(), area_at),
    ]);
    [b"Exif\0\0II*\0\x08\0\0\0".as_slice(), &first, &model, &gps, &latitude, area].concat()
}

fn directory(entries: &[(u16, u16, usize, usize)]) -> Vec<u8> {
    let word = |n: usize| u32::try_from(n).unwrap_or(0).to_le_bytes();
    let mut bytes = u16::try_from(entries.len()).unwrap_or(0).to_le_bytes().to_vec();
    for (tag, kind, count, value) in entries {
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&word(*count));
        bytes.extend_from_slice(&word(*value));
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes
}
