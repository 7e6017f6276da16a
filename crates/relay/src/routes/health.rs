//! What the operator asks.

use crate::{front::Visit, refused::Refused, relay::Shared, transport::Transport};
use axum::{
    Extension,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::{Arc, LazyLock, atomic::Ordering::Relaxed};
use wire::{Problem, ProblemCode};

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operator", responses((status = 200, description = "ok", body = String, content_type = "text/plain")))]
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// The store can be read and written, the certificate is valid, and the relay is not stopping.
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
    if !app.writable.ask(&app.config.store).await {
        return Err(ProblemCode::Unavailable.into());
    }
    let ends = app.metrics.certificate_ends.load(Relaxed);
    if app.config.transport.is_encrypted() && ends <= app.store.now() {
        return Err(ProblemCode::Unavailable.into());
    }
    Ok("ok")
}

/// Counts for Prometheus; for whoever calls from the relay's own machine.
#[utoipa::path(
    get, path = "/metrics", tag = "operator",
    responses(
        (status = 200, description = "Prometheus text", body = String, content_type = "text/plain"),
        (status = 404, description = "no-such-call: from another machine, or through a proxy", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn metrics(
    State(app): State<Shared>,
    visit: Option<Extension<Arc<Visit>>>,
) -> Result<Response, Refused> {
    let near = visit.is_some_and(|Extension(visit)| visit.peer.is_loopback());
    // Everyone comes from the proxy, which may be on this machine.
    if !near || matches!(app.config.transport, Transport::Proxied(_)) {
        return Err(ProblemCode::NoSuchCall.into());
    }
    Ok(counts(State(app)).await)
}

/// The same counts, for a listener of the operator's own.
pub(crate) async fn counts(State(app): State<Shared>) -> Response {
    let standing = [("shares", app.store.shares_kept() as u64), ("desks", app.desks().len() as u64)];
    let text = app.metrics.text(app.store.now(), &standing);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// This API as an OpenAPI document.
#[utoipa::path(get, path = "/openapi.json", tag = "operator", responses((status = 200, description = "this document", content_type = "application/json")))]
pub(crate) async fn openapi() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(crate::openapi);
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
