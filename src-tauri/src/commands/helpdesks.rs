//! The settings section "Helpdesks". Tokens and secrets come as raw bodies; none of them is ever in an answer.

use super::{Answer, text};
use crate::{
    Shell,
    view::{Failure, FailureCode, HelpdeskUse, HelpdeskView, HookOf, HookView, NewHelpdesk},
    words,
};
use desk::{HelpdeskToken, HookSecret};
use serde::de::DeserializeOwned;
use tauri::{State as Managed, WebviewWindow, ipc::Request};

/// Every connection.
#[tauri::command]
pub(crate) async fn helpdesks(shell: Managed<'_, Shell>) -> Answer<Vec<HelpdeskView>> {
    let desk = shell.desk()?;
    let views = desk.helpdesks().await?.into_iter().map(|view| HelpdeskView {
        id: view.id.to_string(),
        kind: view.kind.into(),
        name: view.name,
        address: view.address,
        prefix: view.prefix,
        paused: view.paused,
        notes: view.notes,
        answered: view.answered,
        failure: view.failing.map(|(why, _)| words::sentences(why)),
        failing: view.failing.map(|(_, since)| since),
        hook_moved: view.hook_moved,
        hook: view.hook.map(|hook| desk.hook_url(hook)),
        keychain: view.keychain,
        waiting: view.waiting,
        refused: view.refused,
        refused_at: view.refused_at,
        alarming: view.disbeliefs.iter().filter(|of| desk::is_loud(of)).map(desk::disbelief_words).collect(),
        disbelieved: view.disbeliefs.iter().map(desk::disbelief_words).collect(),
    });
    Ok(views.collect())
}

/// Adds a connection, once its helpdesk has answered.
#[tauri::command]
pub(crate) async fn add_helpdesk(shell: Managed<'_, Shell>, request: Request<'_>) -> Answer<String> {
    let new: NewHelpdesk = about(&request, "helpdesk")?;
    let new = desk::NewHelpdesk {
        kind: new.kind.into(),
        name: new.name,
        address: new.address,
        account: new.account,
        scope: new.scope,
        prefix: new.prefix,
    };
    let token = if new.kind.is_asked() {
        let token = HelpdeskToken::parse(&text(&request)?);
        Some(token.map_err(|bad| Failure::new(FailureCode::Other, words::sentences(&bad.to_string())))?)
    } else {
        None
    };
    Ok(shell.desk()?.add_helpdesk(&new, token).await?.to_string())
}

/// Asks a helpdesk whether address and token are right.
#[tauri::command]
pub(crate) async fn test_helpdesk(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    Ok(shell.desk()?.test_helpdesk(words::id(&args)?).await?)
}

/// Asks a helpdesk for its news now.
#[tauri::command]
pub(crate) async fn pull_helpdesk(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    Ok(shell.desk()?.pull_now(words::id(&args)?).await?)
}

/// Whether a helpdesk is asked, and told.
#[tauri::command]
pub(crate) async fn use_helpdesk(shell: Managed<'_, Shell>, args: HelpdeskUse) -> Answer<()> {
    Ok(shell.desk()?.set_helpdesk(words::id(&args.id)?, args.paused, args.notes).await?)
}

/// Removes a connection and its credentials.
#[tauri::command]
pub(crate) async fn remove_helpdesk(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    Ok(shell.desk()?.remove_helpdesk(words::id(&args)?).await?)
}

/// Sets a webhook up, or anew with another secret. One that was made here waits for this window, once.
#[tauri::command]
pub(crate) async fn set_hook(
    window: WebviewWindow,
    shell: Managed<'_, Shell>,
    request: Request<'_>,
) -> Answer<HookView> {
    let of: HookOf = about(&request, "hook")?;
    let pasted = text(&request)?;
    let pasted = match pasted.trim() {
        "" => None,
        secret => Some(
            HookSecret::parse(secret)
                .map_err(|bad| Failure::new(FailureCode::Other, words::sentences(&bad.to_string())))?,
        ),
    };
    let made = shell.desk()?.set_hook(words::id(&of.id)?, pasted).await?;
    let secret = match made.secret {
        Some(secret) => {
            let bytes = zeroize::Zeroizing::new(secret.as_bytes().to_vec());
            Some(shell.once.put(window.label(), bytes, &desk::random_name(&shell.config)?))
        }
        None => None,
    };
    Ok(HookView { url: made.url, secret })
}

/// What was not believed was seen.
#[tauri::command]
pub(crate) async fn forget_disbeliefs(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    Ok(shell.desk()?.forget_disbeliefs(words::id(&args)?).await?)
}

/// What stands in a header: percent-encoded JSON, for headers take ASCII only.
fn about<T: DeserializeOwned>(request: &Request<'_>, name: &str) -> Answer<T> {
    let header = request.headers().get(name).and_then(|value| value.to_str().ok());
    let header = header.ok_or_else(Failure::refused)?;
    let text = percent_encoding::percent_decode_str(header).decode_utf8().map_err(|_| Failure::refused())?;
    serde_json::from_str(&text).map_err(|_| Failure::refused())
}
