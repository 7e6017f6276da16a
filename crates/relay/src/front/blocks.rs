//! A connection whose header blocks have an end in time: HTTP/2 may cut one into frames, and its parser waits for the
//! last of them as long as anybody likes (RFC 9113 §4.3).

use crate::relay::Shared;
use std::{
    future::Future,
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// What a client says first.
const PREFACE: usize = 24;
/// Length[3], type, flags, stream[4].
const HEAD: usize = 9;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// HTTP/2 as it comes in, and since when a header block has been open.
pub(crate) struct Blocks<S> {
    inner: S,
    app: Shared,
    follows: Follows,
    until: Option<Pin<Box<Sleep>>>,
}

/// Where in the frames it is.
struct Follows {
    preface: usize,
    head: [u8; HEAD],
    have: usize,
    /// Of this frame's payload, bytes to come.
    left: usize,
    /// A header block began, and whether this frame is its last.
    block: Option<bool>,
}

impl<S> Blocks<S> {
    pub(crate) fn new(inner: S, app: Shared) -> Self {
        let follows = Follows { preface: PREFACE, head: [0; HEAD], have: 0, left: 0, block: None };
        Self { inner, app, follows, until: None }
    }
}

impl Follows {
    fn read(&mut self, mut bytes: &[u8]) {
        let skipped = self.preface.min(bytes.len());
        self.preface -= skipped;
        bytes = bytes.get(skipped..).unwrap_or_default();
        while !bytes.is_empty() {
            if self.have < HEAD {
                let taken = bytes.len().min(HEAD - self.have);
                let (here, rest) = bytes.split_at(taken);
                if let Some(place) = self.head.get_mut(self.have..self.have + taken) {
                    place.copy_from_slice(here);
                }
                self.have += taken;
                bytes = rest;
                if self.have < HEAD {
                    return;
                }
                let [a, b, c, kind, flags, ..] = self.head;
                self.left = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
                if kind == HEADERS || kind == CONTINUATION {
                    self.block = Some(flags & END_HEADERS != 0);
                }
            } else {
                let taken = bytes.len().min(self.left);
                self.left -= taken;
                bytes = bytes.get(taken..).unwrap_or_default();
            }
            if self.left == 0 {
                self.have = 0;
                self.block = self.block.filter(|last| !last);
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Blocks<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = out.filled().len();
        let read = Pin::new(&mut this.inner).poll_read(context, out);
        this.follows.read(out.filled().get(before..).unwrap_or_default());
        if this.follows.block.is_none() {
            this.until = None;
            return read;
        }
        let patience = this.app.config.header_patience;
        let until = this.until.get_or_insert_with(|| Box::pin(sleep(patience)));
        if until.as_mut().poll(context).is_ready() {
            this.app.metrics.too_slow.fetch_add(1, Relaxed);
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Blocks<S> {
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

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        frame.resize(HEAD + usize::from(length), 0);
        frame
    }

    /// However it is cut into reads.
    #[test]
    fn a_block_is_open_until_its_last_frame_is_whole() {
        let whole =
            [frame(4, 0, 6), frame(0, 4, 3), frame(HEADERS, END_HEADERS, 5), frame(HEADERS, END_HEADERS, 0)];
        let begun = [frame(HEADERS, 0, 5), frame(CONTINUATION, 0, 0), frame(CONTINUATION, 0, 7)];
        let last = frame(CONTINUATION, END_HEADERS, 2);
        for size in 1..40 {
            let mut follows = Follows { preface: PREFACE, head: [0; HEAD], have: 0, left: 0, block: None };
            let mut read = |bytes: &[u8]| {
                bytes.chunks(size).for_each(|piece| follows.read(piece));
                follows.block.is_some()
            };
            assert!(!read(&[&[1; PREFACE][..], &whole.concat()].concat()));
            assert!(read(&begun.concat()));
            assert!(read(&last[..last.len() - 1]));
            assert!(!read(&[0]));
            assert!(!read(&whole.concat()));
        }
    }
}
