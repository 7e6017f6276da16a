//! Webhooks: passed on raw. The desk says where they arrive, fetches them, and judges them.

use crate::{
    auth::{Desk, HookKey, HookPath},
    body::Pieces,
    rate::Counted,
    refused::Refused,
    relay::Shared,
    store::Arrived,
    turns::Turn,
};
use axum::{
    Json,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use std::{sync::atomic::Ordering::Relaxed, time::Instant};
use wire::{
    Problem, ProblemCode,
    api::{DeliveriesView, HooksView, SECRET_HASH_HEADER, SECRET_HEADER, SIGNING_HEADERS},
    limits, sha256,
};

/// The longest value of a signing header, bytes.
const HEADER_MAX: usize = 1024;

/// All signing headers of one webhook, names and values, bytes: whoever knows a hook's address fills no answer with them.
const HEADERS_MAX: usize = 4096;

/// Makes a hook: from now on webhooks for it are kept for this desk.
#[utoipa::path(
    put, path = "/v1/desk/hooks/{hook}", tag = "desk", security(("desk" = [])),
    params(("hook" = String, Path, description = "hook id, 32 hexadecimal digits, made by the desk at random")),
    responses(
        (status = 201, description = "made"),
        (status = 200, description = "made before"),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here: not a hook id", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "conflict: the id is taken", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "too-many: 32 hooks are there", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn make(State(app): State<Shared>, path: HookPath) -> Result<StatusCode, Refused> {
    let hook = path.hook()?;
    let new = app.store.put_hook(path.desk.0, hook).await?;
    Ok(if new { StatusCode::CREATED } else { StatusCode::OK })
}

/// Ends a hook. What came through it and waits, stays.
#[utoipa::path(
    delete, path = "/v1/desk/hooks/{hook}", tag = "desk", security(("desk" = [])),
    params(("hook" = String, Path, description = "hook id, 32 hexadecimal digits")),
    responses(
        (status = 200, description = "there is no such hook of this desk any more"),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here: not a hook id", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end(State(app): State<Shared>, path: HookPath) -> Result<StatusCode, Refused> {
    let hook = path.hook()?;
    app.store.drop_hook(path.desk.0, hook).await?;
    Ok(StatusCode::OK)
}

/// This desk's hooks.
#[utoipa::path(
    get, path = "/v1/desk/hooks", tag = "desk", security(("desk" = [])),
    responses(
        (status = 200, description = "every hook", body = HooksView),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(app): State<Shared>, desk: Desk) -> Result<Json<HooksView>, Refused> {
    Ok(Json(HooksView { hooks: app.store.hooks(desk.0).await? }))
}

/// The oldest webhooks that wait for this desk.
#[utoipa::path(
    get, path = "/v1/desk/deliveries", tag = "desk", security(("desk" = [])),
    params(("after" = Option<u64>, Query, description = "number of a webhook; those beyond it alone")),
    responses(
        (status = 200, description = "as many as fit into 1 MiB of bodies and headers, one at least", body = DeliveriesView),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn waiting(
    State(app): State<Shared>,
    desk: Desk,
    position: Result<Query<Position>, QueryRejection>,
) -> Result<Json<DeliveriesView>, Refused> {
    let Query(position) = position.map_err(|_| ProblemCode::BadRequest)?;
    Ok(Json(app.store.deliveries(desk.0, position.after.unwrap_or(0)).await?))
}

/// Where a list goes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    after: Option<u64>,
}

/// The desk is done with a webhook.
#[utoipa::path(
    delete, path = "/v1/desk/deliveries/{n}", tag = "desk", security(("desk" = [])),
    params(("n" = u64, Path, description = "number of the delivery")),
    responses(
        (status = 200, description = "no such webhook waits for this desk any more"),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not-here: not a number", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn fetched(State(app): State<Shared>, path: HookPath) -> Result<StatusCode, Refused> {
    let n = path.number()?;
    if app.store.fetched(path.desk.0, n).await? {
        app.metrics.deliveries_fetched.fetch_add(1, Relaxed);
    }
    Ok(StatusCode::OK)
}

/// A helpdesk's webhook: its body and the headers that sign or date it are kept for the desk.
#[utoipa::path(
    post, path = "/hooks/{hook}", tag = "helpdesk",
    params(("hook" = String, Path, description = "hook id, 32 hexadecimal digits")),
    request_body(content = Vec<u8>, content_type = "*/*", description = "anything"),
    responses(
        (status = 202, description = "kept, durably"),
        (status = 404, description = "not-here: no such hook", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too-large: over 256 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "too-many: 1,000 wait, or they come too fast", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "quota, or full", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn arrive(
    State(app): State<Shared>,
    key: HookKey,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let body = Pieces::new(body, limits::HOOK_BODY_MAX, app.config.patience).promptly();
    let wanted = wanted(&app, &key).await;
    // All of it is read, whether there is such a hook or not; kept is only what a desk waits for, so much at a time.
    let (desk, _turn, body) = match wanted {
        Ok((desk, turn)) => (desk, turn, body.promptly().all().await?),
        Err(refused) => {
            body.unheard().await?;
            return Err(refused);
        }
    };
    let arrived = Arrived { headers: signing(&headers), body };
    let kept = app.store.deliver(desk, key.hook, arrived).await;
    let counter = if kept.is_ok() { &app.metrics.deliveries } else { &app.metrics.deliveries_dropped };
    counter.fetch_add(1, Relaxed);
    kept?;
    Ok(StatusCode::ACCEPTED)
}

/// Whose webhook it is, and a turn to bring it.
async fn wanted(app: &Shared, key: &HookKey) -> Result<(i64, Turn), Refused> {
    let desk = app.store.hook_owner(key.hook).await?;
    if !key.well_formed {
        return Err(ProblemCode::NotHere.into());
    }
    if app.per_hook.take(Counted::Hook(*key.hook.as_bytes()), Instant::now()).is_err() {
        app.metrics.too_often.fetch_add(1, Relaxed);
        return Err(ProblemCode::TooMany.into());
    }
    let turn = app.webhooks.take(key.hook.as_bytes()).await.ok_or(ProblemCode::Unavailable)?;
    Ok((desk, turn))
}

/// What signs or dates a webhook, each header once; what is not text is nothing a signature is written in. A secret that
/// came in clear is not kept: its hash is enough for the desk, and says nothing to whoever reads the store.
fn signing(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = Vec::new();
    let mut left = HEADERS_MAX;
    for (name, value) in headers {
        let name = name.as_str();
        let Some(value) = value.to_str().ok().filter(|value| value.len() <= HEADER_MAX) else { continue };
        let (name, value) = match name {
            SECRET_HEADER => {
                (SECRET_HASH_HEADER, data_encoding::HEXLOWER.encode(&sha256(value.trim().as_bytes())))
            }
            name if SIGNING_HEADERS.contains(&name) => (name, value.to_owned()),
            _ => continue,
        };
        let Some(rest) = left.checked_sub(name.len() + value.len()) else { continue };
        if kept.iter().all(|(before, _)| before != name) {
            left = rest;
            kept.push((name.to_owned(), value));
        }
    }
    kept
}
