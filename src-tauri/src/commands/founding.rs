//! The first start: a passphrase is chosen, the vault is founded, two recovery sheets are printed.

use super::{Answer, text};
use crate::{
    Shell, background,
    view::{Failure, FailureCode, Founding, Once, PassphraseAdvice},
    windows::Alone,
};
use desk::{Desk, Passphrase, VaultError};
use tauri::{State as Managed, WebviewWindow, ipc::Request};
use zeroize::Zeroizing;

const GUESSABLE: &str = "This one is among the first that anyone would try. Take several words that have nothing to do \
                         with each other.";

/// Whether a passphrase will do.
#[tauri::command]
pub(crate) fn advise_passphrase(request: Request<'_>) -> Answer<PassphraseAdvice> {
    let passphrase = text(&request)?;
    Ok(match refusal(&passphrase, &[]) {
        Some(text) => PassphraseAdvice { ok: false, text },
        None => PassphraseAdvice { ok: true, text: "Long enough, and not an obvious one.".to_owned() },
    })
}

/// Founds the vault. The sheets wait for this window, once.
#[tauri::command]
pub(crate) async fn found(
    window: WebviewWindow,
    shell: Managed<'_, Shell>,
    request: Request<'_>,
) -> Answer<Once> {
    let founding = founding(&request)?;
    let passphrase = text(&request)?;
    if let Some(text) = refusal(&passphrase, &[&founding.company.name, &founding.person]) {
        return Err(Failure::new(FailureCode::WeakPassphrase, text));
    }
    let weak = |_| Failure::from(desk::DeskError::from(VaultError::WeakPassphrase));
    // Two of it: one founds, the other unlocks what was founded.
    let (chosen, entered) =
        (Passphrase::choose(passphrase.clone()).map_err(weak)?, Passphrase::entered(passphrase));
    let _turn = shell.turning.lock().await;
    let company = founding.company.into();
    let (desk, person, (one, two)) =
        Desk::found(shell.founding_config(), founding.person.trim(), chosen, &company).await?;
    background::watch_news(&shell, &desk);
    shell.runs(desk.clone());
    desk.unlock(person, entered).await?;
    let (one, two) = (one.print(), two.print());
    let sheets = Zeroizing::new(
        format!(r#"{{"sheets":[{{"number":1,"text":"{}"}},{{"number":2,"text":"{}"}}]}}"#, *one, *two)
            .into_bytes(),
    );
    Ok(Once { address: shell.once.put(window.label(), sheets, &desk::random_name(&shell.config)?) })
}

/// The sheets are printed: the app opens.
#[tauri::command]
pub(crate) async fn founded(shell: Managed<'_, Shell>) -> Answer<()> {
    let _turn = shell.turning.lock().await;
    let desk = shell.desk()?;
    shell.turn_to(if desk.is_unlocked() { Alone::Main } else { Alone::Unlock })
}

fn refusal(passphrase: &str, names: &[&str]) -> Option<String> {
    let length = passphrase.chars().count();
    if length < Passphrase::CHARS_MIN {
        let missing = Passphrase::CHARS_MIN - length;
        return Some(format!(
            "{missing} more characters are needed. Four unusual words are easy to remember."
        ));
    }
    desk::is_guessable(passphrase, names).then(|| GUESSABLE.to_owned())
}

/// What stands in the header: percent-encoded JSON, for headers take ASCII only.
fn founding(request: &Request<'_>) -> Answer<Founding> {
    let header = request
        .headers()
        .get("founding")
        .and_then(|value| value.to_str().ok())
        .ok_or_else(Failure::refused)?;
    let text = percent_encoding::percent_decode_str(header).decode_utf8().map_err(|_| Failure::refused())?;
    let founding: Founding = serde_json::from_str(&text).map_err(|_| Failure::refused())?;
    super::settings::check(&founding.company)?;
    if founding.person.trim().is_empty() {
        return Err(Failure::new(FailureCode::Other, "The agent's name is missing. Customers read it."));
    }
    Ok(founding)
}
