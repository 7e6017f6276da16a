//! The customer's page as it is served.

use crate::{Outcome, ensure, root};
use std::{path::PathBuf, process::Command};

/// The folder of the built page; builds it when it is missing.
///
/// # Errors
/// npm is missing or the build failed.
pub fn folder() -> Outcome<PathBuf> {
    let dist = root().join("ui/drop/dist");
    if !dist.join("index.html").is_file() {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let built = Command::new(npm)
            .args(["run", "build", "--workspace", "ui/drop"])
            .current_dir(root())
            .output()
            .map_err(|_| "npm was not found; install Node with npm, then run `npm ci`")?;
        ensure(
            built.status.success(),
            format!("the page could not be built; run `npm ci`: {}", String::from_utf8_lossy(&built.stderr)),
        )?;
    }
    Ok(dist)
}
