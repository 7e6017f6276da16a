//! What the disk under a relay gives away of a share that is gone: an ext4 image, read from end to end.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]
#![cfg(target_os = "linux")]

mod conformance;
mod program;

use conformance::{
    calls::{CHUNK, Part},
    shares::{ask, deposit, open_with},
};
use program::Store;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// A mounted image, unmounted when dropped.
struct Disk {
    image: PathBuf,
    mounted: PathBuf,
}

impl Disk {
    /// None when this user may not mount; the summary then counts the test as not run.
    fn make(test: &str, folder: &Path) -> Option<Self> {
        let disk = Self { image: folder.join("image"), mounted: folder.join("mounted") };
        File::create(&disk.image).unwrap().set_len(32 * 1024 * 1024).unwrap();
        fs::create_dir(&disk.mounted).unwrap();
        let made = run("mkfs.ext4", &["-q", "-F"], &[&disk.image])
            && run("mount", &["-o", "loop"], &[&disk.image, &disk.mounted]);
        if !made {
            let line = format!("{test}: needs to mount an image, which this user may not\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
            if let Some(file) = std::env::var_os("CLOAKROOM_NOT_RUN") {
                let mut file = File::options().create(true).append(true).open(file).unwrap();
                file.write_all(line.as_bytes()).unwrap();
            }
            return None;
        }
        Some(disk)
    }

    /// Every byte of it, with what only waited to be written.
    fn read(&self) -> Vec<u8> {
        assert!(run("sync", &[], &[]));
        fs::read(&self.image).unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &[], &[&self.mounted]);
    }
}

fn run(program: &str, options: &[&str], paths: &[&Path]) -> bool {
    Command::new(program).args(options).args(paths).output().is_ok_and(|output| output.status.success())
}

fn holds(disk: &[u8], share: &Value) -> bool {
    let needle = data_encoding::HEXLOWER.decode(share["share"].as_str().unwrap().as_bytes()).unwrap();
    disk.windows(needle.len()).any(|window| window == needle)
}

/// Four shares: one stays, one is deleted, one goes with its box, one runs out. What the disk then holds of each.
async fn scenario(test: &str, setting: Option<(&str, &str)>) -> Option<[bool; 4]> {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::make(test, folder.path())?;
    let store = Store::within(&disk.mounted);
    let program = store.start_with(setting).await;
    let mut shares = [0; 4].map(|_| deposit(&program.target, "identity"));
    let mut customers = Vec::new();
    for n in 0..shares.len() {
        if n == 3 {
            // Long enough to be taken on a disk that is busy with other things.
            shares[3]["term"] = json!((program.target.now)() + 10);
        }
        customers.push(open_with(&program.target, std::slice::from_ref(&shares[n])).await);
    }
    let before = disk.read();
    // The last one's time may be over already.
    assert!(shares[..3].iter().all(|share| holds(&before, share)));
    // Life goes on around it: the file system moves and writes what it likes.
    let body = customers[2].hand_in(&[Part::make(4 * CHUNK)]).await;
    assert_eq!(customers[2].collected(&body).await.status(), StatusCode::OK);
    assert_eq!(ask(&customers[1], Method::DELETE, "identity").await.status(), StatusCode::OK);
    assert_eq!(customers[2].end("purged").await.status(), StatusCode::OK);
    let swept = || async {
        let metrics = reqwest::get(program.target.url("/metrics")).await.unwrap().text().await.unwrap();
        metrics.lines().any(|line| line == "cloakroom_relay_shares_run_out_total 1")
    };
    while !swept().await {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let running = disk.read();
    program.kill().await;
    let found = [0, 1, 2, 3].map(|n| holds(&running, &shares[n]));
    assert_eq!(found, [0, 1, 2, 3].map(|n| holds(&disk.read(), &shares[n])));
    Some(found)
}

#[tokio::test]
async fn a_share_that_is_gone_is_nowhere_on_the_disk() {
    let test = "a_share_that_is_gone_is_nowhere_on_the_disk";
    if let Some(found) = scenario(test, None).await {
        assert_eq!(found, [true, false, false, false]);
    }
}

/// The mode in which the scan must find them: left as they stood.
#[tokio::test]
async fn without_the_overwrite_the_disk_gives_shares_away() {
    let test = "without_the_overwrite_the_disk_gives_shares_away";
    if let Some(found) = scenario(test, Some(("CLOAKROOM_SKIP_SCRUB", "1"))).await {
        assert_eq!(found, [true; 4]);
    }
}
