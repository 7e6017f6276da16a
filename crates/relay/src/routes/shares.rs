//! Shares: what the relay keeps for a desk until their term.

use crate::{
    auth::DeskPath,
    body::{self, Pieces},
    refused::Refused,
    relay::Shared,
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use wire::{
    Problem,
    api::{ShareErased, ShareTerm, ShareView},
};

/// A share, to open what was collected.
#[utoipa::path(
    get, path = "/v1/desk/boxes/{id}/shares/{class}", tag = "desk", security(("desk" = [])),
    params(
        ("id" = String, Path, description = "box id, 32 hexadecimal digits"),
        ("class" = wire::DataClass, Path, description = "the class"),
    ),
    responses(
        (status = 200, description = "the share", body = ShareView),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here: no such box, or another desk's", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "ended: its term has passed, it was deleted, or never was", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn fetch(State(app): State<Shared>, path: DeskPath) -> Result<Json<ShareView>, Refused> {
    let class = path.class()?;
    Ok(Json(app.store.share(path.desk.0, path.id, class).await?))
}

/// Moves a share's term, before it passes: to a time ahead, and no later than `term_max`.
#[utoipa::path(
    put, path = "/v1/desk/boxes/{id}/shares/{class}", tag = "desk", security(("desk" = [])), request_body = ShareTerm,
    params(
        ("id" = String, Path, description = "box id, 32 hexadecimal digits"),
        ("class" = wire::DataClass, Path, description = "the class"),
    ),
    responses(
        (status = 200, description = "moved, durably"),
        (status = 400, description = "bad-request: the term has passed already, or is later than term_max", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "ended: the share is gone", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn move_term(
    State(app): State<Shared>,
    path: DeskPath,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let class = path.class()?;
    let asked: ShareTerm = body::json(&headers, Pieces::new(body, 1024, app.config.patience)).await?;
    app.store.move_share_term(path.desk.0, path.id, class, asked.term).await?;
    Ok(StatusCode::OK)
}

/// Deletes a share. The relay overwrites it before it answers; the same call again changes nothing.
#[utoipa::path(
    delete, path = "/v1/desk/boxes/{id}/shares/{class}", tag = "desk", security(("desk" = [])),
    params(
        ("id" = String, Path, description = "box id, 32 hexadecimal digits"),
        ("class" = wire::DataClass, Path, description = "the class"),
    ),
    responses(
        (status = 200, description = "there is none, durably; whether one was overwritten here", body = ShareErased),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn erase(State(app): State<Shared>, path: DeskPath) -> Result<Json<ShareErased>, Refused> {
    let class = path.class()?;
    let erased = app.store.erase_share(path.desk.0, path.id, class).await?;
    Ok(Json(ShareErased { erased }))
}
