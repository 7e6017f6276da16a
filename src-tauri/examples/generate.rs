//! Prints one of the files that the list of commands makes: `typescript` or `permissions`.

use std::io::Write;

fn main() -> std::process::ExitCode {
    let made = match std::env::args().nth(1).as_deref() {
        Some("typescript") => cloakroom::generated_typescript(),
        Some("permissions") => cloakroom::generated_permissions(),
        _ => return std::process::ExitCode::FAILURE,
    };
    match std::io::stdout().write_all(made.as_bytes()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(_) => std::process::ExitCode::FAILURE,
    }
}
