//! One connection, served.

#[cfg(feature = "internet")]
use super::{blocks::Blocks, strict::Verdict};
use super::{
    crowd::{Crowd, Place},
    paced::Paced,
    strict::Strict,
    visit::{Judgement, Taken, Visit},
};
#[cfg(feature = "internet")]
use crate::tls::{Spoken, Tls};
use crate::{proxy::plain, rate::Counted, relay::Shared, transport::Transport};
use axum::{Router, body::Body, http::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use std::{
    convert::Infallible,
    future::Future,
    net::IpAddr,
    pin::{Pin, pin},
    sync::{Arc, atomic::Ordering::Relaxed},
};
use tokio::{net::TcpStream, time::Instant};

/// Bytes read ahead for one HTTP/1 connection.
const READ_AHEAD: usize = 64 * 1024;

/// How connections to one listener are treated.
pub(crate) struct Entrance {
    pub(crate) app: Shared,
    router: Router,
    #[cfg(feature = "internet")]
    tls: Option<Tls>,
    crowd: Option<Crowd>,
    /// For operators: whoever reaches it.
    open: bool,
}

impl Entrance {
    /// For the relay itself.
    pub(crate) fn new(app: Shared, router: Router) -> Self {
        let crowd = app.config.connections_per_address.map(Crowd::new);
        Self {
            app,
            router,
            #[cfg(feature = "internet")]
            tls: None,
            crowd,
            open: false,
        }
    }

    #[cfg(feature = "internet")]
    pub(crate) fn with_tls(self, tls: Option<Tls>) -> Self {
        Self { tls, ..self }
    }

    /// For whoever looks after the relay, on a listener of its own.
    pub(crate) fn for_operators(app: Shared, router: Router) -> Self {
        Self { crowd: None, open: true, ..Self::new(app, router) }
    }

    /// Whether a connection from there is served; and its place among those of its address.
    fn admit(&self, peer: IpAddr) -> Option<Option<Place>> {
        if self.open {
            return Some(None);
        }
        if let Transport::Proxied(proxy) = &self.app.config.transport {
            // The proxy's connections are many people's.
            return proxy.trusts(peer).then_some(None);
        }
        match &self.crowd {
            Some(crowd) => crowd.enter(Counted::from(peer)).map(Some),
            None => Some(None),
        }
    }
}

/// Serves a connection until it ends, or the relay stops.
pub(crate) async fn attend(entrance: Arc<Entrance>, stream: TcpStream, peer: IpAddr) {
    let app = &entrance.app;
    let Some(_place) = entrance.admit(plain(peer)) else {
        app.metrics.connections_refused.fetch_add(1, Relaxed);
        tracing::debug!(client = app.named(peer), "a connection was not let in");
        return;
    };
    // Small answers must not wait for more to say (Nagle); a socket that refuses is already gone.
    let _ = stream.set_nodelay(true);
    let stream = Paced::new(stream, Shared::clone(app));
    #[cfg(feature = "internet")]
    if let Some(tls) = &entrance.tls {
        let shaken = tokio::select! {
            () = app.stopping.cancelled() => return,
            shaken = tokio::time::timeout(app.config.header_patience, tls.shake_hands(stream)) => shaken,
        };
        let Ok(Ok((stream, spoken))) = shaken else {
            app.metrics.handshakes_failed.fetch_add(1, Relaxed);
            tracing::debug!(client = app.named(peer), "a TLS handshake failed");
            return;
        };
        match spoken {
            Spoken::Http1 => http_1(&entrance, stream, peer).await,
            Spoken::Http2 => http_2(&entrance, stream, peer).await,
            Spoken::Challenge => {}
        }
        return;
    }
    http_1(&entrance, stream, peer).await;
}

async fn http_1<S>(entrance: &Entrance, stream: S, peer: IpAddr)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let stream = Strict::new(stream, entrance.app.config.header_patience);
    let visit = Visit::new(Shared::clone(&entrance.app), plain(peer), stream.verdict());
    let attendant = Attendant::new(entrance, &visit);
    let connection = http1::Builder::new()
        // Heads are timed, and bounded, before they come here.
        .header_read_timeout(None)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(stream), attendant);
    keep(connection, &entrance.app, &visit).await;
}

