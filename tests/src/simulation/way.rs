//! The way between: it loses, delays, doubles, cuts and mixes up, as the seed says.

use super::{
    dice::Dice,
    far::{Far, Whole},
    mischief::Mischief,
    stream,
};
use axum::http::{
    StatusCode,
    header::{self, HeaderMap, HeaderValue},
};
use bytes::Bytes;
use desk::{Answer, Call, NoAnswer, Transport};
use futures_util::{StreamExt, future::BoxFuture, stream::BoxStream};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// A sign-in page, as hotels and proxies put it in between. Longer than most parts.
const SIGN_IN: &str = "<!doctype html><title>Welcome</title><p>Please accept the terms of use.</p>";

/// A way to the relay, with faults.
#[derive(Clone)]
pub(crate) struct Way(Arc<Inner>);

struct Inner {
    far: Arc<Far>,
    seed: u64,
    name: &'static str,
    /// A row of throws for each kind of call: what happens to one kind does not change with how often another comes.
    dice: Mutex<HashMap<Kind, Dice>>,
    /// Of a hundred calls so many meet a fault.
    faults: AtomicU64,
    whole: watch::Sender<bool>,
    fuse: Mutex<Option<Fuse>>,
    blown: Notify,
    mischief: Option<Mischief>,
    met: AtomicU64,
}

/// Ends the desk's process at a call.
#[derive(Clone, Copy)]
pub(crate) struct Fuse {
    /// How many calls still go through.
    pub(crate) after: u64,
    /// Whether the relay hears the call.
    pub(crate) heard: bool,
}

/// Kinds of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Events,
    Open,
    View,
    Part,
    Collected,
    Note,
    End,
    Customer,
}

impl Kind {
    fn of(call: &Call) -> Self {
        let path = call.path.as_str();
        match call.method.as_str() {
            _ if path.starts_with("/v1/desk/events") => Self::Events,
            "POST" if path == "/v1/boxes" => Self::Open,
            _ if !path.starts_with("/v1/desk/") => Self::Customer,
            "DELETE" => Self::End,
            "PUT" => Self::Note,
            "POST" => Self::Collected,
            _ if path.contains("/parts/") => Self::Part,
            _ => Self::View,
        }
    }
}

/// What happens to one call.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// It does not arrive.
    Lost(NoAnswer),
    /// It arrives, its answer does not.
    Unanswered(NoAnswer),
    /// It waits on the way there, or back.
    Late { there: Duration, back: Duration },
    /// Somebody on the way sends it twice.
    Doubled,
    /// And once more, much later.
    Again(Duration),
    /// Its answer breaks off, seen or unseen.
    Cut { at: usize, seen: bool },
    /// Something in between answers.
    InBetween(u16),
}

impl Way {
    /// A way to `far` for whoever `name` is.
    pub(crate) fn new(far: Arc<Far>, seed: u64, name: &'static str, mischief: Option<Mischief>) -> Self {
        Self(Arc::new(Inner {
            far,
            seed,
            name,
            dice: Mutex::default(),
            faults: AtomicU64::new(0),
            whole: watch::Sender::new(true),
            fuse: Mutex::new(None),
            blown: Notify::new(),
            mischief,
            met: AtomicU64::new(0),
        }))
    }

    /// Sets how many calls of a hundred meet a fault.
    pub(crate) fn set_faults(&self, percent: u64) {
        self.0.faults.store(percent, SeqCst);
    }

    /// How many calls of a hundred meet a fault.
    pub(crate) fn faults(&self) -> u64 {
        self.0.faults.load(SeqCst)
    }

    /// Cuts the line, or mends it. What is under way breaks off.
    pub(crate) fn set_whole(&self, whole: bool) {
        self.0.whole.send_replace(whole);
    }

    /// Whether it is whole.
    pub(crate) fn is_whole(&self) -> bool {
        *self.0.whole.borrow()
    }

    /// Has the process end at a call to come, or at none.
    pub(crate) fn set_fuse(&self, fuse: Option<Fuse>) {
        *self.0.fuse.lock().unwrap_or_else(PoisonError::into_inner) = fuse;
    }

