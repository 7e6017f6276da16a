use std::fs;

use crate::say::say;
use crate::shell::cargo;
use crate::{Outcome, workspace};

/// Licences, bans and sources by `deny.toml`; and the same bans with each permission taken away must refuse this very
/// workspace, or the rule holds nothing.
///
/// Advisories are not among it: their database is not in a package registry, and a build does not fetch it.
pub(crate) fn check() -> Outcome {
    deny("deny.toml", &["bans", "licenses", "sources"]).run()?;

    let rules =
        fs::read_to_string(workspace::root().join("deny.toml")).map_err(|why| format!("deny.toml: {why}"))?;
    for (crate_name, permitted) in [("age", "[\"seal\"]"), ("seal", "[\"vault\", \"desk\", \"journeys\"]")] {
        let stricter = stricter(&rules, crate_name, permitted)?;
        let file = workspace::scratch()?.join("deny-must-fail.toml");
        fs::write(&file, stricter).map_err(|why| format!("{}: {why}", file.display()))?;
        let said = deny(&file.to_string_lossy(), &["bans"]).all_it_says()?;
        if !(said.contains("bans FAILED") && said.contains(&format!("error[banned]: crate '{crate_name} = ")))
        {
            say(&said);
            return Err(format!(
                "with nobody permitted to use {crate_name}, cargo deny still found nothing wrong"
            ));
        }
    }
    Ok(())
}

fn deny(config: &str, what: &[&str]) -> crate::shell::Shell {
    let deny = ["deny", "--config", config, "--workspace", "--locked", "check", "--hide-inclusion-graph"];
    cargo(&[&deny[..], what].concat())
}

/// The rules with nobody permitted to use a crate.
fn stricter(rules: &str, crate_name: &str, permitted: &str) -> Result<String, String> {
    let rule = format!("crate = \"{crate_name}\", wrappers = {permitted}");
    if !rules.contains(&rule) {
        return Err(format!("deny.toml has no rule `{rule}`"));
    }
    Ok(rules.replace(&rule, &format!("crate = \"{crate_name}\", wrappers = []")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_rule_that_went_missing_is_said() {
        let rules = "deny = [{ crate = \"age\", wrappers = [\"seal\"] }]";
        assert_eq!(
            stricter(rules, "age", "[\"seal\"]").unwrap(),
            "deny = [{ crate = \"age\", wrappers = [] }]"
        );
        assert!(stricter(rules, "seal", "[\"vault\"]").unwrap_err().contains("no rule"));
    }
}
