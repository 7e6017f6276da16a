use std::fs;
use std::path::PathBuf;

use crate::say::say;
use crate::shell::{Shell, npm};
use crate::{Outcome, install, workspace};

/// The app and the verifier, in one cargo call, with the features that ship and no others.
const SHIPPED: &[&str] = &[
    "--locked",
    "--package",
    "cloakroom",
    "--package",
    "ledger",
    "--bin",
    "cloakroom",
    "--bin",
    "cloakroom-verify",
    "--profile",
    PROFILE,
];

/// The profile of Cargo.toml that is small, and where it builds to.
pub(crate) const PROFILE: &str = "dist";

/// What an installed Cloakroom is to take at most, MiB.
const MOST: u64 = 15;

/// Makes the Debian package, and says what is in it.
pub(crate) fn package(arguments: &[String]) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Err("Cloakroom is packaged for Debian and its kin only; run this on one of them.".to_owned());
    }
    #[cfg(unix)]
    if arguments.first().is_some_and(|what| what == "relay") {
        return crate::package_relay::package();
    }
    install::for_building()?;
    // Not among the project's packages: nothing but this needs it, and it weighs more than all of them.
    let tauri = "--package=@tauri-apps/cli@2.12.5";
    let verifier = verifier();
    let bundle = [
        "exec",
        "--yes",
        tauri,
        "--",
        "tauri",
        "build",
        "--ci",
        "--bundles",
        "deb",
        "--features",
        "custom-protocol",
        "--config",
        &verifier,
    ];
    let more: Vec<_> = arguments.iter().map(String::as_str).collect();
    npm(&[&bundle[..], &more, &["--"], SHIPPED].concat()).run()?;

    let file = newest()?;
    let field = |name: &str| {
        let read = Shell::new("dpkg-deb", &["--field", &file.to_string_lossy(), name]).read();
        read.map(|text| text.trim().to_owned())
    };
    let kib: u64 = field("Installed-Size")?
        .parse()
        .map_err(|_| "the package does not say how large it is".to_owned())?;
    say(&format!("\n{}", file.display()));
    let goal = if kib > MOST * 1024 { "MISSED" } else { "met" };
    say(&format!("installed: {} (goal: at most {MOST} MiB, {goal})", mib(kib)));
    say(&format!("needs:     {}", field("Depends")?));
    say(
        "\nInstall it with `sudo apt install` and that path, and start Cloakroom from the menu or as `cloakroom`.",
    );
    Ok(())
}

/// Where the bundler finds the verifier: wherever cargo was told to build.
fn verifier() -> String {
    let built = workspace::target().join(PROFILE).join("cloakroom-verify");
    // Rust quotes a path as JSON does.
    format!(r#"{{"bundle":{{"linux":{{"deb":{{"files":{{"/usr/bin/cloakroom-verify":{built:?}}}}}}}}}}}"#)
}

/// The package that was just made: an older version's may lie beside it.
fn newest() -> Result<PathBuf, String> {
    let folder = workspace::target().join(PROFILE).join("bundle/deb");
    let entries = fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let packages = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    packages
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .max_by_key(|path| path.metadata().and_then(|about| about.modified()).ok())
        .ok_or_else(|| format!("there is no package in {}", folder.display()))
}

fn mib(kib: u64) -> String {
    format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_cut_to_a_tenth() {
        assert_eq!(mib(15 * 1024), "15.0 MiB");
        assert_eq!(mib(10 * 1024 + 1023), "10.9 MiB");
        assert_eq!(mib(100), "0.0 MiB");
    }
}
