use std::fs;

use crate::shell::Shell;
use crate::{Outcome, play, workspace};

const OPENAPI: &str = "docs/openapi.json";
/// What the list of commands makes: the file, and what its generator calls it.
const FROM_COMMANDS: [(&str, &str); 2] =
    [("ui/desk/src/generated.ts", "typescript"), ("src-tauri/permissions/windows.toml", "permissions")];

/// Compares every generated file with what its generator makes today.
pub(crate) fn check() -> Outcome {
    play::build_for_driving()?;
    let wrong: Vec<_> = [vectors("--check"), openapi_is_kept(), commands_are_kept()]
        .into_iter()
        .filter_map(Result::err)
        .collect();
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

fn commands_are_kept() -> Outcome {
    for (file, which) in FROM_COMMANDS {
        if from_commands(which)? != fs::read_to_string(workspace::root().join(file)).unwrap_or_default() {
            return Err(format!("{file} is not what the list of commands makes; run `cargo xtask generate`"));
        }
    }
    Ok(())
}

fn from_commands(which: &str) -> Result<String, String> {
    generator("examples/generate", &[which]).read()
}

/// Writes them.
pub(crate) fn write() -> Outcome {
    play::build_for_driving()?;
    vectors("--write")?;
    for (file, which) in FROM_COMMANDS {
        fs::write(workspace::root().join(file), from_commands(which)?)
            .map_err(|why| format!("Cannot write {file} ({why})."))?;
    }
    fs::write(workspace::root().join(OPENAPI), openapi()?)
        .map_err(|why| format!("Cannot write {OPENAPI} ({why})."))
}

fn vectors(how: &str) -> Outcome {
    generator("vectors", &[how]).run()
}

fn openapi() -> Result<String, String> {
    generator("cloakroom-relay", &["openapi"]).read()
}

/// One of the programs that the tests use too: built with them, in the same way.
fn generator(program: &str, arguments: &[&str]) -> Shell {
    Shell::new(&workspace::debug(program).to_string_lossy(), arguments)
}
