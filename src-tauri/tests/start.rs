//! The app as a process: what it refuses before it opens a window.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Output};

/// The program that people have, whatever features it was built with. It sees no screen.
fn cloakroom() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    command.env_remove("TAURI_WEBVIEW_AUTOMATION").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn said(out: &Output) -> String {
    String::from_utf8(out.stderr.clone()).unwrap()
}

#[test]
fn it_does_not_start_for_automation() {
    for value in ["true", "1", "false", ""] {
        let out = cloakroom().env("TAURI_WEBVIEW_AUTOMATION", value).output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{}", said(&out));
        assert!(said(&out).contains("TAURI_WEBVIEW_AUTOMATION is set"), "{}", said(&out));
    }
}

#[test]
fn without_a_folder_or_a_screen_it_says_so_and_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let out = cloakroom()
        .env_remove("HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("CLOAKROOM_DATA_DIR")
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    assert!(said(&out).contains("name one with --data-dir"), "{}", said(&out));

    let out = cloakroom()
        .env("HOME", home.path())
        .arg("--data-dir")
        .arg(home.path().join("desk"))
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    assert!(said(&out).contains("start it from a desktop session"), "{}", said(&out));
    assert!(!home.path().join("desk").exists());
}
