//! What has to be on the machine, and getting it there.

mod apt;
mod npm;
mod tools;

use crate::Outcome;

/// What `cargo xtask test` needs.
pub(crate) fn for_tests() -> Outcome {
    tools::node()?;
    apt::packages(&[apt::BUILD, apt::WINDOW, apt::JOURNEYS])?;
    tools::rust_components()?;
    npm::packages()?;
    tools::nextest()?;
    tools::deny()
}

/// What `cargo xtask run` and `bench` need.
pub(crate) fn for_running() -> Outcome {
    tools::node()?;
    apt::packages(&[apt::BUILD, apt::JOURNEYS])?;
    npm::packages()
}