    /// Waits for that call.
    pub(crate) async fn blown(&self) {
        self.0.blown.notified().await;
    }

    /// How many faults were met.
    pub(crate) fn met(&self) -> u64 {
        self.0.met.load(SeqCst)
    }
}

impl Transport for Way {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let heard = match inner.burn() {
                Burns::No => true,
                Burns::Now { heard } => {
                    if heard && Kind::of(&call) != Kind::Events {
                        let _ = inner.far.call(&call);
                    }
                    inner.blown.notify_one();
                    false
                }
            };
            if !heard {
                // Nothing after it: the process is gone.
                return std::future::pending().await;
            }
            let mut whole = inner.whole.subscribe();
            if !*whole.borrow() {
                return Err(inner.no_answer(Kind::of(&call)).await);
            }
            tokio::select! {
                biased;
                _ = whole.wait_for(|whole| !whole) => Err(NoAnswer::Broken),
                answer = inner.pass(call) => answer,
            }
        })
    }
}

/// What the fuse says.
enum Burns {
    No,
    Now { heard: bool },
}

impl Inner {
    fn burn(&self) -> Burns {
        let mut fuse = self.fuse.lock().unwrap_or_else(PoisonError::into_inner);
        match fuse.as_mut() {
            None => Burns::No,
            Some(Fuse { after: 0, heard }) => {
                let heard = *heard;
                *fuse = None;
                Burns::Now { heard }
            }
            Some(fuse) => {
                fuse.after -= 1;
                Burns::No
            }
        }
    }

    fn throw<T>(&self, kind: Kind, throw: impl FnOnce(&mut Dice) -> T) -> T {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        throw(dice.entry(kind).or_insert_with(|| Dice::new(self.seed, &format!("{} {kind:?}", self.name))))
    }

    async fn no_answer(&self, kind: Kind) -> NoAnswer {
        let why = self.throw(kind, lost);
        if why == NoAnswer::TimedOut {
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        why
    }

    async fn pass(self: Arc<Self>, call: Call) -> Result<Answer, NoAnswer> {
        let kind = Kind::of(&call);
        let percent = self.faults.load(SeqCst);
        let fault = self.throw(kind, |dice| dice.chance(percent).then(|| fault(dice, kind)));
        if fault.is_some() {
            self.met.fetch_add(1, SeqCst);
        }
        match fault {
            Some(Fault::Lost(why)) => {
                if why == NoAnswer::TimedOut {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
                return Err(why);
            }
            Some(Fault::InBetween(status)) => return Ok(in_between(status)),
            Some(Fault::Late { there, .. }) => tokio::time::sleep(there).await,
            _ => {}
        }
        if kind == Kind::Events {
            return self.events(&call, percent, fault).await;
        }
        if let Some(Fault::Doubled) = fault {
            let _ = self.ask(&call);
        }
        if let Some(Fault::Again(after)) = fault {
            let (inner, call) = (Arc::clone(&self), call.clone());
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                let _ = inner.ask(&call);
            });
        }
        let whole = self.ask(&call)?;
        match fault {
            Some(Fault::Unanswered(why)) => Err(why),
            Some(Fault::Late { back, .. }) => {
                tokio::time::sleep(back).await;
                Ok(answer(whole, None))
            }
            Some(Fault::Cut { at, seen }) => Ok(answer(whole, Some((at, seen)))),
            _ => Ok(answer(whole, None)),
        }
    }

    /// Asks the relay, or whoever plays it false.
    fn ask(&self, call: &Call) -> Result<Whole, NoAnswer> {
        match self.mischief {
            Some(mischief) => mischief.ask(&self.far, call),
            None => self.far.call(call),
        }
    }

