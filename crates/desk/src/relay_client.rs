//! The desk's side of the HTTP API (DESIGN §4). Whatever a relay says is checked elsewhere; here it is only fetched.

use crate::{
    pause::Pause,
    transport::{Answer, Call, NoAnswer, Transport},
    way::is_here,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;
use tokio::time::Instant;
use wire::{
    BoxId, DataClass, DeskToken, HookId, PartId, Problem, ProblemCode, RelayShare,
    api::{
        BoxOpened, Collected, DeliveriesView, DeskBoxView, DeskView, Enrol, Event, EventsView, OpenBox,
        RecordHash, ShareErased, ShareTerm, ShareView,
    },
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
    transport: Arc<dyn Transport>,
    base: Arc<str>,
    token: Arc<DeskToken>,
    ear: Option<Ear>,
    /// For every clone: they call the same relay.
    pause: Arc<Pause>,
}

/// Hears what every call brought back.
pub(crate) type Ear = Arc<dyn Fn(Heard) + Send + Sync>;

/// What a call brought back, whatever it was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// An answer of the relay's own, and its date, UTC seconds.
    Answer { date: Option<u64> },
    /// None.
    Nothing(NoAnswer),
}

/// Why a call to the relay did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// No answer of its own arrived.
    #[error(transparent)]
    Unreachable(#[from] NoAnswer),
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
    /// The enrolment code was used, ran out or never was.
    #[error(
        "this enrolment code does not work: it was used already, ran out, or was mistyped; ask whoever runs the relay \
         for a new one"
    )]
    BadCode,
    /// What a person wrote is no address.
    #[error("this is not a relay's address; write it as drop.example.com, without a path")]
    Address,
    /// Something else answers there.
    #[error(
        "what answers at this address is not a Cloakroom relay; check the address, and whether a proxy or a sign-in \
         page answers in its place"
    )]
    NotARelay,
    /// It knows no enrolment.
    #[error("this relay is too old for this Cloakroom; ask whoever runs it to update it")]
    TooOld,
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
    pub fn new(transport: Arc<dyn Transport>, base: &str, token: Arc<DeskToken>) -> Result<Self, RelayError> {
        if !is_safe(base) {
            return Err(RelayError::PlainHttp);
        }
        Ok(Self {
            transport,
            base: base.trim_end_matches('/').into(),
            token,
            ear: None,
            pause: Arc::default(),
        })
    }

    /// Tells somebody what every call brings back.
    pub(crate) fn heard_by(mut self, ear: Ear) -> Self {
        self.ear = Some(ear);
        self
    }

    /// Where customers' links point.
    pub fn origin(&self) -> &str {
        &self.base
    }

    /// Opens a box. The same box again is the same answer.
    pub async fn open_box(&self, open: &OpenBox) -> Result<BoxOpened, RelayError> {
        json(self.send(Method::POST, "/v1/boxes", Says::json(open)?).await?, VIEW_MAX).await
    }

    /// Has this desk's token taken, by the code its operator gave. The same again is the same answer.
    pub async fn enrol(&self, code: &str) -> Result<DeskView, RelayError> {
        let body = Says::json(&Enrol { code: code.trim().to_owned(), token_hash: self.token.hash() })?;
        let answer = match self.call(Method::POST, "/v1/desk/enrol", body, HeaderMap::new()).await {
            Ok(answer) => json(answer, VIEW_MAX).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| match error {
            RelayError::Refused(ProblemCode::BadCode) => RelayError::BadCode,
            RelayError::Refused(ProblemCode::NoSuchCall) => RelayError::TooOld,
            RelayError::Nonsense | RelayError::NotHere | RelayError::Unreachable(NoAnswer::InBetween) => {
                RelayError::NotARelay
            }
            error => error,
        })
    }

    /// What the relay knows this desk as.
    pub async fn desk(&self) -> Result<DeskView, RelayError> {
        json(self.get("/v1/desk").await?, VIEW_MAX).await
    }

    /// A share that the relay keeps.
    pub async fn share(&self, id: BoxId, class: DataClass) -> Result<RelayShare, RelayError> {
        let answer = self.get(&share_path(id, class)).await?;
        Ok(json::<ShareView>(answer, VIEW_MAX).await?.share)
    }

    /// Moves the term of a share.
    pub async fn move_share(&self, id: BoxId, class: DataClass, term: u64) -> Result<(), RelayError> {
        let body = Says::json(&ShareTerm { term })?;
        self.send(Method::PUT, &share_path(id, class), body).await.map(drop)
    }

    /// Has a share deleted; whether the relay says that it overwrote it. One that does not know it has none, and one of
    /// an earlier version does not say.
    pub async fn end_share(&self, id: BoxId, class: DataClass) -> Result<bool, RelayError> {
        let answer = match self.send(Method::DELETE, &share_path(id, class), Says::Nothing).await {
            Err(RelayError::NotHere | RelayError::Refused(ProblemCode::Ended)) => return Ok(false),
            answer => answer?,
        };
        let said = read(answer, VIEW_MAX).await?;
        Ok(serde_json::from_slice::<ShareErased>(&said).is_ok_and(|share| share.erased))
    }

    /// What the relay holds of a box.
    pub async fn view(&self, id: BoxId) -> Result<DeskBoxView, RelayError> {
        json(self.get(&format!("/v1/desk/boxes/{id}")).await?, VIEW_MAX).await
    }

    /// A submitted part's ciphertext, as it arrives.
    pub async fn part(
        &self,
        id: BoxId,
        part: PartId,
    ) -> Result<impl Stream<Item = Result<Bytes, RelayError>> + Unpin + use<>, RelayError> {
        let answer = self.get(&format!("/v1/desk/boxes/{id}/parts/{part}")).await?;
        Ok(answer.body.map_err(RelayError::Unreachable))
    }

    /// Tells the relay that the vault has the submission durably: it erases its ciphertext.
    pub async fn collected(&self, id: BoxId, record: [u8; 32]) -> Result<(), RelayError> {
        let body = Says::json(&Collected { record: RecordHash::from_bytes(record) })?;
        self.send(Method::POST, &format!("/v1/desk/boxes/{id}/collected"), body).await.map(drop)
    }

    /// Leaves a sealed note for the customer's page.
    pub async fn put_note(&self, id: BoxId, seq: u32, note: Vec<u8>) -> Result<(), RelayError> {
        let body = Says::Bytes(note);
        self.send(Method::PUT, &format!("/v1/desk/boxes/{id}/notes/{seq}"), body).await.map(drop)
    }

    /// Ends a box. One that the relay does not have is ended.
    pub async fn end_box(&self, id: BoxId, end: End) -> Result<(), RelayError> {
        let end = match end {
            End::Revoked => "revoked",
            End::Purged => "purged",
        };
        let path = format!("/v1/desk/boxes/{id}?as={end}");
        match self.send(Method::DELETE, &path, Says::Nothing).await {
            Ok(_) | Err(RelayError::NotHere) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What happened after event number `after`; waits a while for the first.
    pub async fn poll(&self, after: u64) -> Result<EventsView, RelayError> {
        let path = format!("/v1/desk/events?after={after}&wait={POLL_WAIT}");
        json(self.get(&path).await?, EVENTS_MAX).await
    }

    /// The stream of what happens after event number `after`.
    pub async fn events(
        &self,
        after: u64,
    ) -> Result<impl Stream<Item = Result<Event, RelayError>> + Unpin + use<>, RelayError> {
        use eventsource_stream::Eventsource;
        let mut open = 0;
        let answer = self.send(Method::GET, "/v1/desk/events", Says::Follow { after }).await?;
        let bytes = answer.body.map(move |bytes| {
            let bytes = bytes?;
            // An event ends with an empty line; one that never ends would fill the memory.
            open = match bytes.windows(2).rposition(|pair| pair == b"\n\n") {
                Some(end) => bytes.len() - end,
                None => open + bytes.len(),
            };
            if open > EVENT_MAX { Err(RelayError::Nonsense) } else { Ok(bytes) }
        });
        let events = bytes.eventsource();
        Ok(Box::pin(events.map(|event| {
            let event = event.map_err(|_| NoAnswer::Broken)?;
            serde_json::from_str(&event.data).map_err(|_| RelayError::Nonsense)
        })))
    }

    async fn get(&self, path: &str) -> Result<Answer, RelayError> {
        self.send(Method::GET, path, Says::Nothing).await
    }

    async fn send(&self, method: Method, path: &str, says: Says) -> Result<Answer, RelayError> {
        let mut headers = HeaderMap::with_capacity(4);
        // The token is needed in clear for the header alone.
        let bearer = zeroize::Zeroizing::new(format!("Bearer {}", *self.token.to_bearer()));
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| RelayError::Unauthorized)?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
        self.call(method, path, says, headers).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        says: Says,
        mut headers: HeaderMap,
    ) -> Result<Answer, RelayError> {
        if let Some(why) = self.pause.at(Instant::now()) {
            return Err(why.into());
        }
        let body = says.write(&mut headers);
        let call = Call { origin: Arc::clone(&self.base), method, path: path.to_owned(), headers, body };
        let answer = self.transport.call(call).await.inspect_err(|why| self.tell(Heard::Nothing(*why)))?;
        let date = answer.headers.get(header::DATE).and_then(|date| date.to_str().ok()).and_then(seconds);
        // Whoever answers, it wants to be asked less.
        if let Some(why) = self.pause.asked(Instant::now(), answer.status, &answer.headers) {
            self.tell(Heard::Nothing(why));
            return Err(why.into());
        }
        // No relay answers a call with a page, whatever its status says: a sign-in page's 200 is not "erased".
        if is_page(&answer) {
            self.tell(Heard::Nothing(NoAnswer::InBetween));
            return Err(NoAnswer::InBetween.into());
        }
        if answer.status.is_success() {
            self.tell(Heard::Answer { date });
            return Ok(answer);
        }
        let refused = refusal(answer).await;
        self.tell(match refused {
            RelayError::Unreachable(why) => Heard::Nothing(why),
            _ => Heard::Answer { date },
        });
        Err(refused)
    }

    fn tell(&self, heard: Heard) {
        if let Some(ear) = &self.ear {
            ear(heard);
        }
    }
}

