//! Writes or checks the vectors in `tests/vectors/`. Deterministic: fixed inputs, and a counter for randomness.
//! age files are random by nature, so those that are there and still open are kept.
//!
//! `cargo run -p journeys --bin vectors -- --check` says what differs; `--write` writes.
#![allow(clippy::expect_used, reason = "a generator that cannot make a vector must stop")]
#![allow(clippy::indexing_slicing, reason = "on bytes it made itself")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to whoever runs it")]

mod customer;
mod disk;
mod fixed;
mod ledger;
mod links;
mod plaintext;
mod small;
mod submission;
mod wrap;

use serde_json::Value;
use std::{fs, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let write = match std::env::args().nth(1).as_deref() {
        Some("--write") => true,
        Some("--check") => false,
        _ => {
            eprintln!("Say what to do with the vectors: --check or --write.");
            return ExitCode::from(2);
        }
    };
    let mut files = ledger::files();
    files.extend(links::files());
    files.extend(small::files());
    files.extend(customer::files());
    files.extend(submission::files());
    files.extend(plaintext::files());
    files.extend(disk::files());
    files.extend(wrap::files(&present("wrap.json")));
    let differing: Vec<&str> =
        files.iter().filter(|(name, file)| !same(name, file, write)).map(|(name, _)| *name).collect();
    if differing.is_empty() {
        println!("{} files of vectors are as they should be.", files.len());
        return ExitCode::SUCCESS;
    }
    eprintln!("These vectors differ from what the generator makes: {}.", differing.join(", "));
    eprintln!("If a format was meant to change, run with --write; if not, something broke it.");
    ExitCode::FAILURE
}

fn same(name: &str, file: &Value, write: bool) -> bool {
    let mut text = serde_json::to_string_pretty(file).expect("values have text");
    text.push('\n');
    if fs::read_to_string(path(name)).is_ok_and(|there| there == text) {
        return true;
    }
    if write {
        fs::write(path(name), text).expect("the vectors' folder can be written");
    }
    write
}

fn present(name: &str) -> Value {
    let text = fs::read(path(name)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn path(name: &str) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let root = package.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    root.expect("run by cargo, inside the workspace").join("tests/vectors").join(name)
}
