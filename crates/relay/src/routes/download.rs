//! A submitted part, or a range of it (RFC 9110 §14), for the desk.

use crate::{
    auth::DeskPath,
    buffers::{Buffer, Pool},
    refused::Refused,
    relay::Shared,
    store::Stretch,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::{
    fs::File,
    io::{self, Read as _, Seek, SeekFrom},
    ops::Range,
    sync::Arc,
};
use wire::{Problem, ProblemCode};

/// Reads on their way for one download: one is sent while the next is read.
const AHEAD: usize = 2;

/// The bytes of a submitted part.
#[utoipa::path(
    get, path = "/v1/desk/boxes/{id}/parts/{part}", tag = "desk", security(("desk" = [])),
    params(
        ("id" = String, Path, description = "box id, 32 hexadecimal digits"),
        ("part" = String, Path, description = "part id, 32 hexadecimal digits"),
        ("Range" = Option<String>, Header, description = "one range of bytes"),
    ),
    responses(
        (status = 200, description = "the part", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "the range", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here: no such part was submitted", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "ended: it was collected or destroyed", body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "the range lies outside the part", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn part(
    State(app): State<Shared>,
    path: DeskPath,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let stretches = app.store.part(path.desk.0, path.id, path.part()?).await?;
    let total = stretches.iter().map(|stretch| stretch.length).sum();
    let asked = match headers.get(header::RANGE).and_then(|value| value.to_str().ok()) {
        Some(text) => range(text, total),
        None => Asked::Everything,
    };
    let (status, bytes) = match asked {
        Asked::Everything => (StatusCode::OK, 0..total),
        Asked::Range(bytes) => (StatusCode::PARTIAL_CONTENT, bytes),
        Asked::Outside => {
            let refused = Refused::with_status(ProblemCode::BadRequest, StatusCode::RANGE_NOT_SATISFIABLE)
                .into_response();
            return Ok(([(header::CONTENT_RANGE, format!("bytes */{total}"))], refused).into_response());
        }
    };
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_LENGTH, bytes.end - bytes.start);
    if status == StatusCode::PARTIAL_CONTENT {
        let content_range = format!("bytes {}-{}/{total}", bytes.start, bytes.end - 1);
        response = response.header(header::CONTENT_RANGE, content_range);
    }
    response.body(content(app, stretches, bytes)).map_err(|_| ProblemCode::Unavailable.into())
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Everything,
    Range(Range<u64>),
    Outside,
}

/// One range of bytes. Anything else is ignored, as the RFC allows.
fn range(text: &str, total: u64) -> Asked {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|set| set.split_once('-')) else {
        return Asked::Everything;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 20;
    if !digits(first) || !digits(last) {
        return Asked::Everything;
    }
    let bytes = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => return Asked::Everything,
        (Ok(first), Ok(last)) => first..last.saturating_add(1).min(total),
        (Ok(first), Err(_)) => first..total,
        (Err(_), Ok(suffix)) => total.saturating_sub(suffix)..total,
        (Err(_), Err(_)) => return Asked::Everything,
    };
    if bytes.is_empty() { Asked::Outside } else { Asked::Range(bytes) }
}

/// One read of one file.
struct Read {
    stretch: Stretch,
    within: Range<u64>,
    buffer: Buffer,
}

/// The reads that give `bytes` of the stretches laid end to end, each as large as the buffer there is for it.
struct Reads {
    stretches: std::vec::IntoIter<Stretch>,
    /// What is left of the stretch at hand.
    at: Option<(Stretch, Range<u64>)>,
    /// Bytes up to the end of the stretch at hand, from the first one's begin.
    seen: u64,
    bytes: Range<u64>,
    pool: Arc<Pool>,
}

impl Iterator for Reads {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        loop {
            if let Some((stretch, left)) = self.at.take()
                && !left.is_empty()
            {
                let buffer = self.pool.take();
                let end = left.end.min(left.start + buffer.room() as u64);
                self.at = Some((stretch, end..left.end));
                return Some(Read { stretch, within: left.start..end, buffer });
            }
            let stretch = self.stretches.next()?;
            let begin = self.seen;
            self.seen += stretch.length;
            let within = |at: u64| at.clamp(begin, self.seen) - begin;
            self.at = Some((stretch, within(self.bytes.start)..within(self.bytes.end)));
        }
    }
}

fn content(app: Shared, stretches: Vec<Stretch>, bytes: Range<u64>) -> Body {
    let pool = app.buffers.pool();
    let reads = Reads { stretches: stretches.into_iter(), at: None, seen: 0, bytes, pool };
    let blocks = stream::iter(reads).map(move |each| {
        let app = Shared::clone(&app);
        async move {
            let read = tokio::task::spawn_blocking(move || read(&app, each));
            read.await.unwrap_or_else(|_| Err(io::Error::other("the read was interrupted")))
        }
    });
    Body::from_stream(blocks.buffered(AHEAD))
}

fn read(app: &Shared, Read { stretch, within, mut buffer }: Read) -> io::Result<Bytes> {
    let mut file = File::open(app.store.path(stretch.blob))?;
    if within.start > 0 {
        file.seek(SeekFrom::Start(within.start))?;
    }
    let length = usize::try_from(within.end - within.start).map_err(io::Error::other)?;
    file.read_exact(buffer.space(length))?;
    Ok(Bytes::from_owner(buffer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, expected) in [
            ("bytes=0-0", Asked::Range(0..1)),
            ("bytes=2-", Asked::Range(2..10)),
            ("bytes=-3", Asked::Range(7..10)),
            ("bytes=-30", Asked::Range(0..10)),
            ("bytes=4-99", Asked::Range(4..10)),
            ("bytes=10-", Asked::Outside),
            ("bytes=-0", Asked::Outside),
            ("bytes=5-4", Asked::Everything),
            ("bytes=-", Asked::Everything),
            ("bytes=0-1,3-4", Asked::Everything),
            ("bytes=+1-2", Asked::Everything),
            ("chunks=0-1", Asked::Everything),
        ] {
            assert_eq!(range(text, 10), expected, "{text}");
        }
    }
}
