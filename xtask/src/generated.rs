use std::fs;

use crate::shell::cargo;
use crate::{Outcome, workspace};

const OPENAPI: &str = "docs/openapi.json";

/// Compares every generated file with what its generator makes today.
pub(crate) fn check() -> Outcome {
    let wrong: Vec<_> = [vectors("--check"), openapi_is_kept()].into_iter().filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn openapi_is_kept() -> Outcome {
    let kept = fs::read_to_string(workspace::root().join(OPENAPI)).unwrap_or_default();
    if openapi()? == kept {
        Ok(())
    } else {
        Err(format!(
            "{OPENAPI} is not what the relay describes; run `cargo xtask generate` and look at the difference"
        ))
    }
}

/// Writes them.
pub(crate) fn write() -> Outcome {
    vectors("--write")?;
    fs::write(workspace::root().join(OPENAPI), openapi()?)
        .map_err(|why| format!("Cannot write {OPENAPI} ({why})."))
}

fn vectors(how: &str) -> Outcome {
    cargo(&["run", "--quiet", "--locked", "--package", "journeys", "--bin", "vectors", "--", how]).run()
}

fn openapi() -> Result<String, String> {
    cargo(&["run", "--quiet", "--locked", "--package", "relay", "--bin", "cloakroom-relay", "--", "openapi"])
        .read()
}
