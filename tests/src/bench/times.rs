//! How long things took.

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// What a thing took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) time: Duration,
    /// Of all processors together, in this process: it holds however busy the machine is.
    pub(crate) processor: Duration,
}

/// A thing's result and what it took.
pub(crate) fn worked<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let before = processor();
    let (made, time) = timed(work);
    (made, Took { time, processor: processor().saturating_sub(before) })
}

/// What this process has had of the processors so far.
pub(crate) fn processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

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

/// The times of many equal things.
#[derive(Debug)]
pub(crate) struct Times {
    /// Shortest first.
    sorted: Vec<Duration>,
    processor: Duration,
}

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { sorted: times, processor: Duration::ZERO }
    }

    /// With what the processors worked for it.
    pub(crate) fn of_work(work: &[Took]) -> Self {
        let processor: Duration = work.iter().map(|took| took.processor).sum();
        let mean = processor.div_f64(work.len().max(1) as f64);
        Self { processor: mean, ..Self::of(work.iter().map(|took| took.time).collect()) }
    }

    /// So many times the same.
    pub(crate) fn repeat<E>(count: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<Self, E> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            let (done, took) = worked(&mut work);
            done?;
            all.push(took);
        }
        Ok(Self::of_work(&all))
    }

    /// What the processors worked for one of them, in the mean.
    pub(crate) fn processor(&self) -> Duration {
        self.processor
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
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied().map_or(f64::NAN, ms)
    }
}
