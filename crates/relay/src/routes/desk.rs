//! What a desk does with its box once it is open: look, say it is collected, end it.

use crate::{
    auth::DeskPath,
    body::{self, Pieces},
    refused::Refused,
    relay::Shared,
    store::EndAs,
};
use axum::{
    Json,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use std::sync::atomic::Ordering::Relaxed;
use wire::{
    Problem, ProblemCode,
    api::{BoxState, Collected, DeskBoxView},
};

/// Where the box stands, and what was submitted.
#[utoipa::path(
    get, path = "/v1/desk/boxes/{id}", tag = "desk", security(("desk" = [])),
    params(("id" = String, Path, description = "box id, 32 hexadecimal digits")),
    responses(
        (status = 200, description = "the box", body = DeskBoxView),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here: unknown, or another desk's", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn view(State(app): State<Shared>, path: DeskPath) -> Result<Json<DeskBoxView>, Refused> {
    Ok(Json(app.store.desk_view(path.desk.0, path.id).await?))
}

/// The vault has it, durably and verified. The relay erases the ciphertext before it answers.
#[utoipa::path(
    post, path = "/v1/desk/boxes/{id}/collected", tag = "desk", security(("desk" = [])), request_body = Collected,
    params(("id" = String, Path, description = "box id, 32 hexadecimal digits")),
    responses(
        (status = 200, description = "erased, durably"),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "conflict: another record, or none, was accepted", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "ended", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn collected(
    State(app): State<Shared>,
    path: DeskPath,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let asked: Collected = body::json(&headers, Pieces::new(body, 1024, app.config.patience)).await?;
    app.store.collected(path.desk.0, path.id, *asked.record.as_bytes()).await?;
    app.metrics.collected.fetch_add(1, Relaxed);
    Ok(StatusCode::OK)
}

/// The query of a `DELETE`.
#[derive(Deserialize)]
pub(crate) struct Ending {
    #[serde(rename = "as")]
    how: How,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum How {
    Revoked,
    Purged,
}

/// Where a box stands after its end.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Ended {
    state: BoxState,
}

/// Takes the link back while nothing was accepted yet, or confirms the purge. The relay erases the ciphertext before it answers; the sealed
/// request, notes and state stay for 90 days.
#[utoipa::path(
    delete, path = "/v1/desk/boxes/{id}", tag = "desk", security(("desk" = [])),
    params(
        ("id" = String, Path, description = "box id, 32 hexadecimal digits"),
        ("as" = String, Query, description = "revoked or purged"),
    ),
    responses(
        (status = 200, description = "erased, durably", body = Ended),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "already-sent: it can only be purged", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end(
    State(app): State<Shared>,
    path: DeskPath,
    query: Result<Query<Ending>, QueryRejection>,
) -> Result<Json<Ended>, Refused> {
    let Query(ending) = query.map_err(|_| ProblemCode::BadRequest)?;
    let how = match ending.how {
        How::Revoked => EndAs::Revoked,
        How::Purged => EndAs::Purged,
    };
    Ok(Json(Ended { state: app.store.end(path.desk.0, path.id, how).await? }))
}