    async fn events(
        self: Arc<Self>,
        call: &Call,
        percent: u64,
        fault: Option<Fault>,
    ) -> Result<Answer, NoAnswer> {
        let changed = self.mischief.and_then(|mischief| mischief.listen(call));
        let mut answer = self.far.listen(changed.as_ref().unwrap_or(call)).await?;
        match fault {
            Some(Fault::Unanswered(why)) => return Err(why),
            Some(Fault::Late { back, .. }) => tokio::time::sleep(back).await,
            _ => {}
        }
        if percent > 0 && call.headers.get(header::ACCEPT).is_some() {
            let dice = self.throw(Kind::Events, |dice| Dice::new(dice.next(), "stream"));
            answer.body = stream::disturb(answer.body, dice, percent, 120);
        } else if let Some(Fault::Cut { at, seen }) = fault {
            answer.body = cut(answer.body, at, seen);
        }
        let mut whole = self.whole.subscribe();
        let broken = async move {
            let _ = whole.wait_for(|whole| !whole).await;
        };
        // Broken by the cut, and not ended well.
        let line = self.whole.subscribe();
        let end = futures_util::stream::once(async { Err(NoAnswer::Broken) })
            .filter(move |_| std::future::ready(!*line.borrow()));
        answer.body = answer.body.take_until(Box::pin(broken)).chain(end).boxed();
        Ok(answer)
    }
}

fn lost(dice: &mut Dice) -> NoAnswer {
    let whys = [NoAnswer::Broken, NoAnswer::TimedOut, NoAnswer::Name, NoAnswer::Refused, NoAnswer::Proxy];
    dice.pick(&whys).copied().unwrap_or(NoAnswer::Broken)
}

fn fault(dice: &mut Dice, kind: Kind) -> Fault {
    let milliseconds = |dice: &mut Dice, most| Duration::from_millis(dice.below(most));
    match dice.below(8) {
        0 => Fault::Lost(lost(dice)),
        1 | 2 => Fault::Unanswered(if dice.chance(50) { NoAnswer::Broken } else { NoAnswer::TimedOut }),
        3 => Fault::Late { there: milliseconds(dice, 40_000), back: milliseconds(dice, 40_000) },
        4 => Fault::Doubled,
        5 => Fault::Again(milliseconds(dice, 900_000)),
        6 => {
            Fault::Cut { at: dice.index(if kind == Kind::Part { 9_000 } else { 400 }), seen: dice.chance(50) }
        }
        _ => Fault::InBetween(dice.pick(&[502, 503, 200, 302, 403, 404]).copied().unwrap_or(502)),
    }
}

fn in_between(status: u16) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let page = SIGN_IN.repeat(100);
    Answer {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY),
        headers,
        body: futures_util::stream::once(async move { Ok(Bytes::from(page)) }).boxed(),
    }
}

/// A whole answer in pieces, perhaps not all of them.
fn answer(whole: Whole, cut_at: Option<(usize, bool)>) -> Answer {
    let Whole { status, headers, body } = whole;
    let pieces: Vec<Result<Bytes, NoAnswer>> =
        body.chunks(1_500).map(|piece| Ok(body.slice_ref(piece))).collect();
    let stream = futures_util::stream::iter(pieces).boxed();
    let body = match cut_at {
        Some((at, seen)) => cut(stream, at, seen),
        None => stream,
    };
    Answer { status, headers, body }
}

/// Breaks off after so many bytes: with an error where that is seen, as if it were the end where not.
fn cut(
    body: BoxStream<'static, Result<Bytes, NoAnswer>>,
    at: usize,
    seen: bool,
) -> BoxStream<'static, Result<Bytes, NoAnswer>> {
    futures_util::stream::unfold((body, Some(at), seen), |(mut body, left, seen)| async move {
        let left = left?;
        match body.next().await? {
            Ok(bytes) if bytes.len() < left => {
                let rest = left - bytes.len();
                Some((Ok(bytes), (body, Some(rest), seen)))
            }
            Ok(bytes) if left > 0 => Some((Ok(bytes.slice(..left.min(bytes.len()))), (body, Some(0), seen))),
            Ok(_) if seen => Some((Err(NoAnswer::Broken), (body, None, seen))),
            Ok(_) => None,
            Err(error) => Some((Err(error), (body, None, seen))),
        }
    })
    .boxed()
}
