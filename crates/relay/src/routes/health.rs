//! What the operator asks.

use crate::{refused::Refused, relay::Shared};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;
use wire::{Problem, ProblemCode};

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operator", responses((status = 200, description = "ok", body = String, content_type = "text/plain")))]
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// The store answers too, and the relay is not stopping.
#[utoipa::path(
    get, path = "/readyz", tag = "operator",
    responses(
        (status = 200, description = "ok", body = String, content_type = "text/plain"),
        (status = 503, description = "unavailable", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(State(app): State<Shared>) -> Result<&'static str, Refused> {
    if app.stopping.is_cancelled() {
        return Err(ProblemCode::Unavailable.into());
    }
    app.store.answers().await?;
    Ok("ok")
}

/// Counts for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operator", responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(app): State<Shared>) -> Response {
    let text = app.metrics.text(&[("shares", app.store.shares_kept() as u64)]);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// This API as an OpenAPI document.
#[utoipa::path(get, path = "/openapi.json", tag = "operator", responses((status = 200, description = "this document", content_type = "application/json")))]
pub(crate) async fn openapi() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(crate::openapi);
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