#[cfg(feature = "internet")]
async fn http_2<S>(entrance: &Entrance, stream: S, peer: IpAddr)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    use hyper_util::rt::{TokioExecutor, TokioTimer};
    use std::time::Duration;

    let stream = Blocks::new(stream, Shared::clone(&entrance.app));
    let visit = Visit::new(Shared::clone(&entrance.app), plain(peer), Verdict::default());
    let attendant = Attendant::new(entrance, &visit);
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(64)
        // Streams opened to be reset at once (CVE-2023-44487), and those we reset (CVE-2025-8671).
        .max_pending_accept_reset_streams(32)
        .max_local_error_reset_streams(32)
        .max_header_list_size(16 * 1024)
        // Memory: what may be on its way and not read, of one stream and of all.
        .initial_stream_window_size(256 * 1024)
        .initial_connection_window_size(512 * 1024)
        .max_frame_size(16 * 1024)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .serve_connection(TokioIo::new(stream), attendant);
    keep(connection, &entrance.app, &visit).await;
}

/// A connection that can be asked to end after what is under way.
trait Ends: Future {
    fn end(self: Pin<&mut Self>);
}

impl<S> Ends for http1::Connection<TokioIo<S>, Attendant>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    fn end(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

#[cfg(feature = "internet")]
impl<S> Ends for hyper::server::conn::http2::Connection<TokioIo<S>, Attendant, hyper_util::rt::TokioExecutor>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    fn end(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Drives a connection; ends it when it is idle, is stuck, or the relay stops.
async fn keep(connection: impl Ends, app: &Shared, visit: &Visit) {
    let mut connection = pin!(connection);
    let (mut ending, mut dismissed) = (false, false);
    let mut look = Instant::now() + app.config.header_patience;
    loop {
        tokio::select! {
            // In this order: what the connection has to say is said before it is cut.
            biased;
            // A connection that breaks is the other side's business.
            _ = connection.as_mut() => return,
            () = app.stopping.cancelled(), if !ending => {
                ending = true;
                connection.as_mut().end();
            }
            () = visit.over.notified(), if !ending => {
                (ending, dismissed) = (true, true);
                connection.as_mut().end();
                look = Instant::now() + app.config.header_patience;
            }
            () = tokio::time::sleep_until(look) => match visit.judge(Instant::now()) {
                // It was told, and need not agree.
                _ if dismissed && visit.is_quiet() => return,
                Judgement::Fine(next) => look = next,
                Judgement::Idle if !ending => {
                    ending = true;
                    connection.as_mut().end();
                    look = Instant::now() + app.config.header_patience;
                }
                Judgement::Idle => return,
                Judgement::Stuck => {
                    app.metrics.too_slow.fetch_add(1, Relaxed);
                    return;
                }
            },
        }
    }
}

/// Answers the requests of one connection.
struct Attendant {
    router: TowerToHyperService<Router>,
    visit: Arc<Visit>,
}

impl Attendant {
    fn new(entrance: &Entrance, visit: &Arc<Visit>) -> Self {
        Self { router: TowerToHyperService::new(entrance.router.clone()), visit: Arc::clone(visit) }
    }
}

impl Service<Request<Incoming>> for Attendant {
    type Response = Response<Taken>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let turn = self.visit.begin();
        request.extensions_mut().insert(Arc::clone(&self.visit));
        let answer = self.router.call(request.map(Body::new));
        Box::pin(async move { answer.await.map(|answer| answer.map(|body| Taken::new(body, turn))) })
    }
}
