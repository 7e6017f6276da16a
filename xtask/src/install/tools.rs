use crate::Outcome;
use crate::say::say;
use crate::shell::{Shell, cargo};

/// The versions these commands were written against.
const NEXTEST: &str = "0.9.143";
const DENY: &str = "0.20.2";

/// Node must be there, as Rust must.
pub(crate) fn node() -> Outcome {
    let version = Shell::new("node", &["--version"]).quietly().unwrap_or_default();
    if is_new_enough(&version) && crate::shell::npm(&["--version"]).works() {
        Ok(())
    } else {
        Err("Node 20.19 or newer with npm is missing. Install it, then run this again.".to_owned())
    }
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers =
        version.trim().trim_start_matches('v').split('.').map(|n| n.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(20), Some(19))
}

pub(crate) fn rust_components() -> Outcome {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !cargo(&[command, "--version"]).works() {
            say(&format!("Installing {component}"));
            Shell::new("rustup", &["component", "add", component]).run()?;
        }
    }
    Ok(())
}

/// Any nextest will do.
pub(crate) fn nextest() -> Outcome {
    if cargo(&["nextest", "--version"]).works() {
        return Ok(());
    }
    say("Installing cargo-nextest (some minutes)");
    cargo(&["install", "--locked", &format!("cargo-nextest@{NEXTEST}")]).run()
}

/// The rules of `deny.toml` are read differently from release to release, so it is this one. Built without
/// optimisation: it runs for a second, and compiles in half the time.
pub(crate) fn deny() -> Outcome {
    let version = cargo(&["deny", "--version"]).quietly().unwrap_or_default();
    if version.split_whitespace().nth(1) == Some(DENY) {
        return Ok(());
    }
    say("Installing cargo-deny (some minutes)");
    cargo(&["install", "--locked", "--debug", "--no-default-features", &format!("cargo-deny@{DENY}")])
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_seen() {
        for new in ["v20.19.0\n", "v20.20.2", "v22.12.0", "v24.0.0"] {
            assert!(is_new_enough(new), "{new}");
        }
        for old in ["", "v18.20.0", "v20.18.3", "node"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }
}
