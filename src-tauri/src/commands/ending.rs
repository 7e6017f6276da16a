//! Closing a ticket, taking that back, destroying now.

use super::Answer;
use crate::{
    Shell,
    view::{Closing, Due},
    words,
};
use tauri::State as Managed;

/// Closes a ticket by hand.
#[tauri::command]
pub(crate) async fn close_ticket(shell: Managed<'_, Shell>, args: String) -> Answer<Closing> {
    let closing = shell.desk()?.close_ticket(&args).await?;
    Ok(Closing {
        ticket: args,
        due: closing.due.into_iter().map(|(_, class, at)| Due { class: class.into(), at }).collect(),
        links: u32::try_from(closing.revoked.len()).unwrap_or(u32::MAX),
    })
}

/// Takes a close by hand back.
#[tauri::command]
pub(crate) async fn undo_close(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    Ok(shell.desk()?.undo_close(&args).await?)
}

/// The card was charged: it is destroyed now.
#[tauri::command]
pub(crate) async fn charged(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    shell.end_reveals().await;
    shell.desk()?.charged(words::id(&args)?).await?;
    Ok(())
}

/// Destroys everything a request holds, now.
#[tauri::command]
pub(crate) async fn erase_now(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    shell.end_reveals().await;
    shell.desk()?.erase_now(words::id(&args)?).await?;
    Ok(())
}
