//! A real relay, and a man in the middle of it who changes what it says.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use desk::RemoteRelay;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use wire::{DeskToken, Problem, ProblemCode};

/// Refuses instead of passing on, by method and path.
pub type Refusal = Box<dyn Fn(&str, &str) -> Option<ProblemCode> + Send>;
/// Changes an answer's body, by method and path; none leaves it.
pub type Lie = Box<dyn Fn(&str, &str, Bytes) -> Option<Bytes> + Send>;

#[derive(Clone)]
pub struct Liar {
    real: String,
    http: reqwest::Client,
    lie: Arc<Mutex<Option<Lie>>>,
    refusal: Arc<Mutex<Option<Refusal>>>,
}

pub struct Lying {
    pub liar: Liar,
    pub relay: RemoteRelay,
    _store: tempfile::TempDir,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Lying {
    pub async fn new() -> Self {
        let store = tempfile::tempdir().unwrap();
        let real =
            relay::Relay::open(relay::Config::new(store.path()), Arc::new(relay::SystemClock)).unwrap();
        let bytes: [u8; 32] = crate::customer::random();
        let token = Arc::new(DeskToken::from_bytes(bytes));
        real.admit_desk("desk", token.hash()).await.unwrap();
        let listener = relay::bind_loopback(None).await.unwrap();
        let real_origin = format!("http://{}", listener.local_addr().unwrap());
        let serve = tokio::spawn(async move { real.serve(listener, std::future::pending()).await.unwrap() });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let liar = Liar { real: real_origin, http, lie: Arc::default(), refusal: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(forward).with_state(liar.clone());
        let between = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { liar, relay: RemoteRelay { origin, token }, _store: store, tasks: vec![serve, between] }
    }
}

impl Drop for Lying {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Liar {
    pub fn tell(&self, lie: impl Fn(&str, &str, Bytes) -> Option<Bytes> + Send + 'static) {
        *self.lie.lock().unwrap() = Some(Box::new(lie));
    }

    pub fn refuse(&self, refusal: impl Fn(&str, &str) -> Option<ProblemCode> + Send + 'static) {
        *self.refusal.lock().unwrap() = Some(Box::new(refusal));
    }

    pub fn tell_the_truth(&self) {
        *self.refusal.lock().unwrap() = None;
        *self.lie.lock().unwrap() = None;
    }
}

async fn forward(State(liar): State<Liar>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    // What cannot be changed in flight is cut: the desk asks instead.
    if head.headers.get("accept").is_some_and(|accept| accept == "text/event-stream") {
        return Response::builder().status(502).body(Body::empty()).unwrap();
    }
    let refused =
        liar.refusal.lock().unwrap().as_ref().and_then(|refuse| refuse(head.method.as_str(), &path));
    if let Some(code) = refused {
        let problem = serde_json::to_vec(&Problem::new(code)).unwrap();
        return Response::builder().status(code.status()).body(Body::from(problem)).unwrap();
    }
    // A poll that waits would hold a lie up.
    let query = head.uri.query().unwrap_or_default().replace("wait=20", "wait=0");
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut call = liar.http.request(head.method.clone(), format!("{}{path}?{query}", liar.real)).body(bytes);
    for name in ["authorization", "content-type", "range"] {
        if let Some(value) = head.headers.get(name) {
            call = call.header(name, value);
        }
    }
    let Ok(answer) = call.send().await else {
        return Response::builder().status(502).body(Body::empty()).unwrap();
    };
    let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
    let body = answer.bytes().await.unwrap_or_default();
    let told =
        liar.lie.lock().unwrap().as_ref().and_then(|lie| lie(head.method.as_str(), &path, body.clone()));
    if path == "/v1/desk/events" {
        // Instead of the wait that was taken out.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let mut response = Response::builder().status(if told.is_some() { 200 } else { status.as_u16() });
    if let Some(kind) = kind {
        response = response.header("content-type", kind);
    }
    response.body(Body::from(told.unwrap_or(body))).unwrap()
}
