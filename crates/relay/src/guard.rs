//! What every request passes and every answer carries.

use crate::{page::PageAnswer, refused::Refused, relay::Shared};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::any::Any;
use wire::ProblemCode;

/// The longest path and query, bytes.
const URI_MAX: usize = 2048;

const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                           connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                           trusted-types svelte-trusted-html cloakroom-worker";
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), autoplay=(), camera=(self), display-capture=(), encrypted-media=(), fullscreen=(), \
         geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
         picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), \
         xr-spatial-tracking=()",
    ),
];

/// Outermost: headers on every answer, whoever gives it, and one line in the log without ids or addresses.
pub(crate) async fn answer(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let policy = if response.extensions().get::<PageAnswer>().is_some() { PAGE_POLICY } else { API_POLICY };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    app.metrics.answered(response.status(), response.extensions().get::<ProblemCode>().copied());
    let call = response.extensions().get::<Call>().map_or("-", |call| call.0.as_str());
    tracing::debug!(%method, call, status = response.status().as_u16(), "answered");
    response
}

/// The route's template, for the log.
#[derive(Clone)]
struct Call(MatchedPath);

/// Inside the router: tells [`answer`] which route it was.
pub(crate) async fn name_call(path: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(Call(path));
    response
}

/// Refuses requests that are not plainly for this relay.
pub(crate) async fn admit(State(app): State<Shared>, request: Request, next: Next) -> Response {
    match check(&app.hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

fn check(hosts: &[String], request: &Request) -> Result<(), Refused> {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, str::len);
    if length > URI_MAX {
        return Err(Refused::with_status(ProblemCode::BadRequest, StatusCode::URI_TOO_LONG));
    }
    let mut named = request.headers().get_all(header::HOST).iter();
    // Without exactly one Host, two servers in a row may disagree for whom a request is (RFC 9112 §3.2).
    let (Some(host), None) = (named.next(), named.next()) else { return Err(ProblemCode::BadRequest.into()) };
    let host: Authority = std::str::from_utf8(host.as_bytes())
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(ProblemCode::BadRequest)?;
    if host.as_str().contains('@') || uri.authority().is_some_and(|authority| authority != &host) {
        return Err(ProblemCode::BadRequest.into());
    }
    // A name that merely resolves to this machine is someone else's page (DNS rebinding).
    if !is_ours(hosts, host.host()) {
        return Err(Refused::with_status(ProblemCode::BadRequest, StatusCode::MISDIRECTED_REQUEST));
    }
    Ok(())
}

fn is_ours(hosts: &[String], name: &str) -> bool {
    ["127.0.0.1", "localhost", "[::1]"]
        .into_iter()
        .chain(hosts.iter().map(String::as_str))
        .any(|ours| ours.eq_ignore_ascii_case(name))
}

/// A panic is the relay's mistake; its words stay in the log.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    Refused::with_status(ProblemCode::Unavailable, StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    #[tokio::test]
    async fn a_panic_is_answered_without_its_words() {
        async fn broken() -> &'static str {
            panic!("4111111111111111")
        }
        let router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(panicked));
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(answer.into_body(), 4096).await.unwrap();
        let problem: wire::Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!((problem.code, problem.status), (ProblemCode::Unavailable, 500));
        assert!(!String::from_utf8_lossy(&body).contains("4111"));
    }
}
