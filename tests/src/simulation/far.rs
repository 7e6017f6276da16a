//! A real relay without a socket. Each call is answered whole before anything else in the history goes on, so that
//! its threads bring no chance of their own; only what waits for news waits.

use crate::{Outcome, TestClock};
use axum::http::{StatusCode, header::HeaderMap};
use axum::{Router, body::Body};
use bytes::Bytes;
use desk::{Answer, Call, NoAnswer};
use futures_util::{StreamExt, stream::BoxStream};
use relay::{Config, Relay};
use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use wire::DeskToken;

/// Where the relay is, as desk and customers know it.
pub(crate) const ORIGIN: &str = "https://relay.example.com";
const HOST: &str = "relay.example.com";

/// The relay, which can be stopped and started.
pub(crate) struct Far {
    store: PathBuf,
    clock: Arc<TestClock>,
    running: Mutex<Option<Running>>,
}

struct Running {
    relay: Relay,
    router: Router,
    /// Ends every call and stream under way.
    until: CancellationToken,
}

/// One whole answer.
pub(crate) struct Whole {
    /// The status.
    pub(crate) status: StatusCode,
    /// Headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Far {
    /// Starts it for the first time, and lets a desk in.
    pub(crate) async fn start(store: &Path, clock: Arc<TestClock>, token: &DeskToken) -> Outcome<Self> {
        let far = Self { store: store.to_owned(), clock, running: Mutex::new(None) };
        far.open().await?;
        let relay = far.lock().as_ref().map(|running| running.relay.clone());
        relay.ok_or("the relay did not start")?.admit_desk("desk", token.hash()).await?;
        Ok(far)
    }

    /// Stops it: whatever is under way breaks off.
    pub(crate) fn stop(&self) {
        if let Some(running) = self.lock().take() {
            running.until.cancel();
        }
    }

    /// Starts it again on what it stored, where it does not run.
    pub(crate) async fn open(&self) -> Outcome {
        if self.lock().is_some() {
            return Ok(());
        }
        let mut config = Config::new(&self.store);
        config.hosts = vec![HOST.to_owned()];
        let relay = loop {
            let clock: Arc<dyn relay::Clock> = Arc::clone(&self.clock) as _;
            match Relay::open(config.clone(), clock) {
                Ok(relay) => break relay,
                // A call that broke off lets go of the store a moment later.
                Err(relay::OpenError::InUse) => tokio::time::sleep(Duration::from_millis(1)).await,
                Err(error) => return Err(error.into()),
            }
        };
        let router = relay.router();
        *self.lock() = Some(Running { relay, router, until: CancellationToken::new() });
        Ok(())
    }

    /// Ends what is past its time, as the relay does by itself every few seconds.
    pub(crate) fn sweep(&self) -> Outcome {
        let relay = self.lock().as_ref().map(|running| running.relay.clone());
        if let Some(relay) = relay {
            here(relay.sweep())?;
        }
        Ok(())
    }

    /// Answers a call at once, from its first byte to its last.
    pub(crate) fn call(&self, call: &Call) -> Result<Whole, NoAnswer> {
        let router = self.lock().as_ref().map(|running| running.router.clone()).ok_or(NoAnswer::Refused)?;
        let request = request(call)?;
        here(async {
            let answer = router.oneshot(request).await.unwrap_or_else(|never| match never {});
            let (head, body) = answer.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| NoAnswer::Broken)?;
            Ok(Whole { status: head.status, headers: head.headers, body })
        })
    }

    /// Answers a call that waits for news; it breaks off when the relay stops.
    pub(crate) async fn listen(&self, call: &Call) -> Result<Answer, NoAnswer> {
        let (router, until) = {
            let running = self.lock();
            let running = running.as_ref().ok_or(NoAnswer::Refused)?;
            (running.router.clone(), running.until.clone())
        };
        let request = request(call)?;
        let answer = tokio::select! {
            biased;
            () = until.cancelled() => return Err(NoAnswer::Broken),
            answer = router.oneshot(request) => answer.unwrap_or_else(|never| match never {}),
        };
        let (head, body) = answer.into_parts();
        let bytes = body.into_data_stream().map(|piece| piece.map_err(|_| NoAnswer::Broken));
        let broken = futures_util::stream::once(async { Err(NoAnswer::Broken) });
        let body: BoxStream<'static, _> = bytes
            .take_until(until.clone().cancelled_owned())
            .chain(broken.filter(move |_| {
                let stopped = until.is_cancelled();
                async move { stopped }
            }))
            .boxed();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn request(call: &Call) -> Result<axum::http::Request<Body>, NoAnswer> {
    let mut request = axum::http::Request::new(Body::from(call.body.clone()));
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = call.path.parse().map_err(|_| NoAnswer::Name)?;
    *request.headers_mut() = call.headers.clone();
    request.headers_mut().insert(axum::http::header::HOST, axum::http::HeaderValue::from_static(HOST));
    Ok(request)
}

/// Finishes something on this thread: what it needs of others goes on, nothing else of the runtime does.
fn here<T>(work: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    // Without a share of the runtime's turn, which ends only when its tasks are polled again.
    let mut work = pin!(tokio::task::unconstrained(work));
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}
