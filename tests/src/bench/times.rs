//! How long things took.

use std::time::{Duration, Instant};

/// A thing's result and how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let made = work();
    (made, begun.elapsed())
}

/// In milliseconds.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The times of many equal things, shortest first.
#[derive(Debug)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// So many times the same.
    pub(crate) fn repeat<E>(count: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<Self, E> {
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            let (done, took) = timed(&mut work);
            done?;
            times.push(took);
        }
        Ok(Self::of(times))
    }

    /// The time that half of them took at most, milliseconds.
    pub(crate) fn p50(&self) -> f64 {
        self.percentile(50)
    }

    /// The time that 99 of a hundred took at most, milliseconds.
    pub(crate) fn p99(&self) -> f64 {
        self.percentile(99)
    }

    /// By nearest rank.
    fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().map_or(f64::NAN, ms)
    }
}
