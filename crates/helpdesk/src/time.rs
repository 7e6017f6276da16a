//! Times as helpdesks write them: RFC 3339 and its near relations.

/// UTC seconds of `2011-05-05T10:38:52Z`, `2024-01-15T10:30:00.123+0100`, `2026-01-02 03:04:05`. Without a zone it is
/// UTC. Nothing before 1970.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let (year, month, day) = triple(date, '-')?;
    let (hour, minute, second) = triple(clock, ':')?;
    let valid = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let offset = offset(rest)?;
    if !valid || year < 1970 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    u64::try_from(seconds - offset).ok()
}

/// `2026-03-04T05:06:07Z`.
pub(crate) fn print(seconds: u64) -> String {
    // Beyond the year 9999 no helpdesk looks.
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX).min(253_402_300_799);
    let (mut year, mut day) = (1970, seconds / 86_400);
    // Whole 400-year cycles first, then years: at most 400 steps.
    year += day / 146_097 * 400;
    day %= 146_097;
    while day >= days_in(year) {
        day -= days_in(year);
        year += 1;
    }
    let mut month = 1;
    while day >= days_of(year, month) {
        day -= days_of(year, month);
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}

fn triple(text: &str, between: char) -> Option<(i64, i64, i64)> {
    let mut numbers = text.split(between).map(|part| {
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i64>().ok()).flatten()
    });
    let found = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(found)
}

/// Seconds ahead of UTC: nothing, `Z`, `+01`, `+0100`, `-01:30`.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replacen(':', "", 1);
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().unwrap_or(0));
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days from 1970-01-01.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let years = year - 1;
    let before = years * 365 + years / 4 - years / 100 + years / 400 - 719_162;
    before + (1..month).map(|month| days_of(year, month)).sum::<i64>() + day - 1
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_in(year: i64) -> i64 {
    if leap(year) { 366 } else { 365 }
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn as_helpdesks_write_them() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2011-05-05T10:38:52Z", 1_304_591_932),
            ("2019-05-25T01:23:45.789534301Z", 1_558_747_425),
            ("2024-02-29T23:59:60+0000", 1_709_251_200),
            ("2024-01-15T10:30:00.123+0100", 1_705_311_000),
            ("2024-01-15T10:30:00-01:30", 1_705_320_000),
            ("2024-01-15 10:30:00", 1_705_314_600),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "2024",
            "2024-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:61:00Z",
            "1969-12-31T23:59:59Z",
            "2024-01-01T00:00:00+1",
            "2024-01-01T00:00:00 PST",
            "2024-+1-01T00:00:00Z",
            "2024-01-01T00:00:00.5X",
            "é024-01-01T00:00:00Z",
            "1970-01-01T00:00:00+0100",
            "2024-01-01T00:00:00+99:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back(seconds in 0..253_402_300_799u64) {
            prop_assert_eq!(parse(&print(seconds)), Some(seconds));
        }

        #[test]
        fn nothing_breaks_it(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
