//! Chunks of a part: sent in any order, any number of times, from where it broke off.

use crate::{
    auth::ChunkKey,
    body::{self, Pieces},
    refused::Refused,
    relay::Shared,
    store::{ChunkPlace, Door, HalfChunk, StoreError, Stored, UploadKey, WholeChunk, sum},
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use ring::digest::{Context, SHA256};
use std::{sync::atomic::Ordering::Relaxed, time::Duration};
use tokio::time::{Instant, timeout_at};
use wire::{BoxId, Problem, ProblemCode, api::PartsView, limits};

/// Bytes gathered before they are written: few enough that many uploads fit in memory, many enough that handing
/// them to another thread costs nothing.
const GATHER: usize = 256 * 1024;

/// How long the network may keep a turn from others, all in all, before the turn is given up: whoever delivers slowly,
/// or a byte at a time, waits without one.
const HURRY: Duration = Duration::from_millis(200);

/// Which chunks have arrived.
#[utoipa::path(
    get, path = "/v1/boxes/{id}/parts", tag = "customer", security(("upload" = [])),
    params(("id" = String, Path, description = "box id, 32 hexadecimal digits")),
    responses(
        (status = 200, description = "first and last chunk of each unbroken run of each part", body = PartsView),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(app): State<Shared>, key: UploadKey) -> Result<Json<PartsView>, Refused> {
    Ok(Json(PartsView { parts: app.store.parts(key).await? }))
}

/// Stores chunk `n` of a part. The same bytes again change nothing; other bytes are refused.
#[utoipa::path(
    put, path = "/v1/boxes/{id}/parts/{part}/{n}", tag = "customer", security(("upload" = [])),
    params(
        ("id" = String, Path, description = "box id, 32 hexadecimal digits"),
        ("part" = String, Path, description = "part id, 32 hexadecimal digits"),
        ("n" = u32, Path, description = "number of the chunk, from 0"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "stored, durably"),
        (status = 200, description = "stored before"),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "conflict: other bytes are stored there; already-sent: the box has its submission", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "ended", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large: over the chunk size, or past the end of the largest part", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "full: nothing of this chunk was kept", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<Shared>,
    ChunkKey { key, place }: ChunkKey,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let patience = app.config.patience;
    let mut pieces = Pieces::new(body, limits::CHUNK_MAX as usize, patience);
    let begun = async {
        let (door, stored) = app.store.knock(key, place).await?;
        if !body::are_octets(&headers) {
            return Err(body::wrong_media_type());
        }
        let first = u64::from(place.n) * u64::from(door.chunk_size);
        if first >= limits::PART_MAX
            || announced(&headers).is_some_and(|length| length > door.chunk_size.into())
        {
            return Err(ProblemCode::TooLarge.into());
        }
        Ok((door, stored))
    };
    let taken = match begun.await {
        Ok((door, Some(hash))) => compare(&mut pieces, &door, &hash).await,
        Ok((door, None)) => store(&app, &mut pieces, &door, key.id, place).await,
        Err(refused) => Err(refused),
    };
    match taken {
        Ok(Stored::Now) => Ok(StatusCode::CREATED),
        Ok(Stored::Before) => Ok(StatusCode::OK),
        Err(refused) => {
            pieces.drain().await;
            Err(refused)
        }
    }
}

/// Writes a chunk as it comes, and names it once it is whole and durable.
async fn store(
    app: &Shared,
    pieces: &mut Pieces,
    door: &Door,
    id: BoxId,
    place: ChunkPlace,
) -> Result<Stored, Refused> {
    let mut turn = app.uploads.take(id.as_bytes()).await.ok_or(ProblemCode::Unavailable)?;
    pieces.begin();
    pieces.limit(door.chunk_size);
    let mut chunk: Option<HalfChunk> = None;
    let (mut length, mut late) = (0_u64, None);
    let whole = loop {
        let (gathered, until) = gather(pieces, late.take()).await?;
        length += gathered.iter().map(|piece| piece.len() as u64).sum::<u64>();
        if until == Until::Over && length == 0 {
            return Err(ProblemCode::BadRequest.into());
        }
        if until != Until::Late || !gathered.is_empty() {
            match write(app, chunk.take(), gathered, until == Until::Over).await? {
                Written::Half(half) => chunk = Some(half),
                Written::Whole(whole) => break whole,
            }
        }
        if until == Until::Late {
            drop(turn);
            late = Some(pieces.next().await?);
            let waiting = Instant::now();
            turn = app.uploads.take(id.as_bytes()).await.ok_or(ProblemCode::Unavailable)?;
            pieces.excuse(waiting.elapsed());
        }
    };
    let stored = app.store.put_chunk(door, place, whole).await?;
    if stored == Stored::Now {
        app.metrics.chunks.fetch_add(1, Relaxed);
        app.metrics.chunk_bytes.fetch_add(length, Relaxed);
    }
    Ok(stored)
}

enum Written {
    Half(HalfChunk),
    Whole(WholeChunk),
}

/// One visit to the disk.
async fn write(
    app: &Shared,
    chunk: Option<HalfChunk>,
    gathered: Vec<Bytes>,
    ended: bool,
) -> Result<Written, StoreError> {
    let app = Shared::clone(app);
    tokio::task::spawn_blocking(move || {
        let mut chunk = chunk.map_or_else(|| app.store.new_chunk(), Ok)?;
        chunk.write(&gathered)?;
        if ended { chunk.finish().map(Written::Whole) } else { Ok(Written::Half(chunk)) }
    })
    .await
    .map_err(|_| StoreError::Unavailable)?
}

/// Why gathering ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Enough,
    Over,
    /// The network kept it waiting.
    Late,
}

/// Pieces until there is enough for a visit to the disk. `first` came, or turned out to be the end, while there was no
/// turn.
async fn gather(
    pieces: &mut Pieces,
    mut first: Option<Option<Bytes>>,
) -> Result<(Vec<Bytes>, Until), Refused> {
    let (mut gathered, mut length) = (Vec::new(), 0);
    let late = Instant::now() + HURRY;
    while length < GATHER {
        let next = match first.take() {
            Some(came) => came,
            None => match timeout_at(late, pieces.next()).await {
                Ok(next) => next?,
                Err(_) => return Ok((gathered, Until::Late)),
            },
        };
        match next {
            Some(piece) => {
                length += piece.len();
                gathered.push(piece);
            }
            None => return Ok((gathered, Until::Over)),
        }
    }
    Ok((gathered, Until::Enough))
}

/// A chunk that is stored already: only compared.
async fn compare(pieces: &mut Pieces, door: &Door, stored: &[u8; 32]) -> Result<Stored, Refused> {
    pieces.limit(door.chunk_size);
    let mut hasher = Context::new(&SHA256);
    while let Some(piece) = pieces.next().await? {
        hasher.update(&piece);
    }
    if &sum(hasher) == stored { Ok(Stored::Before) } else { Err(ProblemCode::Conflict.into()) }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
