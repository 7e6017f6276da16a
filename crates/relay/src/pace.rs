//! How fast webhooks may come through one hook: so many at once, and so many a second in the long run.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};
use wire::HookId;

/// At once.
const BURST: f64 = 300.0;
/// A second, in the long run: three times a busy helpdesk.
const PER_SECOND: f64 = 50.0;

/// What each hook has left. Only hooks that there are come in here, so that it stays small.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<HookId, (f64, Instant)>>);

impl Pace {
    /// Whether one more may come now.
    pub(crate) fn allows(&self, hook: HookId) -> bool {
        self.allows_at(hook, Instant::now())
    }

    fn allows_at(&self, hook: HookId, now: Instant) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refilled = |(left, since): (f64, Instant)| {
            (left + now.saturating_duration_since(since).as_secs_f64() * PER_SECOND).min(BURST)
        };
        if !left.contains_key(&hook) {
            // Whoever has all of it again needs no place.
            left.retain(|_, state| refilled(*state) < BURST);
        }
        let rest = refilled(left.get(&hook).copied().unwrap_or((BURST, now)));
        let allowed = rest >= 1.0;
        left.insert(hook, (if allowed { rest - 1.0 } else { rest }, now));
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_and_then_a_pace() {
        let (pace, start) = (Pace::default(), Instant::now());
        let [one, two] = [1, 2].map(|n| HookId::from_bytes([n; 16]));
        let at_once = (0..1000).filter(|_| pace.allows_at(one, start)).count();
        assert_eq!(at_once, 300);
        assert!(pace.allows_at(two, start), "another hook is none the worse");
        let second_later = (0..1000).filter(|_| pace.allows_at(one, start + Duration::from_secs(1))).count();
        assert_eq!(second_later, 50);
        // After a rest all of it is there again, and the hook that was silent is forgotten.
        let later = start + Duration::from_secs(60);
        assert!(pace.allows_at(HookId::from_bytes([3; 16]), later));
        assert_eq!(pace.0.lock().map(|left| left.len()).ok(), Some(1));
    }
}
