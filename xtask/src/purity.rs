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
    // What only tests may have: points at which a process ends itself, windows that a driver works.
    for package in SHIPPED {
        let features = features_of(package)?;
        let switched_on = test_features_in(&features);
        if !switched_on.is_empty() {
            return Err(format!("{package} would ship with {}; switch that off", switched_on.join(", ")));
        }
    }
    if test_features_in(&features_of("journeys")?).is_empty() {
        return Err(
            "the same look at the journeys found no fault points: this check is blind, mend it".into()
        );
    }
    Ok(())
}

/// What people run.
const SHIPPED: [&str; 3] = ["cloakroom", "relay", "ledger"];

/// The features of every package linked into one when it is built by itself, one a line.
fn features_of(package: &str) -> Result<String, String> {
    cargo(&["tree", "--locked", "--package", package, "--edges", "normal,features", "--prefix", "none"])
        .read()
}

fn test_features_in(tree: &str) -> Vec<&str> {
    let forbidden =
        |line: &&str| line.contains("feature \"faults\"") || line.contains("feature \"automation\"");
    let mut found: Vec<_> = tree.lines().filter(forbidden).map(str::trim).collect();
    found.sort_unstable();
    found.dedup();
    found
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
    fn a_feature_for_tests_is_found() {
        assert!(test_features_in("vault v0.1.0\nvault feature \"default\"\n").is_empty());
        assert_eq!(test_features_in("vault feature \"faults\"\nvault feature \"faults\" (*)\n").len(), 2);
    }

    #[test]
    fn a_forbidden_package_is_found_by_its_whole_name() {
        assert!(
            found_in("relay v0.1.0\nwire v0.1.0\nimage v0.25.10\nsealed v1.0.0\nage-x v0.1.0\n").is_empty()
        );
        assert_eq!(found_in("relay v0.1.0\nwire v0.1.0\nage-core v0.12.0\n"), ["age-core"]);
        assert_eq!(found_in("a v1\nseal v0.1.0 (crates/seal)\nage v0.12.1\nage-core v0.12.0\n"), FORBIDDEN);
    }
}
