use crate::Outcome;
use crate::install;
use crate::say::say;
use crate::shell::{Shell, cargo, npm};
use crate::workspace;

/// What one build makes for everything that works the app: its windows may be driven, its vault may be made to fail.
/// The same words everywhere, or cargo builds everything a second time.
pub(crate) const ALL: &[&str] = &["--workspace", "--features", "cloakroom/automation", "--locked"];

/// Opens the app, with the relay inside it. What follows goes on to it.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !has_screen() {
        return Err(NO_SCREEN.to_owned());
    }
    install::for_running()?;
    npm(&["run", "build"]).run()?;
    let app = ["run", "--quiet", "--locked", "--package", "cloakroom", "--bin", "cloakroom", "--"];
    cargo(&with(&app, arguments)).run()
}

/// Plays the main job without windows, from link to purge, printing each step for a person to read.
pub(crate) fn job(arguments: &[String]) -> Outcome {
    install::for_job()?;
    npm(&["run", "build"]).run()?;
    let play = ["run", "--quiet", "--locked", "--package", "journeys", "--bin", "play-job", "--"];
    cargo(&with(&play, arguments)).run()
}

/// Plays histories of desk, relay and customers, each decided by a seed.
pub(crate) fn simulate(arguments: &[String]) -> Outcome {
    let play = ["run", "--quiet", "--locked", "--package", "journeys", "--bin", "simulate", "--"];
    cargo(&with(&play, arguments)).run()
}

/// Plays the job in the app's own windows, on a screen that nobody sees, and leaves pictures of it.
pub(crate) fn tour(arguments: &[String]) -> Outcome {
    install::for_tour()?;
    npm(&["run", "build"]).run()?;
    build_for_driving()?;
    let tour = with(&["tests/app/tour.mjs"], arguments);
    Shell::new("node", &tour).env("CLOAKROOM_APP", workspace::debug("cloakroom-automated")).run()?;
    say(&format!("\nThe pictures are in {}", workspace::root().join("target/tour").display()));
    Ok(())
}

/// The app as tests work it, and every program beside it.
pub(crate) fn build_for_driving() -> Outcome {
    cargo(&[&["build"], ALL, &["--bins", "--examples"]].concat()).run()
}

fn with<'a>(line: &[&'a str], arguments: &'a [String]) -> Vec<&'a str> {
    line.iter().copied().chain(arguments.iter().map(String::as_str)).collect()
}

/// A window needs a screen: on Linux these say which. Elsewhere there always is one.
fn has_screen() -> bool {
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

const NO_SCREEN: &str = "\
There is no screen to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set. Run this in a terminal of a desktop
session. Without one, these show the same:
  cargo xtask tour   plays the job in the app's windows on a screen that nobody sees, and leaves pictures
  cargo xtask job    plays it without windows and prints each step";
