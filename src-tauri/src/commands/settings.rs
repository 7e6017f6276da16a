//! Who asks, and how the app behaves.

use super::Answer;
use crate::{
    Shell,
    view::{Company, Failure, FailureCode, Settings, SettingsView},
};
use tauri::State as Managed;

/// Characters that a name may have.
const NAME_MAX: usize = 80;

/// What the settings show.
#[tauri::command]
pub(crate) async fn settings(shell: Managed<'_, Shell>) -> Answer<SettingsView> {
    let desk = shell.desk()?;
    Ok(SettingsView {
        company: desk.company().await?.into(),
        person: desk.person_name().unwrap_or_default(),
        preferences: desk.preferences().await?.into(),
        origin: desk.origin().to_owned(),
        folder: shell.config.data_dir.display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Changes them.
#[tauri::command]
pub(crate) async fn save_settings(shell: Managed<'_, Shell>, args: Settings) -> Answer<()> {
    check(&args.company)?;
    let desk = shell.desk()?;
    desk.set_company(&args.company.into()).await?;
    desk.set_preferences(args.preferences.into()).await?;
    Ok(())
}

/// Refuses a company that customers could not make sense of.
pub(super) fn check(company: &Company) -> Answer<()> {
    let help = &company.help;
    let hex = company.colour.strip_prefix('#').unwrap_or_default();
    let wrong = if company.name.trim().is_empty() {
        "The company's name is missing. Customers read it first."
    } else if help.name.trim().is_empty() {
        "The help contact's name is missing. Customers ask there whether a link is genuine."
    } else if [&help.phone, &help.email, &help.web].into_iter().flatten().all(|way| way.trim().is_empty()) {
        "There is no way to reach the help contact. Give a telephone number, an e-mail address or a web page."
    } else if company.name.chars().count() > NAME_MAX || help.name.chars().count() > NAME_MAX {
        "A name is longer than 80 characters. Shorten it."
    } else if hex.len() != 6 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "The colour is not one. Write it as # and six digits or letters from a to f."
    } else {
        return Ok(());
    };
    Err(Failure::new(FailureCode::Other, wrong))
}
