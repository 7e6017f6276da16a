//! A relay that asks to be left alone for a while is left alone: by every task, and by whatever a person does.

use crate::{desk::guard, transport::NoAnswer};
use http::{HeaderMap, StatusCode, header};
use std::{
    sync::Mutex,
    time::{Duration, SystemTime},
};
use tokio::time::Instant;

/// Where it does not say for how long.
const UNSAID: Duration = Duration::from_secs(5);
/// However long it asks for: purges and terms wait to be told.
const MOST: Duration = Duration::from_secs(300);

/// Until when nothing is said to a relay, and why.
#[derive(Default)]
pub(crate) struct Pause(Mutex<Option<(Instant, NoAnswer)>>);

impl Pause {
    /// Why it is not to be called now.
    pub(crate) fn at(&self, now: Instant) -> Option<NoAnswer> {
        guard(&self.0).filter(|(until, _)| now < *until).map(|(_, why)| why)
    }

    /// Notes that an answer asks for one, and why.
    pub(crate) fn asked(&self, now: Instant, status: StatusCode, headers: &HeaderMap) -> Option<NoAnswer> {
        let said = wanted(headers);
        let why = match status {
            // Without a time it is about one thing of which there are too many, and no reason to leave all else.
            StatusCode::TOO_MANY_REQUESTS if said.is_some() => NoAnswer::TooOften,
            StatusCode::SERVICE_UNAVAILABLE => NoAnswer::Busy,
            _ => return None,
        };
        let until = now + said.unwrap_or(UNSAID);
        let mut pause = guard(&self.0);
        // Of several answers to calls made at once the longest counts.
        if pause.is_none_or(|(before, _)| before < until) {
            *pause = Some((until, why));
        }
        Some(why)
    }
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date by the clock of whoever answers.
fn wanted(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let said = text(header::RETRY_AFTER)?;
    let seconds = match said.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(said).ok()?;
            let now = text(header::DATE).and_then(|date| httpdate::parse_http_date(date).ok());
            date.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default()
        }
    };
    Some(seconds.clamp(Duration::from_secs(1), MOST))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn headers(said: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.insert(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_wait_is_read_as_seconds_and_as_a_date_and_is_bounded() {
        let now = ("date", "Wed, 18 Nov 2026 10:00:00 GMT");
        for (said, wait) in [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("0", Some(1)),
            ("86400", Some(300)),
            ("Wed, 18 Nov 2026 10:00:42 GMT", Some(42)),
            ("Wed, 18 Nov 2026 09:00:00 GMT", Some(1)),
            ("Fri, 18 Nov 2050 10:00:00 GMT", Some(300)),
            ("-1", None),
            ("soon", None),
            ("18446744073709551616", None),
        ] {
            assert_eq!(
                wanted(&headers(&[("retry-after", said), now])),
                wait.map(Duration::from_secs),
                "{said}"
            );
        }
        assert_eq!(wanted(&headers(&[])), None);
    }

    #[test]
    fn a_pause_ends_and_the_longest_of_several_counts() {
        let (pause, begin) = (Pause::default(), Instant::now());
        let (often, busy) = (StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE);
        let after = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(
            pause.asked(begin, often, &headers(&[])),
            None,
            "about one thing, and not about all calls"
        );
        assert_eq!(pause.at(begin), None);
        assert_eq!(pause.asked(begin, often, &headers(&[("retry-after", "60")])), Some(NoAnswer::TooOften));
        assert_eq!(pause.asked(begin, busy, &headers(&[("retry-after", "10")])), Some(NoAnswer::Busy));
        assert_eq!(pause.at(after(59)), Some(NoAnswer::TooOften));
        assert_eq!(pause.at(after(60)), None);
        assert_eq!(pause.asked(after(100), busy, &headers(&[])), Some(NoAnswer::Busy));
        assert_eq!(pause.at(after(104)), Some(NoAnswer::Busy));
        assert_eq!(pause.at(after(105)), None);
    }
}
