use crate::Outcome;
use crate::shell::cargo;

/// What encrypts or decrypts, and therefore never comes near the relay.
const FORBIDDEN: [&str; 3] = ["age", "age-core", "seal"];

/// Nothing the relay links, however far down, decrypts. The same question about the desk must find all of it: an
/// answer that never finds anything would prove nothing.
pub(crate) fn check() -> Outcome {
    let below_relay = found_in(&linked_by("relay")?);
    if !below_relay.is_empty() {
        return Err(format!("the relay links {}; take the dependency out", below_relay.join(", ")));
    }
    let below_desk = found_in(&linked_by("desk")?);
    if below_desk != FORBIDDEN {
        return Err(format!(
            "the same look at the desk found only {below_desk:?}: this check is blind, mend it"
        ));
    }
    Ok(())
}

/// Names of every package linked into one, for every target and with every feature, one a line.
fn linked_by(package: &str) -> Result<String, String> {
    let tree = ["tree", "--locked", "--package", package, "--edges", "normal,build", "--target", "all"];
    cargo(&[&tree[..], &["--all-features", "--prefix", "none", "--format", "{p}", "--no-dedupe"]].concat())
        .read()
}

fn found_in(tree: &str) -> Vec<&'static str> {
    let linked = |name: &str| tree.lines().any(|line| line.split_whitespace().next() == Some(name));
    FORBIDDEN.into_iter().filter(|name| linked(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_package_is_found_by_its_whole_name() {
        assert!(
            found_in("relay v0.1.0\nwire v0.1.0\nimage v0.25.10\nsealed v1.0.0\nage-x v0.1.0\n").is_empty()
        );
        assert_eq!(found_in("relay v0.1.0\nwire v0.1.0\nage-core v0.12.0\n"), ["age-core"]);
        assert_eq!(found_in("a v1\nseal v0.1.0 (crates/seal)\nage v0.12.1\nage-core v0.12.0\n"), FORBIDDEN);
    }
}
