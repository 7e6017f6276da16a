//! A box: opened by the desk, seen by the customer.

use crate::{
    auth::Desk,
    body::{self, Pieces},
    refused::Refused,
    relay::Shared,
    store::{Opened, UploadKey},
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use std::sync::atomic::Ordering::Relaxed;
use wire::{
    Problem,
    api::{BoxOpened, BoxView, OpenBox},
    limits,
};

/// The longest JSON of an [`OpenBox`]: the longest sealed request as base64, the rest, and some air.
const OPEN_MAX: usize = limits::SEALED_REQUEST_MAX.div_ceil(3) * 4 + 2048;

/// Opens a box. The same body again changes nothing.
#[utoipa::path(
    post, path = "/v1/boxes", tag = "desk", security(("desk" = [])), request_body = OpenBox,
    responses(
        (status = 201, description = "opened", body = BoxOpened),
        (status = 200, description = "opened before, by the same body", body = BoxOpened),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "conflict: the id is taken by something else", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large: the sealed request is over 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "full", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn open(
    State(app): State<Shared>,
    desk: Desk,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let asked: OpenBox = body::json(&headers, Pieces::new(body, OPEN_MAX, app.config.patience)).await?;
    let shares = asked.shares.len() as u64;
    Ok(match app.store.open_box(desk.0, asked).await? {
        Opened::Now(opened) => {
            app.metrics.boxes.fetch_add(1, Relaxed);
            app.metrics.shares.fetch_add(shares, Relaxed);
            (StatusCode::CREATED, Json(opened)).into_response()
        }
        Opened::Before(opened) => Json(opened).into_response(),
    })
}

/// The sealed request, the state and the notes. Changes nothing, however often it is asked.
#[utoipa::path(
    get, path = "/v1/boxes/{id}", tag = "customer", security(("upload" = [])),
    params(("id" = String, Path, description = "box id, 32 hexadecimal digits")),
    responses(
        (status = 200, description = "the box, also after its end", body = BoxView),
        (status = 404, description = "not-here: no such box, or not with this token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn view(State(app): State<Shared>, key: UploadKey) -> Result<Json<BoxView>, Refused> {
    Ok(Json(app.store.view(key).await?))
}
