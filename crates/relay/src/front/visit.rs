//! One connection from its beginning to its end: who it is, what it is doing, and when it has been idle, or kept us
//! waiting, for too long.

use super::strict::Verdict;
use crate::{
    body::{SLOWEST, WHOLE},
    relay::Shared,
};
use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::{
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// One connection.
pub(crate) struct Visit {
    app: Shared,
    /// Where it comes from.
    pub(crate) peer: IpAddr,
    pub(crate) verdict: Verdict,
    /// Says that the connection is to end after what is under way.
    pub(crate) over: Notify,
    doing: Mutex<Doing>,
}

struct Doing {
    /// Requests under way.
    requests: usize,
    /// Whether there was any.
    any: bool,
    /// Since when there has been none.
    quiet: Instant,
    /// By when pieces of answers must have been taken, one entry for each that is on its way.
    owed: Vec<(u64, Instant)>,
    next: u64,
}

/// What to do about a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Look again then.
    Fine(Instant),
    /// It has nothing to say any more.
    Idle,
    /// It does not take what it asked for.
    Stuck,
}

impl Visit {
    pub(crate) fn new(app: Shared, peer: IpAddr, verdict: Verdict) -> Arc<Self> {
        let doing = Doing { requests: 0, any: false, quiet: Instant::now(), owed: Vec::new(), next: 0 };
        Arc::new(Self { app, peer, verdict, over: Notify::new(), doing: Mutex::new(doing) })
    }

    pub(crate) fn begin(self: &Arc<Self>) -> Turn {
        self.with(|doing| {
            doing.requests += 1;
            doing.any = true;
        });
        Turn { visit: Arc::clone(self), owes: None }
    }

    pub(crate) fn judge(&self, now: Instant) -> Judgement {
        let config = &self.app.config;
        self.with(|doing| {
            if doing.requests > 0 {
                return match doing.owed.iter().map(|(_, until)| *until).min() {
                    Some(until) if until <= now => Judgement::Stuck,
                    Some(until) => Judgement::Fine(until),
                    None => Judgement::Fine(now + config.patience),
                };
            }
            // Whoever connects has something to say. Twice: a head that began and stopped is answered before that.
            let patience = if doing.any { config.idle } else { config.header_patience * 2 };
            let until = doing.quiet + patience;
            if until <= now { Judgement::Idle } else { Judgement::Fine(until) }
        })
    }

    /// Whether no request is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.with(|doing| doing.requests == 0)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Doing) -> T) -> T {
        work(&mut self.doing.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One request under way, until its answer is with the connection.
pub(crate) struct Turn {
    visit: Arc<Visit>,
    owes: Option<u64>,
}

impl Turn {
    /// A piece of so many bytes was handed over: it is to be gone before the next is asked for.
    fn owe(&mut self, length: usize) {
        let patience = self.visit.app.config.patience;
        // As long as a whole body that is sent may take, and no longer.
        let allowed = (patience + Duration::from_secs(length as u64) / SLOWEST).min(patience * WHOLE);
        let until = Instant::now() + allowed;
        self.owes = Some(self.visit.with(|doing| {
            let n = doing.next;
            doing.next += 1;
            doing.owed.push((n, until));
            n
        }));
    }

    fn settle(&mut self) {
        if let Some(n) = self.owes.take() {
            self.visit.with(|doing| doing.owed.retain(|(owed, _)| *owed != n));
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.settle();
        self.visit.with(|doing| {
            doing.requests -= 1;
            doing.quiet = Instant::now();
        });
    }
}

/// An answer's body that tells the visit how it is being taken.
pub(crate) struct Taken {
    body: Body,
    turn: Turn,
}

impl Taken {
    pub(crate) fn new(body: Body, turn: Turn) -> Self {
        Self { body, turn }
    }
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        // Asked for more: what was handed over is gone.
        this.turn.settle();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            this.turn.owe(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
