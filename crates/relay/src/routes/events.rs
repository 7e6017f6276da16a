//! Events for a desk: as a stream, or polled where a proxy kills streams.

use crate::{auth::Desk, refused::Refused, relay::Shared};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response,
        sse::{Event as Sent, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use serde::Deserialize;
use std::{collections::VecDeque, convert::Infallible, time::Duration};
use tokio::{sync::watch, time::Instant};
use wire::{
    Problem, ProblemCode,
    api::{Event, EventKind, EventsView},
};

/// The longest a poll waits, seconds.
const WAIT_MAX: u64 = 25;

/// Proxies close streams that say nothing for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The query of a poll.
#[derive(Deserialize)]
pub(crate) struct Position {
    after: Option<u64>,
    wait: Option<u64>,
}

/// What happened to this desk's boxes after a position, at least once.
///
/// With `Accept: text/event-stream`, a stream that `Last-Event-ID` resumes; otherwise an answer at once, or after
/// up to `wait` seconds when there is nothing yet.
#[utoipa::path(
    get, path = "/v1/desk/events", tag = "desk", security(("desk" = [])),
    params(
        ("after" = Option<u64>, Query, description = "number of the last event seen"),
        ("wait" = Option<u64>, Query, description = "seconds to wait for an event, at most 25"),
        ("Last-Event-ID" = Option<u64>, Header, description = "number of the last event seen, for a stream"),
    ),
    responses(
        (status = 200, description = "events", content((EventsView = "application/json"), (String = "text/event-stream"))),
        (status = 401, description = "unauthorized", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn listen(
    State(app): State<Shared>,
    desk: Desk,
    headers: HeaderMap,
    position: Result<Query<Position>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(position) = position.map_err(|_| ProblemCode::BadRequest)?;
    let (news, admitted) = (app.store.news(), app.admitted());
    if wants_stream(&headers) {
        let after = last_event_id(&headers)?.or(position.after).unwrap_or(0);
        let listener = Listener { app, desk, news, admitted, after, ready: VecDeque::new() };
        let stream = Sse::new(listener.stream()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
        return Ok(stream.into_response());
    }
    let wait = Duration::from_secs(position.wait.unwrap_or(0).min(WAIT_MAX));
    let (events, next) = poll(&app, desk, (news, admitted), position.after.unwrap_or(0), wait).await?;
    Ok(Json(EventsView { events, next }).into_response())
}

async fn poll(
    app: &Shared,
    desk: Desk,
    (mut news, mut admitted): (watch::Receiver<u64>, watch::Receiver<u64>),
    after: u64,
    wait: Duration,
) -> Result<(Vec<Event>, u64), Refused> {
    let until = Instant::now() + wait;
    loop {
        // Marked as seen before looking: what comes in between wakes us.
        news.borrow_and_update();
        admitted.borrow_and_update();
        if !desk.may_call(app) {
            return Err(ProblemCode::Unauthorized.into());
        }
        let (events, next) = app.store.events(desk.0, after).await?;
        if !events.is_empty() {
            return Ok((events, next));
        }
        let woken = tokio::select! {
            changed = news.changed() => changed.is_ok(),
            changed = admitted.changed() => changed.is_ok(),
            () = tokio::time::sleep_until(until) => false,
            () = app.stopping.cancelled() => false,
        };
        if !woken {
            return Ok((events, next));
        }
    }
}

struct Listener {
    app: Shared,
    desk: Desk,
    news: watch::Receiver<u64>,
    admitted: watch::Receiver<u64>,
    after: u64,
    ready: VecDeque<Event>,
}

impl Listener {
    /// Ends when the relay stops, its store fails, or the desk's token ends; the desk then comes again.
    fn stream(self) -> impl Stream<Item = Result<Sent, Infallible>> {
        stream::unfold(self, |mut listener| async move {
            let sent = listener.next().await?;
            Some((Ok(sent), listener))
        })
    }

    async fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.after = event.seq;
                return sent(&event);
            }
            self.news.borrow_and_update();
            self.admitted.borrow_and_update();
            if !self.desk.may_call(&self.app) {
                return None;
            }
            let (events, next) = self.app.store.events(self.desk.0, self.after).await.ok()?;
            self.ready = events.into();
            self.after = next;
            if self.ready.is_empty() {
                tokio::select! {
                    changed = self.news.changed() => changed.ok()?,
                    changed = self.admitted.changed() => changed.ok()?,
                    () = self.app.stopping.cancelled() => return None,
                }
            }
        }
    }
}

fn sent(event: &Event) -> Option<Sent> {
    let kind = match event.what {
        EventKind::Sending => "sending",
        EventKind::Sent => "sent",
        EventKind::Word { .. } => "word",
        EventKind::Expired => "expired",
        EventKind::Delivery => "delivery",
        EventKind::Other => "other",
    };
    Sent::default().id(event.seq.to_string()).event(kind).json_data(event).ok()
}

fn wants_stream(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .any(|one| one.split(';').next().unwrap_or(one).trim().eq_ignore_ascii_case("text/event-stream"))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Refused> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    Ok(Some(number.ok_or(ProblemCode::BadRequest)?))
}