/// Webhooks of helpdesks.
impl RelayClient {
    /// Makes a hook; one that is there already is there.
    pub async fn put_hook(&self, hook: HookId) -> Result<(), RelayError> {
        self.send(Method::PUT, &format!("/v1/desk/hooks/{hook}"), Says::Nothing).await.map(drop)
    }

    /// Ends a hook.
    pub async fn end_hook(&self, hook: HookId) -> Result<(), RelayError> {
        match self.send(Method::DELETE, &format!("/v1/desk/hooks/{hook}"), Says::Nothing).await {
            Ok(_) | Err(RelayError::NotHere) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The oldest webhooks that wait for this desk, beyond number `after`.
    pub async fn deliveries(&self, after: u64) -> Result<DeliveriesView, RelayError> {
        json(self.get(&format!("/v1/desk/deliveries?after={after}")).await?, EVENTS_MAX).await
    }

    /// A webhook was judged, durably: the relay forgets it.
    pub async fn delete_delivery(&self, n: u64) -> Result<(), RelayError> {
        match self.send(Method::DELETE, &format!("/v1/desk/deliveries/{n}"), Says::Nothing).await {
            Ok(_) | Err(RelayError::NotHere) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// What a call says, besides its path.
enum Says {
    Nothing,
    Json(Vec<u8>),
    Bytes(Vec<u8>),
    /// The stream of events after this one.
    Follow {
        after: u64,
    },
}

impl Says {
    fn json(value: &impl Serialize) -> Result<Self, RelayError> {
        serde_json::to_vec(value).map(Self::Json).map_err(|_| RelayError::Nonsense)
    }

    fn write(self, headers: &mut HeaderMap) -> Bytes {
        let (kind, body) = match self {
            Self::Nothing => return Bytes::new(),
            Self::Json(body) => ("application/json", body),
            Self::Bytes(body) => ("application/octet-stream", body),
            Self::Follow { after } => {
                headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
                headers.insert(HeaderName::from_static("last-event-id"), HeaderValue::from(after));
                return Bytes::new();
            }
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        body.into()
    }
}

/// What a relay refuses, it says in a document of its own; anything else comes from something in between.
async fn refusal(answer: Answer) -> RelayError {
    let bytes = match read(answer, PROBLEM_MAX).await {
        Ok(bytes) => bytes,
        Err(RelayError::Nonsense) => return NoAnswer::InBetween.into(),
        Err(error) => return error,
    };
    match serde_json::from_slice::<Problem>(&bytes).map(|problem| problem.code) {
        Ok(ProblemCode::NotHere) => RelayError::NotHere,
        Ok(ProblemCode::Unauthorized) => RelayError::Unauthorized,
        Ok(ProblemCode::Unavailable) => NoAnswer::Busy.into(),
        Ok(code) => RelayError::Refused(code),
        Err(_) => NoAnswer::InBetween.into(),
    }
}

fn share_path(id: BoxId, class: DataClass) -> String {
    format!("/v1/desk/boxes/{id}/shares/{}", class.name())
}

/// UTC seconds of an HTTP date (RFC 9110 §5.6.7).
fn seconds(date: &str) -> Option<u64> {
    let date = httpdate::parse_http_date(date).ok()?;
    date.duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// Encrypted, or not leaving this machine.
fn is_safe(base: &str) -> bool {
    base.parse::<Uri>().is_ok_and(|uri| match uri.scheme_str() {
        Some("https") => uri.host().is_some(),
        Some("http") => is_here(&uri),
        _ => false,
    })
}

async fn json<T: DeserializeOwned>(answer: Answer, max: usize) -> Result<T, RelayError> {
    let bytes = read(answer, max).await?;
    // Cut off on its way, and nobody said so: asked again it may come whole.
    serde_json::from_slice(&bytes)
        .map_err(|error| if error.is_eof() { NoAnswer::Broken.into() } else { RelayError::Nonsense })
}

/// Reads no more than it has to: a relay that never ends must not fill the memory.
async fn read(mut answer: Answer, max: usize) -> Result<Vec<u8>, RelayError> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.body.next().await {
        let piece = piece?;
        if bytes.len() + piece.len() > max {
            return Err(RelayError::Nonsense);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn is_page(answer: &Answer) -> bool {
    let kind = answer.headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| {
        kind.as_bytes().get(..9).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/html"))
    })
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
