//! Checks `tauri.conf.json` and turns it into code.

fn main() {
    tauri_build::build();
}
