//! Many histories, on several threads.

use super::{
    founded::Founded,
    history::{Failure, History, Seen},
    mischief::Mischief,
};
use crate::Outcome;
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
};

/// What many histories came to, taken together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Histories played.
    pub histories: u64,
    /// Steps in them.
    pub steps: u64,
    /// Ends of the desk's process in the middle of something.
    pub kills: u64,
    /// Faults on the ways.
    pub faults: u64,
    /// Submissions accepted, and of them collected.
    pub accepted: u64,
    /// Submissions collected.
    pub collected: u64,
    /// Purges, each certified.
    pub purges: u64,
}

impl Tally {
    fn add(&mut self, seen: &Seen) {
        self.histories += 1;
        self.steps += seen.steps;
        self.kills += seen.kills;
        self.faults += seen.faults;
        self.accepted += seen.found.accepted as u64;
        self.collected += seen.found.collected as u64;
        self.purges += seen.found.purges as u64;
    }
}

/// Plays `histories` of them from `seed` on, on so many threads; `played` hears of each and says whether to go
/// on.
///
/// # Errors
/// Only where nothing could be played; a history that failed is no error here.
pub fn run(
    seed: u64,
    histories: u64,
    threads: usize,
    mischief: Option<Mischief>,
    played: impl Fn(&Result<Seen, Failure>) -> bool + Sync,
) -> Outcome<Tally> {
    let founding = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let founded = founding.block_on(Founded::make())?;
    let (next, stop, tally) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::new(Tally::default()));
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !stop.load(SeqCst) {
                    let number = next.fetch_add(1, SeqCst);
                    if number >= histories {
                        return;
                    }
                    let history = History { seed: seed.wrapping_add(number), mischief };
                    let came = history.play(&founded);
                    if let Ok(seen) = &came {
                        tally.lock().unwrap_or_else(PoisonError::into_inner).add(seen);
                    }
                    if !played(&came) {
                        stop.store(true, SeqCst);
                    }
                }
            });
        }
    });
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}
