use std::io::Write;

/// A line for the person at the terminal. One that has gone away changes nothing.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
