//! Named points at which a test may have the process die. Without the feature `faults` they are nothing.

/// Dies here when the environment variable CLOAKROOM_CRASH_AT is `name`, or `name:n` on the n-th visit.
#[cfg(feature = "faults")]
pub(crate) fn point(name: &str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };
    static ARMED: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let armed = ARMED.get_or_init(|| {
        let text = std::env::var("CLOAKROOM_CRASH_AT").ok()?;
        let (name, visits) = text.split_once(':').unwrap_or((&text, "1"));
        Some((name.to_owned(), AtomicU64::new(visits.parse().ok()?)))
    });
    if let Some((wanted, visits)) = armed
        && wanted == name
        && visits.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
}

#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) fn point(_name: &str) {}

/// Whether the commit with a job of this name is to fail: CLOAKROOM_FAIL_COMMIT names it, or `name:n` its n-th visit alone.
#[cfg(feature = "faults")]
pub(crate) fn fails(name: &str) -> bool {
    use std::sync::atomic::{AtomicU64, Ordering};
    static VISITS: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("CLOAKROOM_FAIL_COMMIT") else { return false };
    match wanted.split_once(':') {
        None => wanted == name,
        Some((wanted, nth)) => {
            wanted == name && Ok(VISITS.fetch_add(1, Ordering::SeqCst) + 1) == nth.parse::<u64>()
        }
    }
}

#[cfg(not(feature = "faults"))]
pub(crate) const fn fails(_name: &str) -> bool {
    false
}

/// Whether shares are left where they stand instead of being overwritten: the mode in which a scan must find them.
#[cfg(feature = "faults")]
pub(crate) fn skips_scrub() -> bool {
    std::env::var_os("CLOAKROOM_SKIP_SCRUB").is_some()
}

#[cfg(not(feature = "faults"))]
pub(crate) const fn skips_scrub() -> bool {
    false
}
