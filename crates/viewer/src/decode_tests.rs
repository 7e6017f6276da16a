#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};
use proptest::prelude::*;

use super::*;

const RED: [u8; 4] = [255, 0, 0, 255];
const GREEN: [u8; 4] = [0, 255, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];
const WHITE: [u8; 4] = [255, 255, 255, 255];
const LEFT_TO_RIGHT: [[u8; 4]; 4] = [RED, GREEN, BLUE, WHITE];
const W: u32 = 48;
const H: u32 = 32;

/// Four blocks: red and green above, blue and white below.
fn quarters(channels: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for y in 0..H {
        for x in 0..W {
            let block = usize::from(x >= W / 2) + 2 * usize::from(y >= H / 2);
            out.extend_from_slice(&LEFT_TO_RIGHT[block][..channels]);
        }
    }
    out
}

fn jpeg_file() -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 95)
        .write_image(&quarters(3), W, H, ExtendedColorType::Rgb8)
        .unwrap();
    out
}

fn png_file() -> Vec<u8> {
    png_of(&quarters(4), W, H, ExtendedColorType::Rgba8)
}

fn png_of(samples: &[u8], width: u32, height: u32, colour: ExtendedColorType) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(samples, width, height, colour).unwrap();
    out
}

fn webp_file() -> Vec<u8> {
    webp_of(&quarters(4), W, H)
}

fn webp_of(rgba: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    WebPEncoder::new_lossless(&mut out).write_image(rgba, width, height, ExtendedColorType::Rgba8).unwrap();
    out
}

/// A TIFF header and one directory entry: tag 0x0112, one SHORT.
fn exif(orientation: u8) -> Vec<u8> {
    let mut out = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    out.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    out
}

fn jpeg_turned(orientation: u8) -> Vec<u8> {
    let exif = exif(orientation);
    let file = jpeg_file();
    let mut out = file[..2].to_vec();
    out.extend_from_slice(&[0xff, 0xe1]);
    out.extend_from_slice(&u16::try_from(exif.len() + 8).unwrap().to_be_bytes());
    out.extend_from_slice(b"Exif\0\0");
    out.extend_from_slice(&exif);
    out.extend_from_slice(&file[2..]);
    out
}

/// CRC-32 of ISO 3309, as PNG §5.5 asks for.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
    })
}

fn png_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut named = kind.to_vec();
    named.extend_from_slice(body);
    let mut out = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(&named);
    out.extend_from_slice(&crc(&named).to_be_bytes());
    out
}

/// A PNG whose header announces a size, with the other file's body.
fn png_announcing(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 6, 0, 0, 0]);
    let file = png_file();
    [&file[..8], &png_chunk(b"IHDR", &header), &file[33..]].concat()
}

fn read(file: &[u8]) -> Result<Pixels, Unviewable> {
    decode(file, &Media::ALL, &Limits::default())
}

fn shown(file: &[u8]) -> Pixels {
    read(file).unwrap_or_else(|why| panic!("{why}"))
}

/// The colours in the middle of the four blocks: above left, above right, below left, below right.
fn corners(pixels: &Pixels) -> [[u8; 4]; 4] {
    let (w, h) = (pixels.width() as usize, pixels.height() as usize);
    assert_eq!(pixels.rgba().len(), w * h * 4);
    [(w / 4, h / 4), (3 * w / 4, h / 4), (w / 4, 3 * h / 4), (3 * w / 4, 3 * h / 4)].map(|(x, y)| {
        let at = (y * w + x) * 4;
        [0, 1, 2, 3].map(|i| if pixels.rgba()[at + i] > 127 { 255 } else { 0 })
    })
}

#[test]
fn the_three_kinds_are_shown() {
    for file in [jpeg_file(), png_file(), webp_file()] {
        let pixels = shown(&file);
        assert_eq!((pixels.width(), pixels.height()), (W, H));
        assert_eq!(corners(&pixels), LEFT_TO_RIGHT);
    }
}

#[test]
fn lossless_pixels_are_exact() {
    assert_eq!(shown(&png_file()).rgba(), quarters(4));
    assert_eq!(shown(&webp_file()).rgba(), quarters(4));
}

#[test]
fn every_layout_of_a_png_becomes_rgba() {
    let cases: [(ExtendedColorType, &[u8], [u8; 4]); 7] = [
        (ExtendedColorType::L8, &[7], [7, 7, 7, 255]),
        (ExtendedColorType::La8, &[7, 9], [7, 7, 7, 9]),
        (ExtendedColorType::Rgb8, &[1, 2, 3], [1, 2, 3, 255]),
        (ExtendedColorType::L16, &[0x12, 0x12], [0x12, 0x12, 0x12, 255]),
        (ExtendedColorType::La16, &[0x12, 0x12, 0x34, 0x34], [0x12, 0x12, 0x12, 0x34]),
        (ExtendedColorType::Rgb16, &[1, 1, 2, 2, 3, 3], [1, 2, 3, 255]),
        (ExtendedColorType::Rgba16, &[1, 1, 2, 2, 3, 3, 4, 4], [1, 2, 3, 4]),
    ];
    for (colour, pixel, expected) in cases {
        assert_eq!(shown(&png_of(pixel, 1, 1, colour)).rgba(), expected, "{colour:?}");
    }
}

