//! Cloakroom, the desktop app.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use clap::Parser;
use cloakroom::{Arguments, Automation};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

/// Freed memory is wiped, also what other crates freed.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    if let Err(error) = freed::start_wiping() {
        let _ = writeln!(std::io::stderr(), "cloakroom: freed memory is not written over ({error})");
    }
    desk::harden_process();
    match cloakroom::run(Arguments::parse(), Automation::Refused, Arc::new(desk::SystemClock)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            // Nowhere else to say it: there is no window. A closed stderr changes nothing.
            let _ = writeln!(std::io::stderr(), "cloakroom: {refusal}");
            ExitCode::FAILURE
        }
    }
}
