use crate::Outcome;
use crate::install;
use crate::shell::{cargo, npm};

/// Measures the numbers of the design and prints them, goal beside figure.
pub(crate) fn bench(arguments: &[String]) -> Outcome {
    install::for_running()?;
    npm(&["run", "build"]).run()?;
    let bench = ["run", "--quiet", "--locked", "--release", "--package", "journeys", "--bin", "bench", "--"];
    cargo(&[&bench[..], &arguments.iter().map(String::as_str).collect::<Vec<_>>()].concat()).run()
}
