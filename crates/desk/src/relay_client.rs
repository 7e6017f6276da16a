//! The desk's side of the HTTP API (DESIGN §4). Whatever a relay says is checked elsewhere; here it is only fetched.

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use std::{sync::Arc, time::Duration};
use wire::{
    BoxId, DeskToken, PartId, Problem, ProblemCode,
    api::{BoxOpened, Collected, DeskBoxView, Event, EventsView, OpenBox, RecordHash},
};

/// The longest answers that are read, in bytes.
const VIEW_MAX: usize = 256 * 1024;
const EVENTS_MAX: usize = 4 * 1024 * 1024;
const EVENT_MAX: usize = 64 * 1024;
const PROBLEM_MAX: usize = 16 * 1024;
/// How long a poll waits for news, in seconds.
const POLL_WAIT: u64 = 20;

/// One relay and this desk's token for it.
#[derive(Clone)]
pub struct RelayClient {
    http: reqwest::Client,
    base: Arc<str>,
    token: Arc<DeskToken>,
}

/// Why a call to the relay did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// No connection, or it broke.
    #[error("the relay cannot be reached; nothing was lost, it is tried again by itself")]
    Unreachable,
    /// Not https, and not this machine.
    #[error(
        "a relay on another machine is spoken to by https only; use an address that starts with https://"
    )]
    PlainHttp,
    /// It does not know this desk.
    #[error("the relay does not know this desk; check the relay's address and token in the settings")]
    Unauthorized,
    /// It has no such box.
    #[error("the relay does not have this box; ask the customer again")]
    NotHere,
    /// It refused, and says why.
    #[error("the relay refused ({}); {}", .0.title(), .0.detail())]
    Refused(ProblemCode),
    /// It answered something that is no answer.
    #[error("the relay gave an answer that is not one; update the relay or Cloakroom")]
    Nonsense,
}

/// Why a link is ended at the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Taken back before anything arrived.
    Revoked,
    /// What it held was destroyed.
    Purged,
}

impl RelayClient {
    /// A client for the relay at `base`, such as `http://127.0.0.1:4700`, without a trailing slash.
    pub fn new(base: &str, token: Arc<DeskToken>) -> Result<Self, RelayError> {
        if !is_safe(base) {
            return Err(RelayError::PlainHttp);
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| RelayError::Unreachable)?;
        Ok(Self { http, base: base.trim_end_matches('/').into(), token })
    }

    /// Where customers' links point.
    pub fn origin(&self) -> &str {
        &self.base
    }

    /// Opens a box. The same box again is the same answer.
    pub async fn open_box(&self, open: &OpenBox) -> Result<BoxOpened, RelayError> {
        json(self.send(self.call(Method::POST, "/v1/boxes").json(open)).await?, VIEW_MAX).await
    }

    /// What the relay holds of a box.
    pub async fn view(&self, id: BoxId) -> Result<DeskBoxView, RelayError> {
        json(self.send(self.call(Method::GET, &format!("/v1/desk/boxes/{id}"))).await?, VIEW_MAX).await
    }

    /// A submitted part's ciphertext, as it arrives.
    pub async fn part(
        &self,
        id: BoxId,
        part: PartId,
    ) -> Result<impl Stream<Item = Result<Bytes, RelayError>> + Unpin + use<>, RelayError> {
        let call = self.call(Method::GET, &format!("/v1/desk/boxes/{id}/parts/{part}"));
        let answer = self.send(call).await?;
        Ok(Box::pin(answer.bytes_stream().map_err(|_| RelayError::Unreachable)))
    }

    /// Tells the relay that the vault has the submission durably: it erases its ciphertext.
    pub async fn collected(&self, id: BoxId, record: [u8; 32]) -> Result<(), RelayError> {
        let body = Collected { record: RecordHash::from_bytes(record) };
        let call = self.call(Method::POST, &format!("/v1/desk/boxes/{id}/collected"));
        self.send(call.json(&body)).await.map(drop)
    }

