//! Turns to upload: so many at the same time, and no box takes all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::BoxId;

/// Whoever holds one link leaves at least half of the turns to everyone else.
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    share: usize,
    /// The turns of every box that has or wants one.
    boxes: Mutex<HashMap<[u8; 16], Weak<Semaphore>>>,
}

/// A turn; it ends when this is dropped.
pub(crate) struct Turn {
    _of_all: OwnedSemaphorePermit,
    _of_box: OwnedSemaphorePermit,
}

impl Turns {
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(at_once)),
            share: (at_once / 2).max(1),
            boxes: Mutex::new(HashMap::new()),
        }
    }

    /// Waits for a turn: first among those of the box, so that its crowd does not stand in everyone's way.
    pub(crate) async fn take(&self, id: BoxId) -> Option<Turn> {
        let of_box = self.of_box(id).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Turn { _of_all: of_all, _of_box: of_box })
    }

    fn of_box(&self, id: BoxId) -> Arc<Semaphore> {
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = boxes.get(id.as_bytes()).and_then(Weak::upgrade) {
            return turns;
        }
        boxes.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(self.share));
        boxes.insert(*id.as_bytes(), Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::{future::Future, pin::pin, task::Poll};

    /// Whether a turn is given without waiting.
    async fn at_once(turns: &Turns, id: BoxId) -> Option<Turn> {
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
        let [one, two, three] = [1, 2, 3].map(|n| BoxId::from_bytes([n; 16]));
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
        assert_eq!(turns.boxes.lock().unwrap().len(), 1);
    }
}
