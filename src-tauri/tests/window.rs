//! The app on a screen: its window opens, and its page runs under the policy.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends its process when the test does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An X server on a display number that it chose itself.
fn screen() -> Option<(Running, String)> {
    let server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut server = Running(server);
    let mut number = String::new();
    BufReader::new(server.0.stdout.take()?).read_line(&mut number).ok()?;
    Some((server, format!(":{}", number.trim())))
}

fn can_run(program: &str) -> bool {
    Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn not_run(test: &str, reason: &str) {
    let line = format!("SKIPPED-HERE: {test}: {reason}\n");
    if let Some(file) = std::env::var_os("CLOAKROOM_NOT_RUN") {
        OpenOptions::new().create(true).append(true).open(file).unwrap().write_all(line.as_bytes()).unwrap();
    }
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

fn app(display: &str, home: &Path) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    command.env("DISPLAY", display).env("HOME", home).env_remove("WAYLAND_DISPLAY").env("GDK_BACKEND", "x11");
    for (name, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        let folder = home.join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        command.env(name, folder);
    }
    Running(command.env_remove("TAURI_WEBVIEW_AUTOMATION").stderr(Stdio::null()).spawn().unwrap())
}

/// Looks until there is something to see. The minute is for a machine that is very busy.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "no {what} after a minute");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The id of the window with this title.
fn window(display: &str, title: &str) -> Option<String> {
    let out = Command::new("xwininfo").args(["-display", display, "-name", title]).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let viewable = text.contains("Map State: IsViewable");
    let id = text.split("Window id: ").nth(1)?.split_whitespace().next()?;
    viewable.then(|| id.to_owned())
}

/// A window's pixels as red, green, blue, from X's own dump (XWDFile.h, version 7, 32 bits a pixel).
fn pixels(display: &str, id: &str) -> Option<Vec<[u8; 3]>> {
    let dump = Command::new("xwd").args(["-silent", "-display", display, "-id", id]).output().ok()?.stdout;
    let field = |n: usize| Some(u32::from_be_bytes(dump.get(n * 4..n * 4 + 4)?.try_into().ok()?) as usize);
    let (header, width, height) = (field(0)?, field(4)?, field(5)?);
    let (bits, line, colours) = (field(11)?, field(12)?, field(19)?);
    assert_eq!(bits, 32);
    let rows = dump.get(header + colours * 12..)?;
    let row = |y: usize| rows.get(y * line..y * line + width * 4);
    let mut out = Vec::new();
    for y in 0..height {
        out.extend(row(y)?.chunks(4).map(|pixel| [pixel[2], pixel[1], pixel[0]]));
    }
    Some(out)
}

#[test]
fn its_window_opens_and_its_page_runs() {
    if !["xwininfo", "xwd"].into_iter().all(can_run) {
        return not_run(
            "its_window_opens_and_its_page_runs",
            "xwininfo and xwd are missing (x11-utils, x11-apps)",
        );
    }
    let Some((_server, display)) = screen() else {
        return not_run("its_window_opens_and_its_page_runs", "Xvfb is missing");
    };
    let home = tempfile::tempdir().unwrap();
    let _app = app(&display, home.path());

    let id = wait_for("window", || window(&display, "Cloakroom"));
    // The page's own paper and ink: a script that the policy stopped would leave neither.
    wait_for("page in the window", || {
        let pixels = pixels(&display, &id)?;
        let paper = pixels.iter().filter(|pixel| **pixel == [0xfa, 0xf9, 0xf6]).count();
        let ink = pixels.iter().filter(|pixel| pixel.iter().all(|channel| *channel < 0x60)).count();
        (paper > pixels.len() / 2 && ink > 50).then_some(())
    });
}
