//! What time it is.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The clock that decides the relay's deadlines.
pub trait Clock: Send + Sync {
    /// UTC seconds.
    fn now(&self) -> u64;
    /// Time since some fixed moment of this boot, which nobody sets: what `now` says beside it is a jump. None where
    /// `now` is to be believed as it is.
    fn boot(&self) -> Option<Duration> {
        None
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    #[cfg(target_os = "linux")]
    fn boot(&self) -> Option<Duration> {
        // It goes on while the machine sleeps.
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
}

/// The clock this process goes by.
pub fn clock() -> Arc<dyn Clock> {
    #[cfg(feature = "faults")]
    if let Some(file) = std::env::var_os("CLOAKROOM_CLOCK") {
        return Arc::new(ClockAhead(file.into()));
    }
    Arc::new(SystemClock)
}

/// Tests only: time that has passed besides, as many seconds as a file says. A second number in it is how far somebody
/// set the clock.
#[cfg(feature = "faults")]
struct ClockAhead(std::path::PathBuf);

#[cfg(feature = "faults")]
impl ClockAhead {
    fn number(&self, which: usize) -> i64 {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        text.split_whitespace().nth(which).and_then(|word| word.parse().ok()).unwrap_or(0)
    }
}

#[cfg(feature = "faults")]
impl Clock for ClockAhead {
    fn now(&self) -> u64 {
        SystemClock.now().saturating_add_signed(self.number(0)).saturating_add_signed(self.number(1))
    }

    fn boot(&self) -> Option<Duration> {
        Some(SystemClock.boot()? + Duration::from_secs(self.number(0).unsigned_abs()))
    }
}
