//! A start that did not succeed, and the end.

use super::Answer;
use crate::{Shell, view::Failure};
use tauri::State as Managed;

/// Why Cloakroom does not run.
#[tauri::command]
pub(crate) fn start_trouble(shell: Managed<'_, Shell>) -> Answer<Failure> {
    shell.trouble().ok_or_else(Failure::gone)
}

/// Opens the vault once more; asked for twice at a time, only once.
#[tauri::command]
pub(crate) async fn try_again(shell: Managed<'_, Shell>) -> Answer<()> {
    if shell.begins_again() {
        shell.begin().await;
    }
    // Still in trouble: the window stays, and is told.
    shell.trouble().map_or(Ok(()), Err)
}

/// Ends the app.
#[tauri::command]
pub(crate) async fn quit(shell: Managed<'_, Shell>) -> Answer<()> {
    shell.quit().await;
    Ok(())
}
