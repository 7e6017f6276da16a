use crate::Outcome;
use crate::install;
use crate::package;
use crate::shell::{cargo, npm};

/// What can be measured without the app: naming only these spares its long build.
const WITHOUT_APP: [&str; 8] =
    ["browser", "relay", "arrival", "purge", "inbox", "ledger", "unlock", "tickets"];

/// Measures the numbers of the design and prints them, goal beside figure.
pub(crate) fn bench(arguments: &[String]) -> Outcome {
    install::for_tour()?;
    npm(&["run", "build"]).run()?;
    if needs_app(arguments) {
        // The program that ships, and beside it the same with windows that can be worked.
        let app = ["build", "--locked", "--profile", package::PROFILE, "--package", "cloakroom", "--bins"];
        cargo(&[&app[..], &["--features", "custom-protocol,automation"]].concat()).run()?;
    }
    let bench = ["run", "--quiet", "--locked", "--release", "--package", "journeys", "--bin", "bench", "--"];
    cargo(&[&bench[..], &arguments.iter().map(String::as_str).collect::<Vec<_>>()].concat()).run()
}

fn needs_app(arguments: &[String]) -> bool {
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    named("app") || !WITHOUT_APP.into_iter().any(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_built_where_it_is_measured() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for line in ["", "--quick", "app", "--quick relay app"] {
            assert!(needs_app(&words(line)), "{line}");
        }
        for line in ["relay", "--quick unlock inbox", "tickets"] {
            assert!(!needs_app(&words(line)), "{line}");
        }
    }
}
