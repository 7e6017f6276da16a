//! Turns to upload, or to bring a webhook: so many at the same time, and no box or hook takes all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Whoever holds one link leaves at least half of the turns to everyone else; whoever holds several does not keep
/// theirs for long, since a turn is given up while the network delivers nothing.
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    share: usize,
    /// The turns of every box, or hook, that has or wants one.
    of_each: Mutex<HashMap<[u8; 16], Weak<Semaphore>>>,
}

/// A turn; it ends when this is dropped.
pub(crate) struct Turn {
    _of_all: OwnedSemaphorePermit,
    _of_one: OwnedSemaphorePermit,
}

impl Turns {
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(at_once)),
            share: (at_once / 2).max(1),
            of_each: Mutex::new(HashMap::new()),
        }
    }

    /// Waits for a turn: first among those of the same id, so that its crowd does not stand in everyone's way.
    pub(crate) async fn take(&self, id: &[u8; 16]) -> Option<Turn> {
        let of_one = self.of_one(id).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Turn { _of_all: of_all, _of_one: of_one })
    }

    fn of_one(&self, id: &[u8; 16]) -> Arc<Semaphore> {
        let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = of_each.get(id).and_then(Weak::upgrade) {
            return turns;
        }
        of_each.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(self.share));
        of_each.insert(*id, Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::{future::Future, pin::pin, task::Poll};

    /// Whether a turn is given without waiting.
    async fn at_once(turns: &Turns, id: &[u8; 16]) -> Option<Turn> {
        let mut turn = pin!(turns.take(id));
        std::future::poll_fn(|context| match turn.as_mut().poll(context) {
            Poll::Ready(turn) => Poll::Ready(turn),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    #[tokio::test]
    async fn one_box_leaves_turns_to_others() {
        let turns = Turns::new(4);
        let [one, two, three] = &[[1; 16], [2; 16], [3; 16]];
        let mut held = Vec::new();
        while let Some(turn) = at_once(&turns, one).await {
            held.push(turn);
        }
        assert_eq!(held.len(), 2);
        let other = (at_once(&turns, two).await.unwrap(), at_once(&turns, two).await.unwrap());
        assert!(at_once(&turns, three).await.is_none());
        drop(held);
        assert!(at_once(&turns, three).await.is_some());
        drop(other);
        assert!(at_once(&turns, one).await.is_some());
        // What nobody uses any more is forgotten.
        assert_eq!(turns.of_each.lock().unwrap().len(), 1);
    }
}
