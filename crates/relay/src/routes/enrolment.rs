//! A desk's first call, and its call to see that it is known.

use crate::{
    auth::Desk,
    body::{self, Pieces},
    code::Code,
    refused::Refused,
    relay::Shared,
    store::Shown,
};
use axum::{Json, body::Body, extract::State, http::HeaderMap};
use std::sync::atomic::Ordering::Relaxed;
use wire::{
    Problem, ProblemCode,
    api::{DeskView, Enrol},
};

/// Lets a desk in with the one-time code its operator was given, under the token it made for itself. The same body
/// again is the same answer.
#[utoipa::path(
    post, path = "/v1/desk/enrol", tag = "desk", request_body = Enrol,
    responses(
        (status = 200, description = "known from now on by this token", body = DeskView),
        (status = 400, description = "bad-request", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "bad-code: used, run out, replaced, or never was", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "conflict: another desk has this token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn enrol(
    State(app): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<DeskView>, Refused> {
    let asked: Enrol = body::json(&headers, Pieces::new(body, 1024, app.config.patience)).await?;
    let shown = Shown::new(Code::parse(&asked.code).as_ref(), asked.token_hash);
    app.store.knows_code(shown).await?;
    let changing = Shared::clone(&app);
    // Carried to its end whether or not the desk waits: else a token would be written down and not let in.
    let enrolled = tokio::spawn(async move {
        let enrolling = async {
            let enrolled = changing.store.enrol(shown).await?;
            Ok::<_, Refused>((enrolled.name, Some(enrolled.desks)))
        };
        changing.change_desks(enrolling).await
    });
    let name = enrolled.await.map_err(|_| ProblemCode::Unavailable)??;
    app.metrics.enrolled.fetch_add(1, Relaxed);
    Ok(Json(view_of(&app, name)))
}

/// Who this desk is here.
#[utoipa::path(
    get, path = "/v1/desk", tag = "desk", security(("desk" = [])),
    responses(
        (status = 200, description = "known", body = DeskView),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn view(State(app): State<Shared>, desk: Desk) -> Result<Json<DeskView>, Refused> {
    let name = app.store.desk_name(desk.0).await?;
    Ok(Json(view_of(&app, name)))
}

fn view_of(app: &Shared, name: String) -> DeskView {
    DeskView { name, version: env!("CARGO_PKG_VERSION").to_owned(), now: app.store.now() }
}
