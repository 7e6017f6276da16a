//! A Request Tracker in this process, speaking REST 2 in the shapes its documentation gives (RT::REST2, "Searching" and
//! "Tickets": https://docs.bestpractical.com/rt/5.0.5/RT/REST2.html), with bad days that a test orders.

use crate::clock::Hands;
use axum::{
    Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use desk::Clock;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

/// The most it gives at once.
const PER_PAGE: usize = 100;

pub const TOKEN: &str = "1-23-0a1b2c3d4e5f60718293a4b5c6d7e8f9";

#[derive(Clone)]
pub struct Tracker {
    pub address: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    tickets: BTreeMap<u64, (String, u64)>,
    merged: Vec<(u64, u64, u64)>,
    comments: Vec<(u64, String)>,
    calls: Vec<String>,
    day: Day,
    /// When what changed last did.
    clock: u64,
    hands: Option<Arc<Hands>>,
    /// What the last lists were asked to look at: how many seconds back.
    looked_back: Vec<u64>,
}

/// How the helpdesk is today.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Day {
    #[default]
    Good,
    /// Answers everything with a status, and with `Retry-After`.
    Says(u16, u32),
    /// Begins an answer and cuts it.
    Cuts,
    /// Answers with something else than it should.
    Babbles,
    /// Lets nobody comment, with this status: Request Tracker says 400 where the right is missing.
    TakesNoNotes(u16),
    /// Shows everything but this ticket, and lets nobody comment on it.
    Hides(u64),
}

impl Tracker {
    /// Its clock goes as those hands do.
    pub async fn start(hands: &Arc<Hands>) -> Self {
        let inner = Inner { hands: Some(Arc::clone(hands)), ..Inner::default() };
        let inner = Arc::new(Mutex::new(inner));
        let app = Router::new()
            .route("/REST/2.0/rt", get(|| async { axum::Json(json!({ "Version": "5.0.3", "Plugins": [] })) }))
            .route("/REST/2.0/tickets", get(tickets))
            .route("/REST/2.0/transactions", get(transactions))
            .route("/REST/2.0/ticket/{id}", get(ticket))
            .route("/REST/2.0/ticket/{id}/comment", post(comment))
            .layer(middleware::from_fn_with_state(Arc::clone(&inner), at_the_door))
            .with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, inner }
    }

    /// A ticket's status changes, a second after now and after whatever changed last.
    pub fn set(&self, id: u64, status: &str) {
        let mut inner = self.inner.lock().unwrap();
        let at = inner.next();
        inner.tickets.insert(id, (status.to_owned(), at));
    }

    pub fn merge(&self, from: u64, into: u64) {
        let mut inner = self.inner.lock().unwrap();
        let at = inner.next();
        inner.tickets.remove(&from);
        inner.merged.push((from, into, at));
    }

    /// A merge that stands in no list: only who asks for the old number hears of it.
    pub fn merge_unseen(&self, from: u64, into: u64) {
        let mut inner = self.inner.lock().unwrap();
        inner.tickets.remove(&from);
        inner.merged.push((from, into, 0));
    }

    pub fn day(&self, day: Day) {
        self.inner.lock().unwrap().day = day;
    }

    pub fn comments(&self) -> Vec<(u64, String)> {
        self.inner.lock().unwrap().comments.clone()
    }

    /// How many seconds back the last list of tickets looked.
    pub fn looked_back(&self) -> Option<u64> {
        self.inner.lock().unwrap().looked_back.last().copied()
    }

    pub fn calls(&self) -> usize {
        self.inner.lock().unwrap().calls.len()
    }
}

impl Inner {
    fn now(&self) -> u64 {
        self.hands.as_ref().map_or(self.clock, |hands| hands.wall())
    }

    fn next(&mut self) -> u64 {
        self.clock = self.clock.max(self.now()) + 1;
        self.clock
    }
}

/// The numbers in a query of the desk's: behind which id, and how many seconds back.
fn asked_for(query: &str, time: &str) -> (u64, u64) {
    let number = |after: &str| -> u64 {
        let (_, rest) = query.split_once(after).unwrap_or_else(|| panic!("{after} in {query}"));
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().unwrap()
    };
    (number("id > "), number(&format!("{time} > '")))
}

