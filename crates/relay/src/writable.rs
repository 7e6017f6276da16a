//! Whether the store's folder takes a file.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Anyone may ask: the disk is asked once in so long.
const FRESH: Duration = Duration::from_secs(5);

/// What was found, and when.
#[derive(Default)]
pub(crate) struct Writable(Mutex<Option<(Instant, bool)>>);

impl Writable {
    pub(crate) async fn ask(&self, folder: &Path) -> bool {
        let mut known = self.0.lock().await;
        match *known {
            Some((when, found)) if when.elapsed() < FRESH => return found,
            _ => {}
        }
        let probe = folder.join("probe");
        let found = tokio::task::spawn_blocking(move || write(probe).is_ok()).await.unwrap_or(false);
        *known = Some((Instant::now(), found));
        found
    }
}

/// A block, written and gone: an empty file would fit on a full disk.
fn write(path: PathBuf) -> std::io::Result<()> {
    let written = fs::File::create(&path).and_then(|mut file| file.write_all(&[0; 4096]));
    // The probe goes whatever happened to it.
    fs::remove_file(path)?;
    written
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn a_folder_that_is_gone_takes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Writable::default().ask(folder.path()).await);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(!Writable::default().ask(&folder.path().join("gone")).await);
        // Asked again at once, it says what it knows.
        let writable = Writable::default();
        assert!(writable.ask(folder.path()).await);
        let path = folder.path().to_owned();
        drop(folder);
        assert!(writable.ask(&path).await);
    }
}
