//! The head of an HTTP/1 request, read by the letter (RFC 9112): what two servers could read in two ways is refused
//! before anyone reads it.

use axum::http::{StatusCode, Uri};

/// The longest head, bytes.
pub(super) const HEAD_MAX: usize = 16 * 1024;

/// The most header lines.
const LINES_MAX: usize = 64;

/// How the body after a head is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(u64),
    Chunked,
}

/// Whether bytes can be the beginning of a head: its length once it is whole, none while more must come.
/// `from`: bytes that were looked at before.
pub(super) fn end(bytes: &[u8], from: usize) -> Result<Option<usize>, StatusCode> {
    // Pieces are looked at again from a line end's beginning, which may lie before `from`.
    let mut at = from.saturating_sub(3);
    while let Some(byte) = bytes.get(at) {
        if at >= HEAD_MAX {
            return Err(too_long(bytes));
        }
        match byte {
            b'\n' if at == 0 || bytes.get(at - 1) != Some(&b'\r') => return Err(StatusCode::BAD_REQUEST),
            b'\n' if at >= 3 && bytes.get(at - 3..=at) == Some(b"\r\n\r\n") => return Ok(Some(at + 1)),
            b'\r' => match bytes.get(at + 1) {
                None | Some(b'\n') => {}
                Some(_) => return Err(StatusCode::BAD_REQUEST),
            },
            b'\n' | b'\t' | b' '..=b'~' | 0x80.. => {}
            _ => return Err(StatusCode::BAD_REQUEST),
        }
        at += 1;
    }
    Ok(None)
}

/// A head too long: its first line, or all of it.
fn too_long(bytes: &[u8]) -> StatusCode {
    let in_first_line = !bytes.iter().take(HEAD_MAX).any(|byte| *byte == b'\n');
    if in_first_line { StatusCode::URI_TOO_LONG } else { StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE }
}

/// Reads a whole head, its empty line included.
pub(super) fn read(head: &[u8]) -> Result<Framing, StatusCode> {
    let bad = StatusCode::BAD_REQUEST;
    let lines = head.strip_suffix(b"\r\n\r\n").ok_or(bad)?;
    // No line holds a CR or LF of its own: `end` has seen to that.
    let mut lines = lines.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let version = request_line(lines.next().ok_or(bad)?)?;
    let (mut hosts, mut length, mut chunked) = (0, None, false);
    for (n, line) in lines.enumerate() {
        if n >= LINES_MAX {
            return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(bad)?;
        let (name, value) = line.split_at_checked(colon).ok_or(bad)?;
        let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
        // Neither a space before the colon nor a folded line has a name that is a token.
        if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
            return Err(bad);
        }
        if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if length.replace(number(value).ok_or(bad)?).is_some() {
                return Err(bad);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if chunked || version == Version::Old || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(bad);
            }
            chunked = true;
        }
    }
    let framing = match (length, chunked) {
        (Some(_), true) => return Err(bad),
        (None, true) => Framing::Chunked,
        (length, false) => Framing::Length(length.unwrap_or(0)),
    };
    if hosts != 1 {
        return Err(bad);
    }
    Ok(framing)
}

#[derive(PartialEq, Eq)]
enum Version {
    Old,
    Now,
}

fn request_line(line: &[u8]) -> Result<Version, StatusCode> {
    let bad = StatusCode::BAD_REQUEST;
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(bad);
    };
    if method.is_empty() || method.len() > 16 || !method.iter().all(u8::is_ascii_uppercase) {
        return Err(bad);
    }
    // A tunnel is nothing this relay digs.
    if method == b"CONNECT" {
        return Err(bad);
    }
    let version = match version {
        b"HTTP/1.1" => Version::Now,
        b"HTTP/1.0" => Version::Old,
        _ => return Err(bad),
    };
    let begins =
        |prefix: &[u8]| target.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let form =
        begins(b"/") || begins(b"http://") || begins(b"https://") || (target == b"*" && method == b"OPTIONS");
    if !form || !target.iter().all(u8::is_ascii_graphic) || Uri::try_from(target).is_err() {
        return Err(bad);
    }
    Ok(version)
}

/// Digits and nothing else: no sign, no list, no more than fits.
fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 15 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// RFC 9110 §5.6.2.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]

    use super::*;

    fn judge(text: &str) -> Result<Framing, u16> {
        let bytes = text.as_bytes();
        match end(bytes, 0) {
            Ok(Some(length)) => read(&bytes[..length]).map_err(|status| status.as_u16()),
            Ok(None) => Err(0),
            Err(status) => Err(status.as_u16()),
        }
    }

    #[test]
    fn plain_requests_pass() {
        for (text, framing) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Framing::Length(0)),
            ("GET /%23a?b=c HTTP/1.0\r\nhost:a\r\nX:\r\n\r\n", Framing::Length(0)),
            ("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 7 \r\n\r\n", Framing::Length(7)),
            ("PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", Framing::Chunked),
            ("GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", Framing::Length(0)),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\nX-A: b\u{e9}\tc\r\n\r\n", Framing::Length(0)),
        ] {
            assert_eq!(judge(text), Ok(framing), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_does_not() {
        for text in [
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n X: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
            "GET / http/1.1\r\nHost: a\r\n\r\n",
            "GET /\r\nHost: a\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
            "get / HTTP/1.1\r\nHost: a\r\n\r\n",
            "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
            "~ / HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
            "PUT / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "\u{16}\u{3}\u{1}\r\n\r\n",
        ] {
            assert_eq!(judge(text), Err(400), "{text:?}");
        }
        let long = "a".repeat(HEAD_MAX);
        assert_eq!(judge(&format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n")), Err(414));
        assert_eq!(judge(&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n")), Err(431));
        let many = "X: y\r\n".repeat(LINES_MAX);
        assert_eq!(judge(&format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")), Err(431));
    }

    /// The same verdict however the bytes are cut.
    #[test]
    fn pieces_make_no_difference() {
        let text = b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nGET /";
        let whole = text.len() - 5;
        assert_eq!(end(text, 0), Ok(Some(whole)));
        let mut seen = 0;
        for length in 1..=whole {
            let found = end(&text[..length], seen);
            assert_eq!(found, Ok((length == whole).then_some(whole)), "{length}");
            seen = length;
        }
        let broken = b"PUT /a HTTP/1.1\nHost";
        assert_eq!(end(&broken[..15], 0), Ok(None));
        assert_eq!(end(&broken[..16], 15), Err(StatusCode::BAD_REQUEST));
    }
}
