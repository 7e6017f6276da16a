//! The real `cloakroom-verify`, as a supervisor or a customer would run it.

use crate::{Outcome, ensure, root};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

/// What the program answered.
pub struct Verdict {
    /// Its exit status.
    pub code: i32,
    /// What it printed.
    pub said: String,
}

/// Runs it with these arguments.
///
/// # Errors
/// It could not be built or started.
pub fn run(arguments: &[&OsStr]) -> Outcome<Verdict> {
    let out = Command::new(program()?).args(arguments).output()?;
    let said = [out.stdout, out.stderr].concat();
    Ok(Verdict { code: out.status.code().unwrap_or(-1), said: String::from_utf8_lossy(&said).into_owned() })
}

/// Where it is; builds it when it is missing or older than its source.
///
/// # Errors
/// It does not build.
pub fn program() -> Outcome<PathBuf> {
    let program = profile_folder()?.join(format!("cloakroom-verify{}", std::env::consts::EXE_SUFFIX));
    let built = program.metadata().and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    if built < newest(&root().join("crates/ledger/src"))? {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--locked", "--package", "ledger", "--bin", "cloakroom-verify"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        ensure(build.current_dir(root()).status()?.success(), "cloakroom-verify could not be built")?;
        // An unchanged program is not written anew.
        std::fs::File::options().append(true).open(&program)?.set_modified(SystemTime::now())?;
    }
    Ok(program)
}

/// Another program of the workspace, built together with the one that asks.
///
/// # Errors
/// It was not built.
pub fn sibling(name: &str) -> Outcome<PathBuf> {
    let program = profile_folder()?.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let there = program.is_file();
    ensure(there, format!("{name} is missing; run `cargo build --workspace --bins`, or `cargo xtask test`"))?;
    Ok(program)
}

/// Where Cargo puts programs of the profile this one was built with.
fn profile_folder() -> Outcome<PathBuf> {
    let me = std::env::current_exe()?;
    let folder = me.parent().ok_or("a program lies in a folder")?;
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    Ok(folder.to_owned())
}

fn newest(folder: &Path) -> Outcome<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let at = if entry.file_type()?.is_dir() {
            self::newest(&entry.path())?
        } else {
            entry.metadata()?.modified()?
        };
        newest = newest.max(at);
    }
    Ok(newest)
}