type Shared = State<Arc<Mutex<Inner>>>;

async fn at_the_door(State(inner): Shared, request: Request, next: Next) -> Response {
    let (day, path) = {
        let mut inner = inner.lock().unwrap();
        let path = request.uri().path().to_owned();
        inner.calls.push(path.clone());
        (inner.day, path)
    };
    if !knows(request.headers()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match day {
        Day::Good => next.run(request).await,
        Day::Says(status, wait) => {
            (StatusCode::from_u16(status).unwrap(), [(header::RETRY_AFTER, wait.to_string())]).into_response()
        }
        Day::Cuts => Response::builder()
            .header(header::CONTENT_LENGTH, "1000")
            .body(Body::from_stream(futures_util::stream::iter([
                Ok(axum::body::Bytes::from_static(b"{\"items\":[")),
                Err(std::io::Error::other("cut")),
            ])))
            .unwrap(),
        Day::Babbles => "<html>Please sign in</html>".into_response(),
        Day::TakesNoNotes(status) if path.ends_with("/comment") => {
            StatusCode::from_u16(status).unwrap().into_response()
        }
        Day::Hides(id) if path.contains(&format!("/ticket/{id}")) => StatusCode::FORBIDDEN.into_response(),
        Day::TakesNoNotes(_) | Day::Hides(_) => next.run(request).await,
    }
}

fn knows(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|value| value == &format!("token {TOKEN}"))
}

fn found(items: Vec<Value>) -> Response {
    axum::Json(
        json!({ "count": items.len(), "total": items.len(), "page": 1, "per_page": 100, "items": items }),
    )
    .into_response()
}

fn time(at: u64) -> String {
    let text = ledger::utc_text(at);
    let (day, rest) = text.split_once(' ').unwrap();
    let clock = rest.trim_end_matches(" UTC");
    let clock = if clock.len() == 5 { format!("{clock}:{:02}", at % 60) } else { clock.to_owned() };
    format!("{day}T{clock}Z")
}

fn of(id: u64, status: &str, at: u64) -> Value {
    json!({ "type": "ticket", "id": id, "Status": status, "LastUpdated": time(at) })
}

async fn tickets(State(inner): Shared, Query(query): Query<HashMap<String, String>>) -> Response {
    let (behind, ago) = asked_for(&query["query"], "LastUpdated");
    let mut inner = inner.lock().unwrap();
    inner.looked_back.push(ago);
    let since = inner.now().saturating_sub(ago);
    let fitting = inner.tickets.iter().filter(|(id, (_, at))| **id > behind && *at > since);
    found(fitting.take(PER_PAGE).map(|(id, (status, at))| of(*id, status, *at)).collect())
}

async fn transactions(State(inner): Shared, Query(query): Query<HashMap<String, String>>) -> Response {
    let (behind, ago) = asked_for(&query["query"], "Created");
    let inner = inner.lock().unwrap();
    let since = inner.now().saturating_sub(ago);
    let numbered = inner.merged.iter().enumerate();
    let fitting = numbered.filter(|(n, (.., at))| *n as u64 + 1 > behind && *at > since).take(PER_PAGE);
    let merged = fitting.map(|(n, (from, into, at))| {
        json!({
            "type": "transaction", "id": n + 1, "Type": "AddLink", "Field": "MergedInto",
            "NewValue": format!("fsck.com-rt://example.com/ticket/{into}"),
            "ObjectId": from.to_string(), "Created": time(*at),
        })
    });
    found(merged.collect())
}

async fn ticket(State(inner): Shared, Path(id): Path<u64>) -> Response {
    let inner = inner.lock().unwrap();
    // What was merged away answers with where it went.
    let into = inner.merged.iter().find(|(from, ..)| *from == id).map_or(id, |(_, into, _)| *into);
    let id = into;
    match inner.tickets.get(&id) {
        Some((status, at)) => axum::Json(of(id, status, *at)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn comment(State(inner): Shared, Path(id): Path<u64>, body: axum::Json<Value>) -> Response {
    assert_eq!(body["ContentType"], "text/plain");
    inner.lock().unwrap().comments.push((id, body["Content"].as_str().unwrap().to_owned()));
    (StatusCode::CREATED, axum::Json(json!(["Comments added"]))).into_response()
}
