//! A machine's clocks in a test's hands.

use desk::Clock;
use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Two clocks that stand still until they are moved.
pub struct TestClock {
    wall: AtomicU64,
    boot: AtomicU64,
}

impl TestClock {
    /// Begins at the time it is, so that a browser beside it shows dates that make sense.
    pub fn now() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { wall: wall.into(), boot: 1_000.into() }
    }

    /// Begins at a time, UTC seconds.
    pub fn at(wall: u64) -> Self {
        Self { wall: wall.into(), boot: 1_000.into() }
    }

    /// Time passes: both clocks move.
    pub fn pass(&self, seconds: u64) {
        self.boot.fetch_add(seconds, SeqCst);
        self.wall.fetch_add(seconds, SeqCst);
    }

    /// Somebody sets the wall clock.
    pub fn set_wall(&self, wall: u64) {
        self.wall.store(wall, SeqCst);
    }

    /// The machine runs on while its wall clock stands.
    pub fn run(&self, seconds: u64) {
        self.boot.fetch_add(seconds, SeqCst);
    }

    /// The machine was started anew.
    pub fn reboot(&self) {
        self.boot.store(20, SeqCst);
    }
}

impl Clock for TestClock {
    fn wall(&self) -> u64 {
        self.wall.load(SeqCst)
    }

    fn boot(&self) -> Duration {
        Duration::from_secs(self.boot.load(SeqCst))
    }
}

impl relay::Clock for TestClock {
    fn now(&self) -> u64 {
        self.wall.load(SeqCst)
    }
}
