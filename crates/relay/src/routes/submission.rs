//! The submission.

use crate::{
    body::{self, Pieces},
    refused::Refused,
    relay::Shared,
    store::UploadKey,
};
use axum::{Json, body::Body, extract::State, http::HeaderMap};
use std::sync::atomic::Ordering::Relaxed;
use wire::{
    Problem, SubmitBody,
    api::{BoxState, Submitted},
};

/// Hands the parts in that the record names: once. The same body again is accepted again.
///
/// A part that is there but differs from the record is dropped, so that all its chunks can be sent again.
#[utoipa::path(
    post, path = "/v1/boxes/{id}/submit", tag = "customer", security(("upload" = [])),
    params(("id" = String, Path, description = "box id, 32 hexadecimal digits")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the record and its MAC"),
    responses(
        (status = 200, description = "accepted, durably", body = Submitted),
        (status = 400, description = "bad-request: not a record, or another box's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-sent: another submission was accepted", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "ended", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large: more bytes or parts than the box takes", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "incomplete: `missing` names the parts to send again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit(
    State(app): State<Shared>,
    key: UploadKey,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Submitted>, Refused> {
    let door = app.store.enter(key).await?;
    let body = body::octets(&headers, Pieces::new(body, SubmitBody::MAX_LEN, app.config.patience)).await?;
    app.store.submit(door, body).await?;
    app.metrics.submissions.fetch_add(1, Relaxed);
    Ok(Json(Submitted { state: BoxState::Sent }))
}