    /// Leaves a sealed note for the customer's page.
    pub async fn put_note(&self, id: BoxId, seq: u32, note: Vec<u8>) -> Result<(), RelayError> {
        let call = self.call(Method::PUT, &format!("/v1/desk/boxes/{id}/notes/{seq}"));
        let call = call.header(header::CONTENT_TYPE, "application/octet-stream").body(note);
        self.send(call).await.map(drop)
    }

    /// Ends a box. One that the relay does not have is ended.
    pub async fn end_box(&self, id: BoxId, end: End) -> Result<(), RelayError> {
        let end = match end {
            End::Revoked => "revoked",
            End::Purged => "purged",
        };
        match self.send(self.call(Method::DELETE, &format!("/v1/desk/boxes/{id}?as={end}"))).await {
            Ok(_) | Err(RelayError::NotHere) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What happened after event number `after`; waits a while for the first.
    pub async fn poll(&self, after: u64) -> Result<EventsView, RelayError> {
        let call = self.call(Method::GET, &format!("/v1/desk/events?after={after}&wait={POLL_WAIT}"));
        json(self.send(call).await?, EVENTS_MAX).await
    }

    /// The stream of what happens after event number `after`.
    pub async fn events(
        &self,
        after: u64,
    ) -> Result<impl Stream<Item = Result<Event, RelayError>> + Unpin + use<>, RelayError> {
        use eventsource_stream::Eventsource;
        let call = self
            .call(Method::GET, "/v1/desk/events")
            .header(header::ACCEPT, "text/event-stream")
            .header("Last-Event-ID", after.to_string());
        let mut open = 0;
        let bytes = self.send(call).await?.bytes_stream().map(move |bytes| {
            let bytes = bytes.map_err(|_| RelayError::Unreachable)?;
            // An event ends with an empty line; one that never ends would fill the memory.
            open = match bytes.windows(2).rposition(|pair| pair == b"\n\n") {
                Some(end) => bytes.len() - end,
                None => open + bytes.len(),
            };
            if open > EVENT_MAX { Err(RelayError::Nonsense) } else { Ok(bytes) }
        });
        let events = bytes.eventsource();
        Ok(Box::pin(events.map(|event| {
            let event = event.map_err(|_| RelayError::Unreachable)?;
            serde_json::from_str(&event.data).map_err(|_| RelayError::Nonsense)
        })))
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let call = self.http.request(method, format!("{}{path}", self.base));
        // The token is needed in clear for the header alone.
        let bearer = zeroize::Zeroizing::new(format!("Bearer {}", *self.token.to_bearer()));
        match header::HeaderValue::from_str(&bearer) {
            Ok(mut value) => {
                value.set_sensitive(true);
                call.header(header::AUTHORIZATION, value)
            }
            Err(_) => call,
        }
    }

    async fn send(&self, call: RequestBuilder) -> Result<Response, RelayError> {
        let answer = call.send().await.map_err(|_| RelayError::Unreachable)?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            StatusCode::UNAUTHORIZED => Err(RelayError::Unauthorized),
            _ => match json::<Problem>(answer, PROBLEM_MAX).await?.code {
                ProblemCode::NotHere => Err(RelayError::NotHere),
                ProblemCode::Unavailable => Err(RelayError::Unreachable),
                code => Err(RelayError::Refused(code)),
            },
        }
    }
}

/// Encrypted, or not leaving this machine.
fn is_safe(base: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(base) else { return false };
    let loopback = match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

/// Reads no more than it has to: a relay that never ends must not fill the memory.
async fn json<T: serde::de::DeserializeOwned>(mut answer: Response, max: usize) -> Result<T, RelayError> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|_| RelayError::Unreachable)? {
        if bytes.len() + piece.len() > max {
            return Err(RelayError::Nonsense);
        }
        bytes.extend_from_slice(&piece);
    }
    serde_json::from_slice(&bytes).map_err(|_| RelayError::Nonsense)
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for safe in
            ["https://drop.example.com", "http://127.0.0.1:4700", "http://localhost:1", "http://[::1]:80"]
        {
            assert!(is_safe(safe), "{safe}");
        }
        for unsafe_ in
            ["http://drop.example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "", "127.0.0.1"]
        {
            assert!(!is_safe(unsafe_), "{unsafe_}");
        }
    }
}
