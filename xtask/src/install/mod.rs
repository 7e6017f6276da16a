//! What has to be on the machine, and getting it there.

mod apt;
mod npm;
mod tools;

use crate::Outcome;

/// What `cargo xtask test` needs.
pub(crate) fn for_tests() -> Outcome {
    tools::node()?;
    let groups = [apt::BUILD, apt::WINDOW, apt::SCREEN, apt::JOURNEYS, apt::AUTHORITY, apt::HELPDESK];
    apt::packages(&groups)?;
    tools::rust_components()?;
    npm::packages()?;
    tools::nextest()?;
    tools::deny()
}

/// What `cargo xtask bench` and `tour` need: the app, a customer, a screen, a helpdesk.
pub(crate) fn for_tour() -> Outcome {
    needs(&[apt::BUILD, apt::WINDOW, apt::SCREEN, apt::JOURNEYS, apt::HELPDESK])
}

/// What `cargo xtask job` needs: a customer.
pub(crate) fn for_job() -> Outcome {
    needs(&[apt::BUILD, apt::JOURNEYS])
}

/// What `cargo xtask run` needs: there is a screen, and the customer has a browser.
pub(crate) fn for_running() -> Outcome {
    needs(&[apt::BUILD, apt::WINDOW])
}

/// What `cargo xtask package` needs.
pub(crate) fn for_building() -> Outcome {
    needs(&[apt::BUILD, apt::WINDOW])
}

/// What `cargo xtask package relay` needs: no window.
pub(crate) fn for_relay() -> Outcome {
    needs(&[apt::BUILD])
}

fn needs(groups: &[&[&str]]) -> Outcome {
    tools::node()?;
    apt::packages(groups)?;
    npm::packages()
}
