//! A real way to a relay, on which events come twice, once more behind later ones, in pieces, or break off.

use super::{dice::Dice, stream};
use axum::http::header;
use desk::{Answer, Call, NoAnswer, Transport};
use futures_util::future::BoxFuture;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};

/// Seconds for which a stream says nothing at most.
const SILENCE: u64 = 3;

/// A way that disturbs what goes by it.
pub struct Disturbing {
    way: Arc<dyn Transport>,
    seed: u64,
    percent: u64,
    streams: Arc<AtomicU64>,
}

impl Disturbing {
    /// Over this way, as the seed says, with so many of a hundred events.
    pub fn new(way: Arc<dyn Transport>, seed: u64, percent: u64) -> Self {
        Self { way, seed, percent, streams: Arc::default() }
    }

    /// How many streams were disturbed so far, for as long as the counter is held.
    pub fn streams(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.streams)
    }
}

impl Transport for Disturbing {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let is_stream = call.path.starts_with("/v1/desk/events") && call.headers.contains_key(header::ACCEPT);
        let (answer, percent) = (self.way.call(call), self.percent);
        if !is_stream {
            return answer;
        }
        let n = self.streams.fetch_add(1, SeqCst);
        let dice = Dice::new(self.seed.wrapping_add(n), "stream");
        Box::pin(async move {
            let mut answer = answer.await?;
            answer.body = stream::disturb(answer.body, dice, percent, SILENCE);
            Ok(answer)
        })
    }
}
