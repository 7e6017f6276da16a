//! The HTTP calls (DESIGN §4), one file a noun. A handler reads its request, asks the store, and answers.

pub(crate) mod boxes;
pub(crate) mod chunks;
pub(crate) mod contact;
pub(crate) mod desk;
pub(crate) mod download;
pub(crate) mod enrolment;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod hooks;
pub(crate) mod notes;
pub(crate) mod shares;
pub(crate) mod submission;
pub(crate) mod words;

use crate::{guard, refused::Refused, relay::Shared};
use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, Uri},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use tower_http::catch_panic::CatchPanicLayer;
use wire::ProblemCode;

/// Every call, behind what all calls pass.
pub(crate) fn router(app: Shared) -> Router {
    Router::new()
        .route("/v1/boxes", post(boxes::open))
        .route("/v1/boxes/{id}", get(boxes::view))
        .route("/v1/boxes/{id}/parts", get(chunks::list))
        .route("/v1/boxes/{id}/parts/{part}/{n}", put(chunks::put))
        .route("/v1/boxes/{id}/submit", post(submission::submit))
        .route("/v1/boxes/{id}/words", post(words::say))
        .route("/v1/desk/events", get(events::listen))
        .route("/v1/desk/boxes/{id}", get(desk::view).delete(desk::end))
        .route("/v1/desk/boxes/{id}/parts/{part}", get(download::part))
        .route("/v1/desk/boxes/{id}/collected", post(desk::collected))
        .route("/v1/desk/boxes/{id}/notes/{seq}", put(notes::put))
        .route(
            "/v1/desk/boxes/{id}/shares/{class}",
            get(shares::fetch).put(shares::move_term).delete(shares::erase),
        )
        .route("/v1/desk", get(enrolment::view))
        .route("/v1/desk/enrol", post(enrolment::enrol))
        .route("/v1/desk/hooks", get(hooks::list))
        .route("/v1/desk/hooks/{hook}", put(hooks::make).delete(hooks::end))
        .route("/v1/desk/deliveries", get(hooks::waiting))
        .route("/v1/desk/deliveries/{n}", delete(hooks::fetched))
        .route("/hooks/{hook}", post(hooks::arrive))
        .route("/v1/contact", get(contact::show))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(health::openapi))
        .route_layer(from_fn(guard::name_call))
        .fallback(page)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(from_fn_with_state(app.clone(), guard::admit))
        .layer(from_fn_with_state(app.clone(), guard::answer))
        .with_state(app)
}

/// What an operator may look at from elsewhere, on a listener of its own.
pub(crate) fn operator(app: Shared) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::counts))
        .fallback(wrong_page)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(from_fn_with_state(app.clone(), guard::read))
        .layer(from_fn_with_state(app.clone(), guard::answer))
        .with_state(app)
}

/// Anything else is a file of the page, or nothing.
async fn page(State(app): State<Shared>, method: Method, uri: Uri) -> Response {
    if method == Method::GET || method == Method::HEAD {
        app.page.answer(uri.path())
    } else {
        Refused::from(ProblemCode::NoSuchCall).into_response()
    }
}

async fn wrong_page() -> Refused {
    ProblemCode::NoSuchCall.into()
}

async fn wrong_method() -> Refused {
    Refused::with_status(ProblemCode::NoSuchCall, StatusCode::METHOD_NOT_ALLOWED)
}
