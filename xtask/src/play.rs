use crate::Outcome;
use crate::install;
use crate::shell::{cargo, npm};

/// Plays the main job, from link to purge, printing each step for a person to read.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    install::for_running()?;
    npm(&["run", "build"]).run()?;
    let play = ["run", "--quiet", "--locked", "--package", "journeys", "--bin", "play-job", "--"];
    cargo(&[&play[..], &arguments.iter().map(String::as_str).collect::<Vec<_>>()].concat()).run()
}
