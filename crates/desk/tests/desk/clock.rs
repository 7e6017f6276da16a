//! Clocks whose hands a test moves.

use desk::Clock;
use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::Duration,
};

pub const START: u64 = 1_795_000_000;
pub const HOUR: u64 = 3_600;
pub const DAY: u64 = 24 * HOUR;

pub struct Hands {
    wall: AtomicU64,
    boot: AtomicU64,
}

impl Hands {
    pub fn new() -> Self {
        Self { wall: START.into(), boot: 1_000.into() }
    }

    pub const fn start(&self) -> u64 {
        START
    }

    pub fn pass(&self, seconds: u64) {
        self.wall.fetch_add(seconds, SeqCst);
        self.boot.fetch_add(seconds, SeqCst);
    }

    pub fn set_wall(&self, wall: u64) {
        self.wall.store(wall, SeqCst);
    }
}

impl Clock for Hands {
    fn wall(&self) -> u64 {
        self.wall.load(SeqCst)
    }

    fn boot(&self) -> Duration {
        Duration::from_secs(self.boot.load(SeqCst))
    }
}
