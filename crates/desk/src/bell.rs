//! Rung by whoever has work for a task of every relay; each listener hears it, and what rang meanwhile rings once.

use tokio::sync::watch;

/// A bell.
#[derive(Default)]
pub(crate) struct Bell(watch::Sender<u64>);

/// Somebody who comes when it rings.
pub(crate) struct Listener(watch::Receiver<u64>);

impl Bell {
    pub(crate) fn notify_one(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    pub(crate) fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

impl Listener {
    pub(crate) async fn notified(&mut self) {
        if self.0.changed().await.is_err() {
            // The bell is gone, and the desk with it.
            std::future::pending::<()>().await;
        }
    }
}
