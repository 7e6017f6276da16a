//! Bodies: read piece by piece, bounded in size and time.

use crate::refused::Refused;
use axum::{
    body::{Body, BodyDataStream},
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::Instant;
use wire::ProblemCode;

/// Bytes a second that whoever sends a body, or reads an answer, must manage in the long run: slower than the slowest
/// telephone.
pub(crate) const SLOWEST: u32 = 1024;

/// What is still read of a body nobody wants, so that its sender can hear the answer.
const DRAIN: usize = 8 * 1024 * 1024;

/// A whole body may take so many times as long as one piece of it: two minutes, as long as the page waits for one
/// chunk.
pub(crate) const WHOLE: u32 = 4;

/// A body nobody wants may take this share of the time for one piece, all in all: whoever trickles it, and need not
/// show a token for that, keeps a connection from others.
const DRAIN_SHARE: u32 = 4;

/// A body on its way.
pub(crate) struct Pieces {
    stream: BodyDataStream,
    /// Bytes that may still come.
    left: usize,
    patience: Duration,
    /// When the whole body is to be here.
    until: Instant,
    /// When its first byte was waited for, and how many came since.
    since: Instant,
    came: u64,
}

impl Pieces {
    pub(crate) fn new(body: Body, most: usize, patience: Duration) -> Self {
        Self {
            stream: body.into_data_stream(),
            left: most,
            patience,
            until: Instant::now() + patience * WHOLE,
            since: Instant::now(),
            came: 0,
        }
    }

    /// Its time begins now: until here it was the relay that made the sender wait.
    pub(crate) fn begin(&mut self) {
        self.until = Instant::now() + self.patience * WHOLE;
        (self.since, self.came) = (Instant::now(), 0);
    }

    /// All of it is to be here within half the time one piece may take: for servers, which are not telephones.
    pub(crate) fn promptly(mut self) -> Self {
        self.begin();
        self.until = self.since + self.patience / 2;
        self
    }

    /// For so long it was the relay again that made the sender wait.
    pub(crate) fn excuse(&mut self, waited: Duration) {
        self.until += waited;
        self.since += waited;
    }

    /// Bounds what may still come, in bytes.
    pub(crate) fn limit(&mut self, most: u32) {
        self.left = most as usize;
    }

    /// The next piece, none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Refused> {
        let due = Duration::from_secs(self.came) / SLOWEST;
        let until = self.until.min(Instant::now() + self.patience).min(self.since + self.patience / 2 + due);
        let piece = tokio::time::timeout_at(until, self.stream.next()).await;
        match piece.map_err(|_| Refused::too_slow())? {
            None => Ok(None),
            // The connection broke or was not HTTP: nobody is there to read the answer.
            Some(Err(_)) => Err(ProblemCode::BadRequest.into()),
            Some(Ok(piece)) => {
                self.came += piece.len() as u64;
                self.left = self.left.checked_sub(piece.len()).ok_or(ProblemCode::TooLarge)?;
                Ok(Some(piece))
            }
        }
    }

    /// Everything, for bodies of at most a few dozen KiB.
    pub(crate) async fn all(self) -> Result<Vec<u8>, Refused> {
        let mut bytes = Vec::new();
        self.each(|piece| bytes.extend_from_slice(piece)).await?;
        Ok(bytes)
    }

    /// Everything, and none of it is kept: what is not wanted takes as long as what is.
    pub(crate) async fn unheard(self) -> Result<(), Refused> {
        self.each(|_| {}).await
    }

    async fn each(mut self, mut hear: impl FnMut(&[u8])) -> Result<(), Refused> {
        loop {
            match self.next().await {
                Ok(Some(piece)) => hear(&piece),
                Ok(None) => return Ok(()),
                Err(refused) => {
                    self.drain().await;
                    return Err(refused);
                }
            }
        }
    }

    /// Reads the rest and forgets it: a browser that is still sending would not see an early answer.
    pub(crate) async fn drain(mut self) {
        self.left = DRAIN;
        self.until = Instant::now() + self.patience / DRAIN_SHARE;
        while let Ok(Some(_)) = self.next().await {}
    }
}

/// A JSON body.
pub(crate) async fn json<T: DeserializeOwned>(headers: &HeaderMap, pieces: Pieces) -> Result<T, Refused> {
    let named = media_type(headers) == Some("application/json");
    let bytes = pieces.all().await?;
    if !named {
        return Err(wrong_media_type());
    }
    Ok(serde_json::from_slice(&bytes).map_err(|_| ProblemCode::BadRequest)?)
}

/// A body of plain bytes.
pub(crate) async fn octets(headers: &HeaderMap, pieces: Pieces) -> Result<Vec<u8>, Refused> {
    let named = are_octets(headers);
    let bytes = pieces.all().await?;
    if named { Ok(bytes) } else { Err(wrong_media_type()) }
}

/// Whether the body calls itself plain bytes, or nothing.
pub(crate) fn are_octets(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::CONTENT_TYPE) || media_type(headers) == Some("application/octet-stream")
}

pub(crate) fn wrong_media_type() -> Refused {
    Refused::with_status(ProblemCode::BadRequest, StatusCode::UNSUPPORTED_MEDIA_TYPE)
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or(text).trim())
}
