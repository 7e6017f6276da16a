//! `cargo xtask run | tour | job | simulate | test | bench | package | generate`: the project's own commands.
//!
//! Standard library only, so that it builds in seconds on a machine that has nothing yet.

mod bench;
mod deny;
mod generated;
mod install;
mod package;
#[cfg(unix)]
mod package_relay;
mod play;
mod purity;
mod say;
mod shell;
mod steps;
mod test;
mod workspace;

use std::process::ExitCode;

use say::say;

/// What a command answers: what went wrong and what to do, or nothing.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let outcome = match arguments.first().map(String::as_str) {
        Some("run") => play::run(rest),
        Some("tour") => play::tour(rest),
        Some("job") => play::job(rest),
        Some("simulate") => play::simulate(rest),
        Some("test") => test::test(rest),
        Some("package") => package::package(rest),
        Some("bench") => bench::bench(rest),
        Some("generate") => generated::write(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&format!("\n{why}"));
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "\
cargo xtask run            opens Cloakroom, the relay inside it; what follows goes on to it (--data-dir FOLDER)
cargo xtask tour           plays the job in its windows, on a screen that nobody sees, and leaves pictures
cargo xtask job            plays the job without windows, from link to purge, and prints each step
cargo xtask simulate       plays histories of desk, relay and customers by seed (--seed N --histories M)
cargo xtask test [STEP…]   everything that must hold; names of steps run only those (--list names them)
cargo xtask package        makes the app's Debian package
cargo xtask package relay  makes the relay's, for a server
cargo xtask bench          the numbers of the design, goal beside figure
cargo xtask generate       writes the generated files that `test` compares";
