//! Named durable steps at which a crash test ends the process, as a power cut would.
//!
//! Without the feature `faults` every point is nothing at all. With it, `CLOAKROOM_CRASH_AT=name` or `name:nth`
//! aborts at the nth passing of that point, and `CLOAKROOM_FAULT_LOG=file` writes down every point passed, so that
//! a test can visit each of them.

/// Passes a named point.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

/// Passes a named point.
#[cfg(feature = "faults")]
pub fn point(name: &'static str) {
    armed::pass(name);
}

/// Before a write that matters: an error, where `CLOAKROOM_FAIL_AT` lists this name, or `name:nth` for one passing.
#[cfg(feature = "faults")]
pub(crate) fn disk(name: &'static str) -> std::io::Result<()> {
    if armed::fails(name) { Err(std::io::Error::other("injected")) } else { Ok(()) }
}

/// Before a write that matters.
#[cfg(not(feature = "faults"))]
#[inline(always)]
#[expect(clippy::unnecessary_wraps, reason = "fails with the feature only")]
pub(crate) const fn disk(_name: &'static str) -> std::io::Result<()> {
    Ok(())
}

/// Whether the old epoch slot is to stay as it was: the one mode in which the raw scan must find a key.
#[cfg(feature = "faults")]
pub fn skip_scrub() -> bool {
    std::env::var_os("CLOAKROOM_SKIP_SCRUB").is_some()
}

/// Whether the old epoch slot is to stay as it was.
#[cfg(not(feature = "faults"))]
pub const fn skip_scrub() -> bool {
    false
}

/// How SQLite syncs. `CLOAKROOM_SYNCHRONOUS=OFF` or `NORMAL` is the mode in which a power cut must lose something.
#[cfg(feature = "faults")]
pub(crate) fn synchronous() -> String {
    std::env::var("CLOAKROOM_SYNCHRONOUS").unwrap_or_else(|_| "FULL".to_owned())
}

/// How SQLite syncs: WAL with FULL lost none of 300 acknowledged commits at crash points, NORMAL 26 of 118.
#[cfg(not(feature = "faults"))]
pub(crate) const fn synchronous() -> &'static str {
    "FULL"
}

#[cfg(feature = "faults")]
mod armed {
    use std::{
        collections::HashMap,
        io::Write,
        sync::{LazyLock, Mutex, PoisonError},
    };

    static PASSED: LazyLock<Mutex<HashMap<&'static str, u32>>> = LazyLock::new(Mutex::default);

    pub(super) fn pass(name: &'static str) {
        let nth = count(name);
        if let Some(path) = std::env::var_os("CLOAKROOM_FAULT_LOG")
            && let Ok(mut log) = std::fs::OpenOptions::new().create(true).append(true).open(path)
        {
            let _ = writeln!(log, "{name}:{nth}");
        }
        if is_named("CLOAKROOM_CRASH_AT", name, nth) {
            // SIGKILL leaves no chance to tidy up, as a power cut would not either.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            loop {
                std::thread::park();
            }
        }
    }

    pub(super) fn fails(name: &'static str) -> bool {
        is_named("CLOAKROOM_FAIL_AT", name, count(name))
    }

    fn count(name: &'static str) -> u32 {
        let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
        let count = passed.entry(name).or_insert(0);
        *count += 1;
        *count
    }

    /// Whether a variable lists `name:nth`, or `name` for the first.
    fn is_named(variable: &str, name: &str, nth: u32) -> bool {
        let Ok(list) = std::env::var(variable) else { return false };
        list.split(',').any(|wanted| match wanted.rsplit_once(':') {
            Some((wanted, number)) => wanted == name && number.parse() == Ok(nth),
            None => wanted == name && nth == 1,
        })
    }
}
