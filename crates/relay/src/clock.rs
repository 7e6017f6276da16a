//! What time it is.

use std::time::{SystemTime, UNIX_EPOCH};

/// The clock that decides the relay's deadlines.
pub trait Clock: Send + Sync {
    /// UTC seconds.
    fn now(&self) -> u64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}
