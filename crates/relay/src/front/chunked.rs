//! A chunked body (RFC 9112 §7.1), followed byte by byte: no extensions, no trailers worth the name.

use super::head::is_token;

/// The longest line of a chunk's size.
const SIZE_MAX: usize = 16;

/// All lines after the last chunk together, bytes.
const TRAILER_MAX: usize = 1024;

/// Not a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Where in a chunked body we are.
#[derive(Debug)]
pub(super) enum Chunked {
    /// In the line with a chunk's size: digits so far, and their value.
    Size(usize, u64),
    /// After the CR of that line.
    SizeEnd(u64),
    /// In the chunk, so many bytes before its end.
    Data(u64),
    /// Before the CR, or the LF, after a chunk.
    DataEnd(bool),
    /// After the last chunk: bytes so far, and where in the line.
    Trailer(usize, Line),
    /// Behind it all.
    Over,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    Begin,
    Name,
    Value,
    /// After a CR; whether the line is the empty one.
    Cr(bool),
}

impl Chunked {
    pub(super) fn new() -> Self {
        Self::Size(0, 0)
    }

    /// How many of these bytes belong to the body; what was wrong with the next, if anything.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> (usize, Result<(), Broken>) {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match self {
                Self::Over => break,
                Self::Data(left) => {
                    let here = (bytes.len() - at).min(usize::try_from(*left).unwrap_or(usize::MAX));
                    at += here;
                    *left -= here as u64;
                    if *left == 0 {
                        *self = Self::DataEnd(false);
                    }
                    continue;
                }
                _ => match self.step(*byte) {
                    Ok(next) => *self = next,
                    Err(broken) => return (at, Err(broken)),
                },
            }
            at += 1;
        }
        (at, Ok(()))
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    fn step(&self, byte: u8) -> Result<Self, Broken> {
        Ok(match (self, byte) {
            (Self::Size(digits, size), byte) if byte.is_ascii_hexdigit() && *digits < SIZE_MAX => {
                let digit = char::from(byte).to_digit(16).ok_or(Broken)?;
                let size = size.checked_mul(16).and_then(|size| size.checked_add(digit.into()));
                Self::Size(digits + 1, size.ok_or(Broken)?)
            }
            (Self::Size(1.., size), b'\r') => Self::SizeEnd(*size),
            (Self::SizeEnd(0), b'\n') => Self::Trailer(0, Line::Begin),
            (Self::SizeEnd(size), b'\n') => Self::Data(*size),
            (Self::DataEnd(false), b'\r') => Self::DataEnd(true),
            (Self::DataEnd(true), b'\n') => Self::new(),
            (Self::Trailer(_, Line::Cr(true)), b'\n') => Self::Over,
            (Self::Trailer(length, line), byte) if *length < TRAILER_MAX => {
                Self::Trailer(length + 1, line.step(byte)?)
            }
            _ => return Err(Broken),
        })
    }
}

impl Line {
    fn step(self, byte: u8) -> Result<Self, Broken> {
        Ok(match (self, byte) {
            (Self::Begin, b'\r') => Self::Cr(true),
            (Self::Begin | Self::Name, byte) if is_token(byte) => Self::Name,
            (Self::Name, b':') => Self::Value,
            (Self::Value, b'\t' | b' '..=b'~' | 0x80..) => Self::Value,
            (Self::Value, b'\r') => Self::Cr(false),
            (Self::Cr(false), b'\n') => Self::Begin,
            _ => return Err(Broken),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(text: &str) -> (usize, Result<(), Broken>, bool) {
        let mut body = Chunked::new();
        let (length, said) = body.follow(text.as_bytes());
        // Byte by byte it is the same.
        let (mut again, mut at) = (Chunked::new(), 0);
        for byte in text.as_bytes() {
            let (taken, said) = again.follow(&[*byte]);
            if said.is_err() || taken == 0 {
                break;
            }
            at += taken;
        }
        assert_eq!((at, again.is_over()), (length, body.is_over()), "{text:?}");
        (length, said, body.is_over())
    }

    #[test]
    fn whole_bodies() {
        for text in ["0\r\n\r\n", "1\r\nx\r\n0\r\n\r\n", "00A\r\n0123456789\r\n000\r\nX-A: b\r\nC:\r\n\r\n"] {
            assert_eq!(follow(text), (text.len(), Ok(()), true), "{text:?}");
            // What follows is the next request's.
            assert_eq!(follow(&format!("{text}GET")), (text.len(), Ok(()), true));
            assert_eq!(follow(&text[..text.len() - 1]), (text.len() - 1, Ok(()), false));
        }
    }

    #[test]
    fn broken_bodies() {
        let long = format!("0\r\nX: {}\r\n\r\n", "a".repeat(TRAILER_MAX));
        for (text, sound) in [
            ("zz\r\n", 0),
            ("\r\n", 0),
            ("-1\r\n", 0),
            ("+1\r\n", 0),
            ("1 \r\nx\r\n", 1),
            ("1;a=b\r\nx\r\n", 1),
            ("1\nx\r\n", 1),
            ("1\r\r\nx", 2),
            ("1\r\nxy\r\n", 4),
            ("1\r\nx\n0\r\n", 4),
            ("ffffffffffffffff1\r\n", 16),
            ("0\r\nX : a\r\n\r\n", 4),
            ("0\r\n a\r\n\r\n", 3),
            ("0\r\nX: a\n\r\n", 7),
            (long.as_str(), 3 + TRAILER_MAX),
        ] {
            assert_eq!(follow(text), (sound, Err(Broken), false), "{text:?}");
        }
    }
}
