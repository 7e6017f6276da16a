use std::fs;

use crate::say::say;
use crate::shell::{Shell, npm};
use crate::{Outcome, workspace};

/// Installs the npm packages of the lockfile, when the lockfile or Node changed since the last time.
pub(crate) fn packages() -> Outcome {
    let root = workspace::root();
    let stamp_file = root.join("node_modules/.cloakroom");
    let lock = fs::read_to_string(root.join("package-lock.json"))
        .map_err(|why| format!("package-lock.json: {why}"))?;
    let node = Shell::new("node", &["--version"]).read()?;
    let stamp = format!("{node}{lock}");
    if fs::read_to_string(&stamp_file).is_ok_and(|kept| kept == stamp) {
        return Ok(());
    }
    say("Installing the npm packages of package-lock.json");
    if let Err(first) = npm(&["ci", "--no-audit", "--no-fund"]).run() {
        say(&format!("{first}; once more."));
        npm(&["ci", "--no-audit", "--no-fund"]).run()?;
    }
    fs::write(&stamp_file, stamp).map_err(|why| format!("{}: {why}", stamp_file.display()))
}
