//! How often one address, or one box, is called: so many a second, so many at once.

use crate::config::Rate;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Callers remembered at the same time, a few MiB. Whoever comes beyond them shares one allowance.
const MOST: usize = 65_536;

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    /// An IPv4 address.
    V4(u32),
    /// The first half of an IPv6 address: the rest is the caller's to choose.
    V6(u64),
    /// A box, there or not.
    Box([u8; 16]),
    /// A hook that there is.
    Hook([u8; 16]),
    /// Everyone beyond [`MOST`].
    Others,
}

impl From<IpAddr> for Counted {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }
}

/// Remembers of each caller one moment: when its allowance is whole again (the generic cell rate algorithm, ITU-T
/// I.371).
pub(crate) struct Limiter {
    /// What one call costs.
    cost: Duration,
    /// How far ahead that moment may lie.
    ahead: Duration,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    whole: HashMap<Counted, Instant>,
    swept: Option<Instant>,
}

impl Limiter {
    pub(crate) fn new(rate: Rate) -> Self {
        let cost = Duration::from_secs(1) / rate.per_second.max(1);
        Self { cost, ahead: cost * rate.burst.max(1), seen: Mutex::default() }
    }

    /// Takes one call, or says after how long it may be tried again.
    pub(crate) fn take(&self, who: Counted, now: Instant) -> Result<(), Duration> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let who = seen.place(who, now);
        let whole = seen.whole.get(&who).map_or(now, |whole| (*whole).max(now)) + self.cost;
        match whole.duration_since(now).checked_sub(self.ahead) {
            None | Some(Duration::ZERO) => {
                seen.whole.insert(who, whole);
                Ok(())
            }
            Some(over) => Err(over),
        }
    }
}

impl Seen {
    /// Where a caller is counted.
    fn place(&mut self, who: Counted, now: Instant) -> Counted {
        if self.whole.len() < MOST || self.whole.contains_key(&who) {
            return who;
        }
        // Sweeping looks at all of them: not for every call of a crowd.
        if self.swept.is_none_or(|swept| now.duration_since(swept) >= Duration::from_secs(1)) {
            self.swept = Some(now);
            self.whole.retain(|_, whole| *whole > now);
        }
        if self.whole.len() < MOST { who } else { Counted::Others }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn so_many_at_once_and_so_many_a_second() {
        let limiter = Limiter::new(Rate { per_second: 10, burst: 3 });
        let (one, two) = (Counted::V4(1), Counted::V4(2));
        let now = Instant::now();
        for _ in 0..3 {
            limiter.take(one, now).unwrap();
        }
        assert_eq!(limiter.take(one, now), Err(Duration::from_millis(100)));
        limiter.take(two, now).unwrap();
        let later = now + Duration::from_millis(100);
        limiter.take(one, later).unwrap();
        assert!(limiter.take(one, later).is_err());
        for _ in 0..3 {
            limiter.take(one, now + Duration::from_secs(9)).unwrap();
        }
        assert!(limiter.take(one, now + Duration::from_secs(9)).is_err());
    }

    #[test]
    fn a_crowd_takes_bounded_memory_and_shares() {
        let limiter = Limiter::new(Rate { per_second: 1, burst: 1 });
        let now = Instant::now();
        for address in 0..MOST as u32 {
            limiter.take(Counted::V4(address), now).unwrap();
        }
        limiter.take(Counted::V4(u32::MAX), now).unwrap();
        assert!(limiter.take(Counted::V4(u32::MAX - 1), now).is_err());
        assert_eq!(limiter.seen.lock().unwrap().whole.len(), MOST + 1);
        // Their time over, they are forgotten.
        limiter.take(Counted::V4(u32::MAX - 1), now + Duration::from_secs(5)).unwrap();
        assert_eq!(limiter.seen.lock().unwrap().whole.len(), 1);
    }

    #[test]
    fn an_ipv6_network_is_one_caller() {
        let counted = |text: &str| Counted::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(counted("2001:db8::1"), counted("2001:db8::ffff:1"));
        assert_ne!(counted("2001:db8::1"), counted("2001:db8:0:1::1"));
        assert_eq!(counted("::ffff:10.0.0.1"), counted("10.0.0.1"));
    }
}
