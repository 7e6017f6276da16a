//! Notes: what the desk leaves for the customer's page.

use crate::{
    auth::DeskPath,
    body::{self, Pieces},
    refused::Refused,
    relay::Shared,
    store::Stored,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use wire::{Problem, ProblemCode, limits};

/// Stores the next sealed note. The same note again changes nothing.
#[utoipa::path(
    put, path = "/v1/desk/boxes/{id}/notes/{seq}", tag = "desk", security(("desk" = [])),
    params(
        ("id" = String, Path, description = "box id, 32 hexadecimal digits"),
        ("seq" = u32, Path, description = "number of the note: how many there are already"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "stored, durably"),
        (status = 200, description = "stored before"),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "conflict: another note has this number, or it is not the next one", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large: over 4 KiB", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<Shared>,
    path: DeskPath,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let seq = path.number("seq")?;
    let note = body::octets(&headers, Pieces::new(body, limits::NOTE_MAX, app.config.patience)).await?;
    if note.is_empty() {
        return Err(ProblemCode::BadRequest.into());
    }
    Ok(match app.store.put_note(path.desk.0, path.id, seq, note).await? {
        Stored::Now => StatusCode::CREATED,
        Stored::Before => StatusCode::OK,
    })
}
