use std::fs;
use std::path::PathBuf;

use crate::say::say;
use crate::shell::{cargo, npm};
use crate::steps::{self, Step};
use crate::{Outcome, deny, generated, install, play, purity, workspace};

/// Everything that must hold before a change goes in, in the order in which it is quickest to hear of trouble.
const STEPS: &[Step] = &[
    Step { name: "ui", about: "build the pages", run: || npm(&["run", "build"]).run() },
    Step { name: "rustfmt", about: "Rust is formatted", run: || cargo(&["fmt", "--all", "--check"]).run() },
    Step { name: "lint", about: "eslint, no warnings", run: || npm(&["run", "lint"]).run() },
    Step { name: "types", about: "TypeScript and Svelte types", run: || npm(&["run", "check"]).run() },
    Step { name: "typescript", about: "TypeScript tests", run: || npm(&["run", "test"]).run() },
    Step { name: "purity", about: "the relay links nothing that decrypts", run: purity::check },
    Step { name: "deny", about: "licences, bans, sources", run: deny::check },
    Step { name: "clippy", about: "Rust lints, no warnings", run: clippy },
    Step { name: "generated", about: "generated files are as generated", run: generated::check },
    Step { name: "rust", about: "Rust tests and journeys", run: rust },
    Step { name: "browser", about: "the customer's page in Chromium, against the relay", run: browser },
    Step { name: "app", about: "the app's windows, worked as by a person", run: app },
    Step { name: "doctests", about: "examples in the docs", run: doctests },
];

/// Installs what is missing and runs the steps named, or all.
pub(crate) fn test(names: &[String]) -> Outcome {
    if names.iter().any(|name| name == "--list") {
        for step in STEPS {
            say(&format!("{:<12}{}", step.name, step.about));
        }
        return Ok(());
    }
    if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
        return Err(format!("There is no step {unknown}. `cargo xtask test --list` names them."));
    }
    let chosen: Vec<_> =
        STEPS.iter().filter(|step| names.is_empty() || names.iter().any(|name| name == step.name)).collect();

    install::for_tests()?;
    let not_run = not_run()?;
    let _ = fs::remove_file(&not_run);
    let outcome = steps::run(&chosen);
    let unseen = fs::read_to_string(&not_run).unwrap_or_default();
    say(&not_run_summary(&unseen));
    outcome
}

/// Where a test that needs what this machine does not have (root, a loop device) writes a line saying so.
fn not_run() -> Result<PathBuf, String> {
    Ok(workspace::scratch()?.join("not-run.txt"))
}

fn not_run_summary(lines: &str) -> String {
    let mut lines: Vec<_> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines.dedup();
    match lines.as_slice() {
        [] => "Not run on this machine: 0 tests.".to_owned(),
        lines => format!("Not run on this machine: {} tests.\n  {}", lines.len(), lines.join("\n  ")),
    }
}

fn clippy() -> Outcome {
    cargo(&[&["clippy"], play::ALL, &["--all-targets", "--", "-D", "warnings"]].concat()).run()
}

fn rust() -> Outcome {
    cargo(&[&["nextest", "run"], play::ALL, &["--no-fail-fast", "--profile", "ci"]].concat())
        .env("CLOAKROOM_NOT_RUN", not_run()?)
        .run()
}

fn browser() -> Outcome {
    in_windows("test:browser")
}

fn app() -> Outcome {
    in_windows("test:app")
}

/// Tests in real windows, with the programs that were built for them.
fn in_windows(script: &str) -> Outcome {
    play::build_for_driving()?;
    npm(&["run", script])
        .env("CLOAKROOM_APP", workspace::debug("cloakroom-automated"))
        .env("CLOAKROOM_RELAY", workspace::debug("cloakroom-relay"))
        .env("CLOAKROOM_NOT_RUN", not_run()?)
        .run()
}

fn doctests() -> Outcome {
    cargo(&[&["test", "--doc", "--quiet"], play::ALL].concat()).run()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_was_not_run_is_counted_once_each() {
        assert_eq!(not_run_summary("\n"), "Not run on this machine: 0 tests.");
        let said = not_run_summary(
            "SKIPPED-HERE: b: no loop device\nSKIPPED-HERE: a: not root\nSKIPPED-HERE: a: not root\n",
        );
        assert_eq!(
            said,
            "Not run on this machine: 2 tests.\n  SKIPPED-HERE: a: not root\n  SKIPPED-HERE: b: no loop device"
        );
    }

    #[test]
    fn a_step_that_does_not_exist_is_said() {
        assert!(test(&["clipy".to_owned()]).unwrap_err().contains("no step clipy"));
    }

    #[test]
    fn steps_have_names_of_their_own() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
