//! Cloakroom as tests work it: a WebDriver session may drive its windows, and time can be made to pass. Never packaged.

use clap::Parser;
use cloakroom::{Arguments, Automation};
use desk::{Clock, SystemClock};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Freed memory is wiped, also what other crates freed.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// The machine's clocks, ahead by as many seconds as a file says.
struct ClockAhead(PathBuf);

impl ClockAhead {
    fn ahead(&self) -> u64 {
        std::fs::read_to_string(&self.0).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }
}

impl Clock for ClockAhead {
    fn wall(&self) -> u64 {
        SystemClock.wall() + self.ahead()
    }

    fn boot(&self) -> Duration {
        SystemClock.boot() + Duration::from_secs(self.ahead())
    }
}

fn main() -> ExitCode {
    if let Err(error) = freed::start_wiping() {
        let _ = writeln!(std::io::stderr(), "cloakroom: freed memory is not written over ({error})");
    }
    let clock: Arc<dyn Clock> = match std::env::var_os("CLOAKROOM_CLOCK") {
        Some(file) => Arc::new(ClockAhead(file.into())),
        None => Arc::new(SystemClock),
    };
    match cloakroom::run(Arguments::parse(), Automation::Allowed, clock) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            let _ = writeln!(std::io::stderr(), "cloakroom: {refusal}");
            ExitCode::FAILURE
        }
    }
}
