//! A submitted part, or a range of it (RFC 9110 §14), for the desk.

use crate::{auth::DeskPath, refused::Refused, relay::Shared, store::Stretch};
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
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};
use wire::{Problem, ProblemCode};

/// Bytes read at once.
const BLOCK: u64 = 512 * 1024;

/// Blocks on their way for one download: one is sent while the next is read.
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
    response.body(content(app, blocks(&stretches, &bytes))).map_err(|_| ProblemCode::Unavailable.into())
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
struct Block {
    stretch: Stretch,
    within: Range<u64>,
}

/// The reads that give `bytes` of the stretches laid end to end.
fn blocks(stretches: &[Stretch], bytes: &Range<u64>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut begin = 0;
    for stretch in stretches {
        let end = begin + stretch.length;
        let mut at = bytes.start.max(begin);
        let stop = bytes.end.min(end);
        while at < stop {
            let next = stop.min(at + BLOCK);
            blocks.push(Block { stretch: *stretch, within: at - begin..next - begin });
            at = next;
        }
        begin = end;
    }
    blocks
}

fn content(app: Shared, blocks: Vec<Block>) -> Body {
    let buffers = Buffers::default();
    let reads = stream::iter(blocks).map(move |block| {
        let (app, buffers) = (Shared::clone(&app), buffers.clone());
        async move {
            let read = tokio::task::spawn_blocking(move || read(&app, &block, buffers));
            read.await.unwrap_or_else(|_| Err(io::Error::other("the read was interrupted")))
        }
    });
    Body::from_stream(reads.buffered(AHEAD))
}

fn read(app: &Shared, block: &Block, buffers: Buffers) -> io::Result<Bytes> {
    let mut file = File::open(app.store.path(block.stretch.blob))?;
    if block.within.start > 0 {
        file.seek(SeekFrom::Start(block.within.start))?;
    }
    let length = usize::try_from(block.within.end - block.within.start).map_err(io::Error::other)?;
    let mut buffer = buffers.take(length);
    file.read_exact(&mut buffer.bytes)?;
    Ok(Bytes::from_owner(buffer))
}

/// Buffers of one download, used again: fresh memory would cost as much as the reading.
#[derive(Clone, Default)]
struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    fn take(self, length: usize) -> Buffer {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        bytes.resize(length, 0);
        Buffer { bytes, home: self }
    }
}

struct Buffer {
    bytes: Vec<u8>,
    home: Buffers,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.bytes));
    }
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
