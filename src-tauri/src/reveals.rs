//! What is open in windows of its own, and until when.

use crate::{Shell, shell::guard, windows};
use desk::{Desk, ItemRef, RequestId};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// How long an item stays open, in seconds.
pub(crate) const SHOWN_FOR: u32 = 120;

/// The windows in which items are revealed, by label.
#[derive(Default)]
pub(crate) struct Reveals {
    open: Mutex<HashMap<String, Reveal>>,
    count: AtomicU32,
}

/// One such window.
#[derive(Clone, Copy)]
pub(crate) struct Reveal {
    pub(crate) item: ItemRef,
    pub(crate) request: RequestId,
    /// Whether it shows something.
    pub(crate) shown: bool,
}

impl Reveals {
    /// A window for an item: an open one, or the label for a new one.
    pub(crate) fn label(&self, item: ItemRef, request: RequestId) -> (String, bool) {
        let mut open = guard(&self.open);
        if let Some((label, _)) = open.iter().find(|(_, reveal)| reveal.item == item) {
            return (label.clone(), true);
        }
        let label = format!("reveal-{}", self.count.fetch_add(1, Ordering::Relaxed) + 1);
        open.insert(label.clone(), Reveal { item, request, shown: false });
        (label, false)
    }

    pub(crate) fn get(&self, label: &str) -> Option<Reveal> {
        guard(&self.open).get(label).copied()
    }

    /// Its window shows the item now; false where the window was closed meanwhile.
    pub(crate) fn shows(&self, label: &str) -> bool {
        match guard(&self.open).get_mut(label) {
            Some(reveal) => {
                reveal.shown = true;
                true
            }
            None => false,
        }
    }

    fn remove(&self, label: &str) -> Option<Reveal> {
        guard(&self.open).remove(label)
    }

    fn all(&self) -> Vec<(String, Reveal)> {
        guard(&self.open).iter().map(|(label, reveal)| (label.clone(), *reveal)).collect()
    }
}

impl Shell {
    /// Covers an item again: its window and the process behind it end, and the ledger says so.
    pub(crate) async fn end_reveal(&self, label: &str) {
        self.once.forget(label);
        windows::destroy(self, label);
        let Some(reveal) = self.reveals.remove(label) else { return };
        if reveal.shown
            && let Ok(desk) = self.desk()
            && let Err(error) = desk.hide(reveal.item).await
        {
            tracing::warn!(%error, "that an item was covered again could not be recorded");
        }
    }

    /// Covers what is being destroyed: nothing stays on the screen that is not in the vault any more.
    pub(crate) async fn end_reveals_of_what_is_gone(&self, desk: &Desk) {
        for (label, reveal) in self.reveals.all() {
            let held = desk.items(reveal.request).await;
            if held.is_ok_and(|items| !items.iter().any(|held| held.item == reveal.item)) {
                self.end_reveal(&label).await;
            }
        }
    }

    /// Covers everything.
    pub(crate) async fn end_reveals(&self) {
        // Every window first: what is on the screen goes before anything is written.
        for (label, _) in self.reveals.all() {
            windows::destroy(self, &label);
        }
        for (label, _) in self.reveals.all() {
            self.end_reveal(&label).await;
        }
    }
}
