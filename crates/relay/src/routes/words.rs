//! Words: what the customer says after submitting. The desk judges them.

use crate::{
    body::{self, Pieces},
    refused::Refused,
    relay::Shared,
    store::UploadKey,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use std::sync::atomic::Ordering::Relaxed;
use wire::{Problem, ProblemCode, limits};

/// Passes a word on to the desk. The same word twice is one.
#[utoipa::path(
    post, path = "/v1/boxes/{id}/words", tag = "customer", security(("upload" = [])),
    params(("id" = String, Path, description = "box id, 32 hexadecimal digits")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the word and its MAC"),
    responses(
        (status = 202, description = "the desk will hear it"),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large: over 1 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "too-many: 64 different words were said", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn say(
    State(app): State<Shared>,
    key: UploadKey,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let door = app.store.enter(key).await?;
    let word = body::octets(&headers, Pieces::new(body, limits::WORD_MAX, app.config.patience)).await?;
    if word.is_empty() {
        return Err(ProblemCode::BadRequest.into());
    }
    app.store.say(door, word).await?;
    app.metrics.words.fetch_add(1, Relaxed);
    Ok(StatusCode::ACCEPTED)
}
