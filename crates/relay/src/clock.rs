//! What time it is.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

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

/// The clock this process goes by.
pub fn clock() -> Arc<dyn Clock> {
    #[cfg(feature = "faults")]
    if let Some(file) = std::env::var_os("CLOAKROOM_CLOCK") {
        return Arc::new(ClockAhead(file.into()));
    }
    Arc::new(SystemClock)
}

/// Tests only: the machine's clock, ahead by as many seconds as a file says.
#[cfg(feature = "faults")]
struct ClockAhead(std::path::PathBuf);

#[cfg(feature = "faults")]
impl Clock for ClockAhead {
    fn now(&self) -> u64 {
        let ahead = std::fs::read_to_string(&self.0).ok().and_then(|text| text.trim().parse::<u64>().ok());
        SystemClock.now() + ahead.unwrap_or(0)
    }
}
