//! In front of the HTTP/1 parser: passes on what is plainly HTTP, and in place of anything else one request that says
//! so. That one is answered like every other, with our headers and our words, and ends the connection.

use super::{
    chunked::Chunked,
    head::{self, Framing},
};
use axum::http::{Method, StatusCode};
use bytes::{Buf, BytesMut};
use std::{
    future::Future,
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// A method that no caller can send: [`head::read`] refuses it.
const REFUSED: &str = "~";

/// What the parser is given instead of a request.
const INSTEAD: &[u8] = b"~ / HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n";

/// Bytes read at once while a head is on its way, or a chunked body.
const READ: usize = 8 * 1024;

/// After the last answer, what is still coming is read for so long and so far: bytes left unread would tear the
/// connection down before the answer is heard.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_MOST: usize = 1024 * 1024;

/// Why the current request was refused; nothing while none was.
#[derive(Clone, Default)]
pub(crate) struct Verdict(Arc<AtomicU16>);

impl Verdict {
    /// The status for a request that stands for a refused one.
    pub(crate) fn of(&self, method: &Method) -> Option<StatusCode> {
        if method.as_str() != REFUSED {
            return None;
        }
        Some(StatusCode::from_u16(self.0.load(Relaxed)).unwrap_or(StatusCode::BAD_REQUEST))
    }
}

/// A connection whose bytes are read by the letter.
pub(crate) struct Strict<S> {
    inner: S,
    patience: Duration,
    verdict: Verdict,
    state: State,
    /// Read and not passed on yet.
    waiting: BytesMut,
    /// Of these, how many may be passed on.
    sound: usize,
    /// When the head that began must be whole.
    until: Option<Pin<Box<Sleep>>>,
    /// The end of reading what nobody wants.
    linger: Option<(Pin<Box<Sleep>>, usize)>,
}

enum State {
    /// In a head: bytes looked at.
    Head(usize),
    Length(u64),
    Chunked(Chunked),
    /// Nothing that comes is read any more.
    Refused,
    /// A chunked body that was none.
    Broken,
}

impl<S> Strict<S> {
    pub(crate) fn new(inner: S, patience: Duration) -> Self {
        Self {
            inner,
            patience,
            verdict: Verdict::default(),
            state: State::Head(0),
            waiting: BytesMut::new(),
            sound: 0,
            until: None,
            linger: None,
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict.clone()
    }

    fn refuse(&mut self, status: StatusCode) {
        self.verdict.0.store(status.as_u16(), Relaxed);
        self.waiting.clear();
        self.waiting.extend_from_slice(INSTEAD);
        self.sound = INSTEAD.len();
        self.state = State::Refused;
        self.until = None;
    }

    /// Looks at what came and was not looked at.
    fn look(&mut self) {
        match &mut self.state {
            State::Head(seen) => match head::end(&self.waiting, *seen) {
                Ok(None) => *seen = self.waiting.len(),
                Ok(Some(length)) => match head::read(self.waiting.get(..length).unwrap_or_default()) {
                    Ok(framing) => {
                        self.sound = length;
                        self.until = None;
                        self.state = match framing {
                            Framing::Length(0) => State::Head(0),
                            Framing::Length(length) => State::Length(length),
                            Framing::Chunked => State::Chunked(Chunked::new()),
                        };
                    }
                    Err(status) => self.refuse(status),
                },
                Err(status) => self.refuse(status),
            },
            State::Length(left) => {
                let here = self.waiting.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                self.sound = here;
                *left -= here as u64;
                if *left == 0 {
                    self.state = State::Head(0);
                }
            }
            State::Chunked(body) => {
                let (sound, said) = body.follow(&self.waiting);
                self.sound = sound;
                if said.is_err() {
                    self.state = State::Broken;
                } else if body.is_over() {
                    self.state = State::Head(0);
                }
            }
            State::Refused | State::Broken => {}
        }
    }

    /// Passes on what may be passed on.
    fn pass(&mut self, out: &mut ReadBuf<'_>) {
        let length = self.sound.min(out.remaining());
        out.put_slice(self.waiting.get(..length).unwrap_or_default());
        self.waiting.advance(length);
        self.sound -= length;
        if self.waiting.is_empty() {
            // Between requests a connection holds no memory for the next.
            self.waiting = BytesMut::new();
        }
    }
}

impl<S: AsyncRead + Unpin> Strict<S> {
    /// Reads more to look at; false at the end of the stream.
    fn fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut space = [0; READ];
        let mut buffer = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut buffer))?;
        self.waiting.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(!buffer.filled().is_empty()))
    }

    /// Reads and forgets, until the other side has ended.
    fn forget(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [0; READ];
        let mut buffer = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Whether a head that began took too long.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        if self.waiting.is_empty() {
            self.until = None;
            return false;
        }
        let patience = self.patience;
        let until = self.until.get_or_insert_with(|| Box::pin(sleep(patience)));
        until.as_mut().poll(context).is_ready()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.sound > 0 {
                this.pass(out);
                return Poll::Ready(Ok(()));
            }
            match &mut this.state {
                State::Broken => return Poll::Ready(Err(ErrorKind::InvalidData.into())),
                State::Refused => {
                    if ready!(this.forget(context))? == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
                // A body of known length needs no looking: straight on.
                State::Length(left) if this.waiting.is_empty() => {
                    let before = out.filled().len();
                    if out.remaining() as u64 <= *left {
                        ready!(Pin::new(&mut this.inner).poll_read(context, out))?;
                    } else {
                        let last = usize::try_from(*left).unwrap_or(usize::MAX);
                        let mut part = ReadBuf::new(out.initialize_unfilled_to(last));
                        ready!(Pin::new(&mut this.inner).poll_read(context, &mut part))?;
                        let length = part.filled().len();
                        out.advance(length);
                    }
                    *left -= (out.filled().len() - before) as u64;
                    if *left == 0 {
                        this.state = State::Head(0);
                    }
                    return Poll::Ready(Ok(()));
                }
                _ => {
                    if !this.waiting.is_empty() {
                        this.look();
                        if this.sound > 0 || matches!(this.state, State::Broken | State::Refused) {
                            continue;
                        }
                    }
                    if matches!(this.state, State::Head(_)) && this.is_late(context) {
                        this.refuse(StatusCode::REQUEST_TIMEOUT);
                        continue;
                    }
                    if !ready!(this.fill(context))? {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    /// Says goodbye first; in the middle of a request, it then listens for a while.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.inner).poll_shutdown(context))?;
            if matches!(this.state, State::Head(_)) && this.waiting.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        loop {
            let (until, forgotten) = this.linger.get_or_insert_with(|| (Box::pin(sleep(LINGER)), 0));
            if *forgotten > LINGER_MOST || until.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            // Whoever hung up, or broke off, needs no more listening to.
            match ready!(this.forget(context)) {
                Ok(0) | Err(_) => return Poll::Ready(Ok(())),
                Ok(more) => {
                    if let Some((_, forgotten)) = &mut this.linger {
                        *forgotten += more;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    /// What the parser gets of what a caller sends in pieces of `step` bytes.
    async fn passed(sent: &[u8], step: usize) -> (Vec<u8>, bool, Verdict) {
        let (mut caller, ours) = duplex(64);
        let mut strict = Strict::new(ours, Duration::from_secs(5));
        let verdict = strict.verdict();
        let sent = sent.to_vec();
        let sending = tokio::spawn(async move {
            for piece in sent.chunks(step) {
                if caller.write_all(piece).await.is_err() {
                    return;
                }
            }
        });
        let mut got = Vec::new();
        let whole = strict.read_to_end(&mut got).await.is_ok();
        sending.await.unwrap();
        (got, whole, verdict)
    }

    #[tokio::test]
    async fn what_is_sound_passes_unchanged() {
        let sent = b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n\n\n\0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\
                     PUT /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\n\n\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n";
        for step in [1, 7, sent.len()] {
            let (got, whole, _) = passed(sent, step).await;
            assert!(whole);
            assert_eq!(got, sent, "{step}");
        }
    }

    #[tokio::test]
    async fn what_is_not_is_replaced_and_ends_it() {
        let sound = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for step in [1, 9, 1000] {
            let sent = [&sound[..], b"GET / HTTP/1.1\nHost: a\n\n", sound].concat();
            let (got, _, verdict) = passed(&sent, step).await;
            assert_eq!(got, [&sound[..], INSTEAD].concat(), "{step}");
            assert_eq!(verdict.of(&Method::from_bytes(b"~").unwrap()), Some(StatusCode::BAD_REQUEST));
            assert_eq!(verdict.of(&Method::GET), None);
        }
        let chunked = b"PUT /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx";
        let (got, whole, _) = passed(&[&chunked[..], b"y\r\n"].concat(), 1000).await;
        assert!(!whole);
        assert_eq!(got, chunked);
    }

    #[tokio::test]
    async fn a_head_that_takes_too_long_is_replaced() {
        let (mut caller, ours) = duplex(64);
        let mut strict = Strict::new(ours, Duration::from_millis(50));
        caller.write_all(b"GET / HTTP/1.1\r\nHost").await.unwrap();
        let mut got = vec![0; INSTEAD.len()];
        strict.read_exact(&mut got).await.unwrap();
        assert_eq!(got, INSTEAD);
        let verdict = strict.verdict().of(&Method::from_bytes(b"~").unwrap());
        assert_eq!(verdict, Some(StatusCode::REQUEST_TIMEOUT));
    }

    #[test]
    fn nobody_else_can_send_the_request_that_stands_for_a_refused_one() {
        let length = head::end(INSTEAD, 0).unwrap().unwrap();
        assert_eq!(head::read(&INSTEAD[..length]), Err(StatusCode::BAD_REQUEST));
    }
}
