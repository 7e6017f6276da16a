//! Files for a person to take elsewhere, among their downloads. None holds a customer's data.

use super::Answer;
use crate::view::{Failure, FailureCode, Saved};
use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};
use tauri::{Manager, WebviewWindow};

/// Saves a text under a name that is free.
pub(super) async fn save_download(
    window: &WebviewWindow,
    name: String,
    extension: &'static str,
    text: String,
) -> Answer<Saved> {
    let paths = window.app_handle().path().clone();
    let folder = paths.download_dir().or_else(|_| paths.home_dir()).map_err(|_| not_saved())?;
    let path = tokio::task::spawn_blocking(move || save(&folder, &name, extension, text.as_bytes()))
        .await
        .map_err(|_| not_saved())?
        .map_err(|_| not_saved())?;
    Ok(Saved { path: path.display().to_string() })
}

/// Never writes over a file that is there.
fn save(folder: &Path, name: &str, extension: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    for number in 1..1000 {
        let name = match number {
            1 => format!("{name}.{extension}"),
            _ => format!("{name} ({number}).{extension}"),
        };
        let path = folder.join(name);
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(bytes)?;
                file.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

pub(super) fn not_saved() -> Failure {
    Failure::new(
        FailureCode::Other,
        "The file could not be saved. Make room among your downloads, and try again.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn saving_twice_writes_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let one = save(folder.path(), "c", "json", b"one").unwrap();
        let two = save(folder.path(), "c", "json", b"two").unwrap();
        assert_ne!(one, two);
        assert_eq!(std::fs::read(one).unwrap(), b"one");
    }
}