#[test]
fn a_grey_jpeg_is_shown() {
    let mut file = Vec::new();
    JpegEncoder::new(&mut file).write_image(&[200; 64], 8, 8, ExtendedColorType::L8).unwrap();
    let pixels = shown(&file);
    assert!(
        pixels
            .rgba()
            .chunks(4)
            .all(|p| p[0].abs_diff(200) < 3 && p[0] == p[1] && p[1] == p[2] && p[3] == 255)
    );
}

#[test]
fn the_eight_orientations_come_upright() {
    // Where the stored blocks A B / C D are to be seen, Exif 2.32, tag 0x0112.
    let [a, b, c, d] = LEFT_TO_RIGHT;
    let expected = [
        [a, b, c, d],
        [b, a, d, c],
        [d, c, b, a],
        [c, d, a, b],
        [a, c, b, d],
        [c, a, d, b],
        [d, b, c, a],
        [b, d, a, c],
    ];
    for (orientation, expected) in (1..=8).zip(expected) {
        let pixels = shown(&jpeg_turned(orientation));
        assert_eq!(corners(&pixels), expected, "orientation {orientation}");
        let sides = if orientation < 5 { (W, H) } else { (H, W) };
        assert_eq!((pixels.width(), pixels.height()), sides, "orientation {orientation}");
    }
}

#[test]
fn a_png_is_turned_as_well() {
    let file = png_file();
    let turned = [&file[..33], &png_chunk(b"eXIf", &exif(6)), &file[33..]].concat();
    assert_eq!(corners(&shown(&turned)), [BLUE, RED, WHITE, GREEN]);
}

#[test]
fn a_senseless_orientation_is_none() {
    for orientation in [0, 9, 255] {
        assert_eq!(corners(&shown(&jpeg_turned(orientation))), LEFT_TO_RIGHT);
    }
}

#[test]
fn a_kind_that_was_not_asked_for_is_refused() {
    let why = |file: &[u8], allowed: &[Media]| decode(file, allowed, &Limits::default()).err();
    assert_eq!(why(&png_file(), &[Media::Jpeg]), Some(Unviewable::NotAllowed));
    assert_eq!(why(&jpeg_file(), &[]), Some(Unviewable::NotAllowed));
    assert_eq!(why(&webp_file(), &[Media::WebP]), None);
}

#[test]
fn what_is_no_picture_is_refused() {
    let files: [&[u8]; 8] = [
        b"",
        b"\xff",
        b"%PDF-1.7",
        b"<svg xmlns=\"x\"/>",
        b"GIF89a\x01\0\x01\0",
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"II*\0\x08\0\0\0",
        &[0; 64],
    ];
    for file in files {
        assert_eq!(read(file).err(), Some(Unviewable::NotAPicture));
    }
}

#[test]
fn a_header_that_announces_too_much_is_refused_unread() {
    for (width, height) in
        [(30_000, 30_000), (16_385, 1), (1, 16_385), (16_384, 3_052), (0x7fff_ffff, 0x7fff_ffff)]
    {
        assert_eq!(
            read(&png_announcing(width, height)).err(),
            Some(Unviewable::TooLarge),
            "{width} x {height}"
        );
    }
    let mut jpeg = jpeg_file();
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(read(&jpeg).err(), Some(Unviewable::TooLarge));
    assert_eq!(read(&webp_animated(0x7fff, 0x7fff)).err(), Some(Unviewable::TooLarge));
}

#[test]
fn limits_hold_to_the_pixel() {
    let at = |side, pixels, memory| {
        let limits = Limits { side, pixels, memory };
        [jpeg_file(), png_file(), webp_file()].map(|file| decode(&file, &Media::ALL, &limits).err())
    };
    let pixels = u64::from(W * H);
    let memory = 1 << 20;
    assert_eq!(at(W, pixels, memory), [None; 3]);
    assert_eq!(at(W - 1, pixels, memory), [Some(Unviewable::TooLarge); 3]);
    assert_eq!(at(W, pixels - 1, memory), [Some(Unviewable::TooLarge); 3]);
    assert_eq!(at(W, pixels, pixels * 8 - 1), [Some(Unviewable::TooLarge); 3]);
}

#[test]
fn an_empty_picture_is_damaged() {
    assert_eq!(read(&png_announcing(0, 4)).err(), Some(Unviewable::Damaged));
    assert_eq!(read(&png_announcing(4, 0)).err(), Some(Unviewable::Damaged));
    let mut jpeg = jpeg_file();
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 7..frame + 9].fill(0);
    assert_eq!(read(&jpeg).err(), Some(Unviewable::Damaged));
}

