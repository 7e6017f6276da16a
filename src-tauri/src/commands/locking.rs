//! The lock screen, and the way to it.

use super::{Answer, text};
use crate::{
    Shell,
    view::{Failure, LockState},
    windows::Alone,
};
use desk::{DeskError, Passphrase, VaultError};
use tauri::{State as Managed, ipc::Request};

/// What the lock screen says.
#[tauri::command]
pub(crate) async fn lock_state(shell: Managed<'_, Shell>) -> Answer<LockState> {
    let desk = shell.desk()?;
    let news = *desk.news().borrow();
    let counts: crate::view::Counts = desk.counts().await?.into();
    Ok(LockState {
        news,
        company: desk.company().await?.name,
        arrived: counts.arrived,
        wait_until: match desk.people().await?.first() {
            Some(person) => desk.locked_until(*person).await?,
            None => None,
        },
        theme: desk.preferences().await?.theme.into(),
        now: desk.now(),
    })
}

/// Answers as soon as there is other news than this.
#[tauri::command]
pub(crate) async fn wait_locked(shell: Managed<'_, Shell>, args: u64) -> Answer<u64> {
    super::overview::other_news(&shell, args).await
}

/// Unlocks. The window with the passphrase in it ends, and the main one opens.
#[tauri::command]
pub(crate) async fn unlock(shell: Managed<'_, Shell>, request: Request<'_>) -> Answer<()> {
    let passphrase = Passphrase::entered(text(&request)?);
    let desk = shell.desk()?;
    let person = *desk.people().await?.first().ok_or_else(Failure::gone)?;
    match desk.unlock(person, passphrase).await {
        Ok(()) => {}
        Err(DeskError::Vault(VaultError::LockedOut { until })) => return Err(locked_out(until, desk.now())),
        Err(error) => return Err(error.into()),
    }
    let _turn = shell.turning.lock().await;
    shell.is_used();
    shell.turn_to(Alone::Main)
}

/// Locks.
#[tauri::command]
pub(crate) async fn lock(shell: Managed<'_, Shell>) -> Answer<()> {
    shell.lock().await;
    Ok(())
}

/// Somebody uses the window.
#[tauri::command]
pub(crate) fn active(shell: Managed<'_, Shell>) {
    shell.is_used();
}

fn locked_out(until: u64, now: u64) -> Failure {
    let minutes = until.saturating_sub(now).div_ceil(60).max(1);
    let minutes = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
    Failure::new(
        crate::view::FailureCode::TooManyTries,
        format!(
            "Too many wrong passphrases. Wait {minutes}, then try again. Collecting and deleting go on meanwhile."
        ),
    )
}
