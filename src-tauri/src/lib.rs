//! The desktop shell: windows, tray, commands. Thin: no cryptography, no SQL; the work is `crates/desk`.
//!
//! - [`run`]: the app from its command line to its end (`arguments`, `start`, `app`)
//! - [`shell`]: what the app is doing: nothing yet, running, in trouble
//! - `windows`: at any time one of `start`, `unlock`, `main`, `trouble`, and beside `main` some `reveal-…`
//! - `commands`: what a window may ask, by the one list in `src-tauri/commands.rs`; `view`: what it is told
//! - `once`: values that one window reads once; `reveals`: what is open, and until when
//! - `incoming`: what a ticket's link asks to be filled in
//! - `proxies`: what the desktop's settings say of them
//! - `background`: what goes on without a window: idle lock, news, tray

mod app;
mod arguments;
mod background;
mod commands;
mod incoming;
mod once;
#[cfg(target_os = "linux")]
mod proxies;
mod reveals;
mod shell;
mod start;
mod typescript;
mod view;
mod windows;
mod words;

pub use app::run;
pub use arguments::{Arguments, Begin};
pub use start::{Automation, Refusal};

use shell::Shell;

/// `ui/desk/src/generated.ts`, as the list of commands makes it.
pub fn generated_typescript() -> String {
    typescript::generated()
}

/// `src-tauri/permissions/windows.toml`, as the list of commands makes it.
pub fn generated_permissions() -> String {
    typescript::permissions()
}
