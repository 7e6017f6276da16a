//! A rule broken on purpose: the simulation that does not notice is no use.

use super::far::{Far, ORIGIN, Whole};
use axum::http::{
    Method, StatusCode,
    header::{self, HeaderMap, HeaderValue},
};
use bytes::Bytes;
use desk::{Call, NoAnswer};
use wire::{
    SubmitBody,
    api::{BoxState, DeskBoxView, Submitted},
};

/// What is played false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mischief {
    /// "Collected" is said before the vault has anything.
    AcknowledgesEarly,
    /// A box takes a second submission, or says so.
    AcceptsTwice,
    /// Where the stream is resumed, one event is passed over, as if the place had moved before the event was handled.
    CursorAhead,
    /// The relay says "erased" and erases nothing.
    ErasesNothing,
    /// The relay says that it stored a note and did not.
    LosesNotes,
    /// Somebody closes tickets of which nobody knows.
    ClosesUnasked,
    /// The desk's clock stands still.
    ClockStands,
}

impl Mischief {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::AcknowledgesEarly,
        Self::AcceptsTwice,
        Self::CursorAhead,
        Self::ErasesNothing,
        Self::LosesNotes,
        Self::ClosesUnasked,
        Self::ClockStands,
    ];

    /// Asks the relay, and plays false.
    pub(crate) fn ask(self, far: &Far, call: &Call) -> Result<Whole, NoAnswer> {
        let desks = call.path.starts_with("/v1/desk/boxes/");
        match (self, call.method.as_str()) {
            (Self::AcknowledgesEarly, "GET") if desks && !call.path.contains("/parts/") => {
                let whole = far.call(call)?;
                collected_already(far, call, &whole);
                Ok(whole)
            }
            (Self::AcceptsTwice, "POST") if call.path.ends_with("/submit") => {
                let whole = far.call(call)?;
                Ok(if whole.status == StatusCode::CONFLICT {
                    said(&Submitted { state: BoxState::Sent })
                } else {
                    whole
                })
            }
            (Self::ErasesNothing, "POST") if call.path.ends_with("/collected") => Ok(said(&())),
            (Self::ErasesNothing, "DELETE") if call.path.ends_with("purged") => Ok(said(&())),
            (Self::LosesNotes, "PUT") if desks && call.path.ends_with("/1") => Ok(said(&())),
            _ => far.call(call),
        }
    }

    /// A call for events, where another is to be made in its place.
    pub(crate) fn listen(self, call: &Call) -> Option<Call> {
        if self != Self::CursorAhead {
            return None;
        }
        let after: u64 = call.headers.get("last-event-id")?.to_str().ok()?.parse().ok()?;
        let mut ahead = call.clone();
        ahead.headers.insert("last-event-id", HeaderValue::from(after + 1));
        Some(ahead)
    }
}

/// As a desk would that says "collected" when it hears of a submission.
fn collected_already(far: &Far, call: &Call, whole: &Whole) {
    let Ok(view) = serde_json::from_slice::<DeskBoxView>(&whole.body) else { return };
    let Some(body) = view.record.and_then(|record| SubmitBody::parse(&record.0).ok()) else { return };
    let record = data_encoding::HEXLOWER.encode(&body.record.hash());
    let mut headers = call.headers.clone();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let collected = Call {
        origin: ORIGIN.into(),
        method: Method::POST,
        path: format!("{}/collected", call.path),
        headers,
        body: Bytes::from(format!("{{\"record\":\"{record}\"}}")),
    };
    let _ = far.call(&collected);
}

fn said(what: &impl serde::Serialize) -> Whole {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = serde_json::to_vec(what).unwrap_or_default().into();
    Whole { status: StatusCode::OK, headers, body }
}
