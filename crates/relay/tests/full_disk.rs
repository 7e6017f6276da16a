//! A disk without room, made of a small tmpfs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]
#![cfg(target_os = "linux")]

mod conformance;
mod program;

use conformance::{
    calls::{CHUNK, Part, is_problem, open},
    shares::{ask, deposit, open_with},
};
use program::Store;
use reqwest::{Method, StatusCode};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// A mounted tmpfs, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None when this user may not mount; the summary then counts the test as not run.
    fn mount(test: &str, folder: &Path, size: &str) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder)
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            let line = format!("{test}: needs to mount a tmpfs, which this user may not\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
            if let Some(file) = std::env::var_os("CLOAKROOM_NOT_RUN") {
                let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
                file.write_all(line.as_bytes()).unwrap();
            }
            return None;
        }
        Some(Self(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// A share past its term goes although the database has no room for anything.
#[tokio::test]
async fn a_term_ends_on_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount("a_term_ends_on_a_full_disk", folder.path(), "4m") else { return };
    let clock = tempfile::NamedTempFile::new().unwrap();
    let store = Store::within(&disk.0);
    let program = store.run([("CLOAKROOM_CLOCK", clock.path().to_str().unwrap())]).await;
    let share = deposit(&program.target, "identity");
    let customer = open_with(&program.target, std::slice::from_ref(&share)).await;
    let body = customer.hand_in(&[Part::make(100)]).await;
    assert_eq!(customer.collected(&body).await.status(), StatusCode::OK);
    let mut file = std::fs::File::create(disk.0.join("ballast")).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    let ready = reqwest::get(program.target.url("/readyz")).await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE, "a disk that takes nothing is not ready");
    assert_eq!(reqwest::get(program.target.url("/healthz")).await.unwrap().status(), StatusCode::OK);
    let mut notes = 0;
    loop {
        let path = customer.desk_path(&format!("/notes/{notes}"));
        let answer = program.target.desk(Method::PUT, &path).body(vec![7; 4096]).send().await.unwrap();
        if answer.status() != StatusCode::CREATED {
            break;
        }
        notes += 1;
        assert!(notes < 1000, "the database never fills");
    }
    assert!(store.holds(&share));
    std::fs::write(clock.path(), (11 * 86_400).to_string()).unwrap();
    let gone = async {
        while store.holds(&share) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), gone).await.expect("it goes at its term");
    assert_eq!(ask(&customer, Method::GET, "identity").await.status(), StatusCode::GONE);
    program.kill().await;
}

/// What does not fit is refused whole and said; what was there stays; once there is room it goes on.
#[tokio::test]
async fn full_then_not() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount("full_then_not", folder.path(), "4m") else { return };
    // What an operator would remove: enough for what follows, wherever the blocks happen to end.
    let reserve = disk.0.join("reserve");
    std::fs::write(&reserve, vec![0; 512 * 1024]).unwrap();
    let store = Store::within(&disk.0);
    let program = store.start(None).await;
    let sent = open(&program.target).await;
    let part = Part::make(2 * CHUNK);
    let body = sent.hand_in(std::slice::from_ref(&part)).await;

    // The disk fills with another customer's chunks.
    let filling = open(&program.target).await;
    let mut stored = Vec::new();
    let refused = loop {
        let part = Part::make(CHUNK);
        let answer = filling.put(part.id, 0, &part.bytes).await;
        if answer.status() != StatusCode::CREATED {
            break (part, answer);
        }
        stored.push(part);
        assert!(stored.len() < 64, "the disk never fills");
    };
    let (late, answer) = refused;
    is_problem(answer, 507, "full").await;
    // No half file, and nothing of it is listed.
    assert_eq!(store.chunk_files(), 2 + stored.len());
    assert_eq!(filling.parts().await["parts"].as_array().unwrap().len(), stored.len());
    // Down to the last block: now the database has no room either.
    let ballast = disk.0.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let mut notes = 0;
    let no_note = loop {
        let path = sent.desk_path(&format!("/notes/{notes}"));
        let answer = program.target.desk(Method::PUT, &path).body(vec![7; 4096]).send().await.unwrap();
        if answer.status() != StatusCode::CREATED {
            break answer;
        }
        notes += 1;
        assert!(notes < 1000, "the database never fills");
    };
    is_problem(no_note, 507, "full").await;
    assert_eq!(sent.view().await["notes"].as_array().unwrap().len(), notes);
    // What was accepted can still be fetched.
    assert_eq!(sent.download(part.id).await, part.bytes);
    for earlier in &stored {
        assert_eq!(filling.send(earlier).await, [StatusCode::OK]);
    }

    // Erasing makes room by itself, for itself and for others.
    assert_eq!(sent.collected(&body).await.status(), StatusCode::OK);
    std::fs::remove_file(&ballast).unwrap();
    std::fs::remove_file(&reserve).unwrap();
    assert_eq!(filling.send(&late).await, [StatusCode::CREATED]);
    stored.push(late);
    let last = stored.split_off(stored.len().saturating_sub(10));
    let body = filling.body(&last);
    assert_eq!(filling.submit(&body).await.status(), StatusCode::OK);
    for part in &last {
        assert_eq!(filling.download(part.id).await, part.bytes);
    }
    program.kill().await;
}
