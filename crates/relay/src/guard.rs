//! What every request passes and every answer carries.

use crate::{
    front::Visit,
    page::PageAnswer,
    rate::{Counted, Limiter},
    refused::Refused,
    relay::{App, Shared},
    transport::Transport,
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Version, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{
    any::Any,
    net::IpAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant, UNIX_EPOCH},
};
use wire::{BoxId, ProblemCode};

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

/// Browsers come by https only, for a year from each visit.
const SECURE: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Outermost: headers on every answer, whoever gives it, and one line in the log without ids or addresses.
pub(crate) async fn answer(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let (version, client) = (request.version(), caller(&app, &request).and_then(|caller| app.named(caller)));
    let visit = request.extensions().get::<Arc<Visit>>().cloned();
    let mut response = next.run(request).await;
    let policy = if response.extensions().get::<PageAnswer>().is_some() { PAGE_POLICY } else { API_POLICY };
    let (status, unclear) = (response.status(), response.extensions().get::<Over>().is_some());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Desks compare it with their own, so it is what terms go by here (RFC 9110 §6.6.1).
    if let Some(date) = date(app.clock.now()) {
        headers.insert(header::DATE, date);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    if app.config.transport.is_public() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, SECURE);
    }
    // Whoever was too slow, or not clear, is not listened to again.
    let over = status == StatusCode::REQUEST_TIMEOUT || unclear;
    if over && version < Version::HTTP_2 {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if unclear && let Some(visit) = visit.filter(|_| version == Version::HTTP_2) {
        visit.over.notify_one();
    }
    app.metrics.answered(response.status(), response.extensions().get::<ProblemCode>().copied());
    let call = response.extensions().get::<Call>().map_or("-", |call| call.0.as_str());
    if status == StatusCode::REQUEST_TIMEOUT {
        app.metrics.too_slow.fetch_add(1, Relaxed);
    }
    tracing::debug!(method = known(&method), call, status = status.as_u16(), client, "answered");
    response
}

fn date(now: u64) -> Option<HeaderValue> {
    let at = UNIX_EPOCH.checked_add(Duration::from_secs(now))?;
    HeaderValue::from_str(&httpdate::fmt_http_date(at)).ok()
}

/// A method for the log: those there are, and not what someone made up.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Who called: the other side of the connection, or whom a trusted proxy names.
fn caller(app: &App, request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<Arc<Visit>>()?.peer;
    match &app.config.transport {
        Transport::Proxied(proxy) => Some(proxy.caller(peer, request.headers())),
        _ => Some(peer),
    }
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

/// Marks an answer after which the connection ends.
#[derive(Clone)]
struct Over;

/// Answers what could not be read as a request.
pub(crate) async fn read(State(app): State<Shared>, request: Request, next: Next) -> Response {
    match unreadable(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

fn unreadable(app: &App, request: &Request) -> Result<(), Refused> {
    let visit = request.extensions().get::<Arc<Visit>>();
    let Some(status) = visit.and_then(|visit| visit.verdict.of(request.method())) else { return Ok(()) };
    if status != StatusCode::REQUEST_TIMEOUT {
        app.metrics.malformed.fetch_add(1, Relaxed);
    }
    Err(Refused::with_status(ProblemCode::BadRequest, status))
}

/// Refuses requests that are not plainly for this relay, and those that come too often.
pub(crate) async fn admit(State(app): State<Shared>, request: Request, next: Next) -> Response {
    // Counted first: what is refused costs its caller as much as what is not.
    if let Err(wait) = count(&app, &request) {
        return too_often(&app, wait);
    }
    if let Err(refused) = unreadable(&app, &request).and_then(|()| check(&app.hosts, &request)) {
        let mut answer = refused.into_response();
        answer.extensions_mut().insert(Over);
        return answer;
    }
    next.run(request).await
}

/// Counts a request for its caller, and for the box it is about.
fn count(app: &App, request: &Request) -> Result<(), Duration> {
    let now = Instant::now();
    let take = |limiter: &Option<Limiter>, who: Option<Counted>| match (limiter, who) {
        (Some(limiter), Some(who)) => limiter.take(who, now),
        _ => Ok(()),
    };
    take(&app.per_address, caller(app, request).map(Counted::from))?;
    // Whether there is such a box makes no difference.
    take(&app.per_box, about(request.uri().path()).map(|id| Counted::Box(*id.as_bytes())))
}

/// The box that a customer's call is about.
fn about(path: &str) -> Option<BoxId> {
    let id = path.strip_prefix("/v1/boxes/")?;
    id.split('/').next()?.parse().ok()
}

fn too_often(app: &App, wait: Duration) -> Response {
    app.metrics.too_often.fetch_add(1, Relaxed);
    let seconds = wait.as_secs() + 1;
    ([(header::RETRY_AFTER, seconds)], Refused::from(ProblemCode::TooMany)).into_response()
}

fn check(hosts: &[String], request: &Request) -> Result<(), Refused> {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, str::len);
    if length > URI_MAX {
        return Err(Refused::with_status(ProblemCode::BadRequest, StatusCode::URI_TOO_LONG));
    }
    let host = host(request).ok_or(ProblemCode::BadRequest)?;
    // A name that merely resolves to this machine is someone else's page (DNS rebinding).
    if !is_ours(hosts, host.host()) {
        return Err(Refused::with_status(ProblemCode::BadRequest, StatusCode::MISDIRECTED_REQUEST));
    }
    Ok(())
}

/// For whom a request is, when it says so exactly once: otherwise two servers in a row may disagree
/// (RFC 9112 §3.2, RFC 9113 §8.3.1).
fn host(request: &Request) -> Option<Authority> {
    let mut named = request.headers().get_all(header::HOST).iter();
    let (header, more) = (named.next(), named.next());
    let header = match header {
        Some(text) => Some(std::str::from_utf8(text.as_bytes()).ok()?.parse::<Authority>().ok()?),
        None => None,
    };
    let host = match (header, request.uri().authority()) {
        _ if more.is_some() => None,
        (Some(header), Some(target)) => (header == *target).then_some(header),
        (Some(header), None) => Some(header),
        (None, Some(target)) => (request.version() == Version::HTTP_2).then(|| target.clone()),
        (None, None) => None,
    }?;
    (!host.as_str().contains('@')).then_some(host)
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
