//! Moments as customers and agents read them.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// UTC seconds as "21 Nov 2026, 14:32 UTC".
pub fn moment(seconds: u64) -> String {
    let text = ledger::utc_text(seconds);
    let mut parts = text.split([' ', '-', ':']);
    let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok()).unwrap_or_default();
    let (year, month, day, hour, minute) = (number(), number(), number(), number(), number());
    let month = month.checked_sub(1).and_then(|at| MONTHS.get(at)).unwrap_or(&"");
    format!("{day} {month} {year}, {hour:02}:{minute:02} UTC")
}
