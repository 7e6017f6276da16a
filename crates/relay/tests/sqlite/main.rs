//! The relay on SQLite and files: what every store must do, and what is this one's own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod backup;
mod bounds;
#[path = "../conformance/mod.rs"]
mod conformance;
mod gone;
mod opening;
#[path = "../running/mod.rs"]
mod running;
mod serving;

use std::{fs, path::Path};

checks!(running::start);

/// Every file of a store that holds these bytes, by its name.
fn files_with(store: &Path, needle: &[u8]) -> Vec<String> {
    let (mut folders, mut found) = (vec![store.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file()
                && fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle)
            {
                found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}
