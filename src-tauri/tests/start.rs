//! The app as a process: what it refuses before it opens a window.
#![cfg(not(feature = "automation"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

#[test]
fn it_does_not_start_for_automation() {
    for value in ["true", "1", ""] {
        let out = Command::new(env!("CARGO_BIN_EXE_cloakroom"))
            .env("TAURI_WEBVIEW_AUTOMATION", value)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .output()
            .unwrap();
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.contains("TAURI_WEBVIEW_AUTOMATION is set"), "{said}");
    }
}
