//! What counts as time (FORMATS §9): retention only moves forward, and only by confirmed time, so that neither a
//! wrong clock nor one set back or ahead keeps what is due or destroys what is not.

use std::time::Duration;

/// The clocks of a machine, as an argument.
pub trait Clock: Send + Sync {
    /// The wall clock, UTC seconds.
    fn wall(&self) -> u64;
    /// Time since some fixed moment of this boot; it goes on during sleep and is never set.
    fn boot(&self) -> Duration;
}

/// The machine's own clocks.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> u64 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    fn boot(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

/// A wall clock at start-up is believed at most this far ahead of what was confirmed last: 35 days.
const BELIEVED_AHEAD: u64 = 35 * 86_400;
/// Any other jump is believed after the desk ran this long: an hour.
const BELIEVED_AFTER: Duration = Duration::from_secs(3_600);
/// A relay's clock counts when it agrees with the wall clock to within this: 5 minutes.
const RELAY_TOLERANCE: u64 = 300;
/// Smaller differences between the wall clock and the boot clock are drift, not a jump.
const DRIFT: u64 = 120;

/// Time that retention may rely on.
#[derive(Debug, Clone)]
pub struct RetentionTime {
    confirmed: u64,
    at: Duration,
    jump: Option<Jump>,
}

/// A wall clock that says something the desk does not believe yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// What the desk goes by, UTC seconds.
    pub confirmed: u64,
    /// What the clock says, UTC seconds.
    pub claimed: u64,
    since: Duration,
}

impl RetentionTime {
    /// At start-up, with the newest time the vault ever confirmed.
    pub fn start(high: u64, clock: &dyn Clock) -> Self {
        let (wall, boot) = (clock.wall(), clock.boot());
        let mut time = Self { confirmed: high, at: boot, jump: None };
        // A fresh vault has nothing to go by but the clock.
        if high == 0 || (wall >= high && wall - high <= BELIEVED_AHEAD) {
            time.confirmed = wall;
        } else {
            time.jump = Some(Jump { confirmed: high, claimed: wall, since: boot });
        }
        time
    }

    /// The time now, UTC seconds: what was confirmed, moved on by the boot clock.
    pub fn now(&mut self, clock: &dyn Clock) -> u64 {
        let (wall, boot) = (clock.wall(), clock.boot());
        let now = self.confirmed + boot.saturating_sub(self.at).as_secs();
        match &self.jump {
            _ if wall.abs_diff(now) <= DRIFT => {
                self.jump = None;
                // Drift is followed forward only.
                if wall > now {
                    self.confirm(wall, boot);
                    return wall;
                }
            }
            // The same claim all the while; a claim that changes begins anew.
            Some(jump)
                if wall.abs_diff(jump.claimed + boot.saturating_sub(jump.since).as_secs()) <= DRIFT =>
            {
                if boot.saturating_sub(jump.since) >= BELIEVED_AFTER && wall > now {
                    self.confirm(wall, boot);
                    return wall;
                }
            }
            _ => self.jump = Some(Jump { confirmed: now, claimed: wall, since: boot }),
        }
        now
    }

    /// A clock that is not believed yet, to be shown.
    pub fn jump(&self) -> Option<Jump> {
        self.jump
    }

    /// A relay's `Date` over TLS: believed where it agrees with the wall clock.
    pub fn hear_relay(&mut self, date: u64, clock: &dyn Clock) {
        let (wall, boot) = (clock.wall(), clock.boot());
        let now = self.confirmed + boot.saturating_sub(self.at).as_secs();
        if wall.abs_diff(date) <= RELAY_TOLERANCE && date.min(wall) > now {
            self.confirm(date.min(wall), boot);
        }
    }

    /// A person says that the wall clock is right.
    pub fn believe(&mut self, clock: &dyn Clock) {
        let (wall, boot) = (clock.wall(), clock.boot());
        let now = self.confirmed + boot.saturating_sub(self.at).as_secs();
        self.confirm(wall.max(now), boot);
    }

    fn confirm(&mut self, wall: u64, boot: Duration) {
        self.confirmed = wall;
        self.at = boot;
        self.jump = None;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    struct Hands {
        wall: AtomicU64,
        boot: AtomicU64,
    }

    impl Hands {
        fn at(wall: u64) -> Self {
            Self { wall: wall.into(), boot: 1_000.into() }
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
        fn wall(&self) -> u64 {
            self.wall.load(SeqCst)
        }
        fn boot(&self) -> Duration {
            Duration::from_secs(self.boot.load(SeqCst))
        }
    }

    const T: u64 = 1_790_000_000;
    const DAY: u64 = 86_400;

    #[test]
    fn time_passes_with_both_clocks() {
        let hands = Hands::at(T);
        let mut time = RetentionTime::start(0, &hands);
        hands.pass(500);
        assert_eq!(time.now(&hands), T + 500);
        assert!(time.jump().is_none());
    }

    #[test]
    fn a_clock_set_back_does_not_turn_retention_back() {
        let hands = Hands::at(T);
        let mut time = RetentionTime::start(T - 10, &hands);
        hands.set(T - 30 * DAY);
        hands.pass(60);
        assert_eq!(time.now(&hands), T + 60);
        assert_eq!(time.jump().unwrap().claimed, T - 30 * DAY + 60);
    }

    #[test]
    fn a_clock_set_ahead_is_believed_only_after_an_hour() {
        let hands = Hands::at(T);
        let mut time = RetentionTime::start(T, &hands);
        hands.set(T + 400 * DAY);
        assert_eq!(time.now(&hands), T);
        hands.pass(3_599);
        assert_eq!(time.now(&hands), T + 3_599);
        hands.pass(2);
        assert_eq!(time.now(&hands), T + 400 * DAY + 3_601);
        assert!(time.jump().is_none());
    }

    #[test]
    fn one_jump_does_not_vouch_for_another() {
        let hands = Hands::at(T);
        let mut time = RetentionTime::start(T, &hands);
        hands.set(T - 7_200);
        let _ = time.now(&hands);
        hands.pass(4_000);
        let _ = time.now(&hands);
        hands.set(T + 400 * DAY);
        assert_eq!(time.now(&hands), T + 4_000);
        hands.pass(3_700);
        assert_eq!(time.now(&hands), T + 400 * DAY + 3_700);
    }

    #[test]
    fn at_start_a_month_ahead_is_believed_and_a_year_is_not() {
        let hands = Hands::at(T + 30 * DAY);
        assert_eq!(RetentionTime::start(T, &hands).now(&hands), T + 30 * DAY);
        let hands = Hands::at(T + 365 * DAY);
        let mut time = RetentionTime::start(T, &hands);
        assert_eq!(time.now(&hands), T);
        time.believe(&hands);
        assert_eq!(time.now(&hands), T + 365 * DAY);
    }

    #[test]
    fn a_jump_that_is_set_right_again_is_forgotten() {
        let hands = Hands::at(T);
        let mut time = RetentionTime::start(T, &hands);
        hands.set(T + 400 * DAY);
        let _ = time.now(&hands);
        hands.set(T);
        assert_eq!(time.now(&hands), T);
        assert!(time.jump().is_none());
    }

    #[test]
    fn a_relay_that_agrees_with_the_clock_is_believed_and_one_that_does_not_is_not() {
        let hands = Hands::at(T + 365 * DAY);
        let mut time = RetentionTime::start(T, &hands);
        time.hear_relay(T + 700 * DAY, &hands);
        assert_eq!(time.now(&hands), T);
        time.hear_relay(T + 365 * DAY - 5, &hands);
        assert_eq!(time.now(&hands), T + 365 * DAY);
    }
}
