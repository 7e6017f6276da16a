//! What counts as time here: a machine's clock that jumps is not believed before it has said the same for an hour, so
//! that one wrong step neither ends what is promised nor serves what is over.

use crate::clock::Clock;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A clock at start-up is believed at most this far ahead of the highest time written down: 35 days.
const BELIEVED_AHEAD: u64 = 35 * 86_400;
/// Any other jump is believed once it has stood for this long.
const BELIEVED_AFTER: Duration = Duration::from_secs(3_600);
/// Smaller differences between the clocks are drift, seconds.
const DRIFT: u64 = 120;

/// Time that deadlines go by.
pub(crate) struct Time {
    clock: Arc<dyn Clock>,
    /// None where the clock is believed as it is.
    course: Option<Mutex<Course>>,
}

struct Course {
    confirmed: u64,
    /// When that was, since the machine's start.
    at: Duration,
    jump: Option<Jump>,
}

/// What a clock says that is not believed yet.
struct Jump {
    claimed: u64,
    since: Duration,
}

impl Time {
    /// `high`: the highest time written down, none in a new store.
    pub(crate) fn start(clock: Arc<dyn Clock>, high: Option<u64>) -> Self {
        let course = clock.boot().map(|boot| {
            let wall = clock.now();
            let believed = high.is_none_or(|high| wall >= high && wall - high <= BELIEVED_AHEAD);
            let confirmed = if believed { wall } else { high.unwrap_or(wall) };
            let mut course = Course { confirmed, at: boot, jump: None };
            course.now(wall, boot);
            Mutex::new(course)
        });
        Self { clock, course }
    }

    /// UTC seconds.
    pub(crate) fn now(&self) -> u64 {
        self.now_and_wall().0
    }

    /// Whether a time may have come: by what is confirmed, or by a clock that may yet turn out to be right.
    pub(crate) fn may_be(&self, when: u64) -> bool {
        let (now, wall) = self.now_and_wall();
        when <= now.max(wall)
    }

    fn now_and_wall(&self) -> (u64, u64) {
        let wall = self.clock.now();
        match (&self.course, self.clock.boot()) {
            (Some(course), Some(boot)) => {
                (course.lock().unwrap_or_else(PoisonError::into_inner).now(wall, boot), wall)
            }
            _ => (wall, wall),
        }
    }
}

impl Course {
    fn now(&mut self, wall: u64, boot: Duration) -> u64 {
        let now = self.confirmed + boot.saturating_sub(self.at).as_secs();
        if wall.abs_diff(now) <= DRIFT {
            self.jump = None;
            // Drift is followed forward only.
            if wall > now {
                (self.confirmed, self.at) = (wall, boot);
            }
            return wall.max(now);
        }
        match &self.jump {
            // The same claim all the while; a claim that changes begins anew.
            Some(jump)
                if wall.abs_diff(jump.claimed + boot.saturating_sub(jump.since).as_secs()) <= DRIFT =>
            {
                if boot.saturating_sub(jump.since) >= BELIEVED_AFTER {
                    tracing::warn!("the machine's clock has stood by its jump for an hour and is believed");
                    (self.confirmed, self.at, self.jump) = (wall, boot, None);
                    return wall;
                }
            }
            _ => {
                tracing::warn!(
                    "the machine's clock jumped; deadlines go on without it for an hour; if it is wrong, set it right"
                );
                self.jump = Some(Jump { claimed: wall, since: boot });
            }
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    #[derive(Default)]
    struct Hands {
        wall: AtomicU64,
        boot: AtomicU64,
    }

    impl Hands {
        fn at(wall: u64) -> Arc<Self> {
            Arc::new(Self { wall: wall.into(), boot: 1_000.into() })
        }
        fn pass(&self, seconds: u64) {
            self.wall.fetch_add(seconds, SeqCst);
            self.boot.fetch_add(seconds, SeqCst);
        }
        fn set(&self, wall: u64) {
            self.wall.store(wall, SeqCst);
        }
    }

    impl Clock for Hands {
        fn now(&self) -> u64 {
            self.wall.load(SeqCst)
        }
        fn boot(&self) -> Option<Duration> {
            Some(Duration::from_secs(self.boot.load(SeqCst)))
        }
    }

    const T: u64 = 1_790_000_000;
    const DAY: u64 = 86_400;

    #[test]
    fn time_passes_with_both_clocks() {
        let hands = Hands::at(T);
        let time = Time::start(Arc::clone(&hands) as _, None);
        hands.pass(39 * DAY);
        assert_eq!(time.now(), T + 39 * DAY);
        hands.set(T + 39 * DAY - 100);
        assert_eq!(time.now(), T + 39 * DAY);
        hands.set(T + 39 * DAY + 100);
        assert_eq!(time.now(), T + 39 * DAY + 100);
    }

    #[test]
    fn a_jump_is_believed_after_an_hour_and_not_when_it_is_set_right_before() {
        for jump in [T + 400 * DAY, T - 400 * DAY] {
            let hands = Hands::at(T);
            let time = Time::start(Arc::clone(&hands) as _, Some(T));
            hands.set(jump);
            assert_eq!(time.now(), T);
            assert_eq!(time.may_be(T + DAY), jump > T);
            hands.pass(3_599);
            assert_eq!(time.now(), T + 3_599);
            hands.set(T + 3_599);
            assert_eq!((time.now(), time.may_be(T + DAY)), (T + 3_599, false));
            // One jump does not vouch for another.
            hands.set(jump);
            assert_eq!(time.now(), T + 3_599);
            hands.pass(3_600);
            assert_eq!(time.now(), jump + 3_600);
        }
    }

    #[test]
    fn at_start_a_month_ahead_is_believed_and_a_year_or_a_day_back_is_not() {
        for (wall, now) in [(T + 30 * DAY, T + 30 * DAY), (T + 365 * DAY, T), (T - DAY, T), (T - 60, T)] {
            let hands = Hands::at(wall);
            assert_eq!(Time::start(Arc::clone(&hands) as _, Some(T)).now(), now);
        }
        assert_eq!(Time::start(Hands::at(T) as _, None).now(), T);
    }
}
