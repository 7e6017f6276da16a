//! A connection whose other side must take what it is sent: whoever reads too slowly is cut off.

use std::{
    future::Future,
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::{body::SLOWEST, relay::Shared};

/// A connection that keeps time while it waits to write.
pub(crate) struct Paced<S> {
    inner: S,
    app: Shared,
    /// How long the other side may still keep us waiting; what it takes earns it more.
    left: Duration,
    most: Duration,
    /// Since when we wait, and until when.
    blocked: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Paced<S> {
    pub(crate) fn new(inner: S, app: Shared) -> Self {
        let most = app.config.patience / 2;
        Self { inner, app, left: most, most, blocked: None }
    }

    /// Keeps the account: `written` is what the other side took just now.
    fn account(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => {
                let until = Instant::now() + self.left;
                let (_, sleep) =
                    self.blocked.get_or_insert_with(|| (Instant::now(), Box::pin(sleep_until(until))));
                if sleep.as_mut().poll(context).is_ready() {
                    self.app.metrics.too_slow.fetch_add(1, Relaxed);
                    return Poll::Ready(Err(ErrorKind::TimedOut.into()));
                }
                Poll::Pending
            }
            Poll::Ready(Ok(length)) => {
                if let Some((since, _)) = self.blocked.take() {
                    let earned = Duration::from_secs(length as u64) / SLOWEST;
                    self.left = (self.left.saturating_sub(since.elapsed()) + earned).min(self.most);
                }
                Poll::Ready(Ok(length))
            }
            failed => failed,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, out)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.account(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write_vectored(context, pieces);
        this.account(context, written)
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