#[test]
fn a_picture_cut_anywhere_is_never_shown() {
    // The last bytes of a file hold no pixels: a checksum, the end marker.
    for (file, tail) in [(jpeg_file(), 4), (png_file(), 16), (webp_file(), 4)] {
        for end in (16..file.len() - tail).step_by(7) {
            assert_eq!(read(&file[..end]).err(), Some(Unviewable::Damaged), "{end} of {}", file.len());
        }
    }
}

#[test]
fn a_larger_header_over_a_small_body_is_damaged() {
    assert_eq!(read(&png_announcing(W, H + 1)).err(), Some(Unviewable::Damaged));
    assert_eq!(read(&png_announcing(2_000, 2_000)).err(), Some(Unviewable::Damaged));
}

#[test]
fn a_changed_byte_in_a_png_is_damage() {
    let mut file = png_file();
    let middle = file.len() / 2;
    file[middle] ^= 1;
    assert_eq!(read(&file).err(), Some(Unviewable::Damaged));
}

#[test]
fn the_first_frame_of_an_animation_is_its_picture() {
    assert_eq!(corners(&shown(&webp_animated(W - 1, H - 1))), LEFT_TO_RIGHT);
    assert_eq!(corners(&shown(&png_animated())), LEFT_TO_RIGHT);
}

/// Two frames, the second all red. Sides are one less than the canvas, as the format stores them.
fn webp_animated(width_less_one: u32, height_less_one: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let mut out = kind.to_vec();
        out.extend_from_slice(&u32::try_from(body.len()).unwrap().to_le_bytes());
        out.extend_from_slice(body);
        out.extend(std::iter::repeat_n(0, body.len() % 2));
        out
    };
    let frame = |rgba: &[u8]| {
        let mut body = vec![0; 6];
        body.extend_from_slice(&(W - 1).to_le_bytes()[..3]);
        body.extend_from_slice(&(H - 1).to_le_bytes()[..3]);
        body.extend_from_slice(&[100, 0, 0, 0]);
        body.extend_from_slice(&webp_of(rgba, W, H)[12..]);
        chunk(b"ANMF", &body)
    };
    let mut canvas = vec![0b0001_0010, 0, 0, 0];
    canvas.extend_from_slice(&width_less_one.to_le_bytes()[..3]);
    canvas.extend_from_slice(&height_less_one.to_le_bytes()[..3]);
    let red = RED.repeat((W * H) as usize);
    let body = [
        b"WEBP".to_vec(),
        chunk(b"VP8X", &canvas),
        chunk(b"ANIM", &[0, 0, 0, 0, 0, 0]),
        frame(&quarters(4)),
        frame(&red),
    ]
    .concat();
    chunk(b"RIFF", &body)
}

fn png_animated() -> Vec<u8> {
    let control = |sequence: u32| {
        let numbers = [sequence, W, H, 0, 0].map(u32::to_be_bytes).concat();
        png_chunk(b"fcTL", &[numbers, vec![0, 1, 0, 10, 0, 0]].concat())
    };
    let data_of = |file: &[u8]| {
        let at = file.windows(4).position(|kind| kind == b"IDAT").unwrap();
        let length = u32::from_be_bytes(file[at - 4..at].try_into().unwrap()) as usize;
        file[at + 4..at + 4 + length].to_vec()
    };
    let file = png_file();
    let red = png_of(&RED.repeat((W * H) as usize), W, H, ExtendedColorType::Rgba8);
    [
        file[..33].to_vec(),
        png_chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]),
        control(0),
        png_chunk(b"IDAT", &data_of(&file)),
        control(1),
        png_chunk(b"fdAT", &[vec![0, 0, 0, 2], data_of(&red)].concat()),
        png_chunk(b"IEND", &[]),
    ]
    .concat()
}

#[test]
fn an_error_says_what_to_do() {
    for why in [Unviewable::NotAPicture, Unviewable::NotAllowed, Unviewable::TooLarge, Unviewable::Damaged] {
        assert!(why.to_string().contains("; ask the customer"), "{why}");
    }
}

#[test]
fn types_and_kinds_agree() {
    for (media, file) in Media::ALL.into_iter().zip([jpeg_file(), png_file(), webp_file()]) {
        assert_eq!(Media::from_type(media.as_type()), Some(media));
        assert_eq!(Media::sniff(&file), Some(media));
    }
    assert_eq!(Media::from_type("application/pdf"), None);
}

proptest! {
    /// Whatever a sender does to a file, the answer is a whole picture within the limits, or a word why not.
    #[test]
    fn a_mangled_file_is_answered(
        which in 0..3usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)
    ) {
        let mut file = [jpeg_turned(6), png_file(), webp_file()][which].clone();
        for (at, byte) in changes {
            let at = at.index(file.len() - 12) + 12;
            file[at] = byte;
        }
        let limits = Limits { side: 512, pixels: 100_000, memory: 4 << 20 };
        if let Ok(pixels) = decode(&file, &Media::ALL, &limits) {
            let size = u64::from(pixels.width()) * u64::from(pixels.height());
            prop_assert!(size <= limits.pixels && pixels.width().max(pixels.height()) <= limits.side);
            prop_assert_eq!(pixels.rgba().len() as u64, size * 4);
        }
    }
}
