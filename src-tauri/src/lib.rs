//! The desktop shell: windows, and later tray, lock signals and commands. Thin: no cryptography, no SQL.

mod start;

pub use start::Refusal;

/// Opens the app and returns when its last window was closed.
///
/// # Errors
/// [`Refusal`] when the environment asks for what this build must not do, or the system has no window to give.
pub fn run() -> Result<(), Refusal> {
    start::check(std::env::var_os(start::AUTOMATION).as_deref())?;
    tauri::Builder::default().run(tauri::generate_context!()).map_err(|_| Refusal::NoWindow)
}
