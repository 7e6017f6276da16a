//! What surrounds a request: asking again, reminding, a longer term.

use super::{
    Answer,
    asking::{Occasion, link_view},
};
use crate::{
    Shell,
    view::{AgainOptions, AgainSlot, AskAgain, LongerTerm, NewLink, Reason, Reminder},
    words,
};
use desk::{AGAIN_REASONS, Template, tables::holding::HoldingState};
use tauri::State as Managed;

/// What can be asked for again.
#[tauri::command]
pub(crate) async fn again(shell: Managed<'_, Shell>, args: String) -> Answer<AgainOptions> {
    let detail = shell.desk()?.detail(words::id(&args)?).await?;
    let slots = Template::from_code(&detail.row.template).map(Template::slots).unwrap_or_default();
    let held = |class| {
        let mut arrived = detail.rounds.iter().filter(|round| round.row.arrived.is_some());
        arrived.any(|round| {
            round.holdings.iter().any(|held| held.class == class && held.state == HoldingState::Alive)
        })
    };
    let slots = slots.into_iter().map(|slot| {
        let (label, kind) = super::overview::asked(&detail.row.template, slot.slot);
        let class = slot.ask.class();
        AgainSlot { slot: slot.slot, label, class: class.into(), kind, held: held(class) }
    });
    let reasons = AGAIN_REASONS
        .iter()
        .map(|code| Reason { code: (*code).to_owned(), text: words::again(code).to_owned() });
    Ok(AgainOptions { slots: slots.collect(), reasons: reasons.collect() })
}

/// Asks again: the next round, which the customer finds on the page they have.
#[tauri::command]
pub(crate) async fn ask_again(shell: Managed<'_, Shell>, args: AskAgain) -> Answer<NewLink> {
    let desk = shell.desk()?;
    let AskAgain { request, slots, reason, destroy } = args;
    let again = desk::AskAgain { request: words::id(&request)?, slots, reason, destroy };
    if destroy {
        shell.end_reveals().await;
    }
    let link = desk.ask_again(again).await?;
    link_view(&desk, link, Occasion::Asking).await
}

/// A message that reminds of a link that waits; the ledger says that it was made.
#[tauri::command]
pub(crate) async fn remind(shell: Managed<'_, Shell>, args: String) -> Answer<Reminder> {
    let desk = shell.desk()?;
    let (link, reminders) = desk.remind(words::id(&args)?).await?;
    let link = link_view(&desk, link, Occasion::Reminding).await?;
    Ok(Reminder { link, times: u32::try_from(reminders.len()).unwrap_or(u32::MAX) })
}

/// Offers the customer a longer term, which only their yes begins.
#[tauri::command]
pub(crate) async fn offer_longer(shell: Managed<'_, Shell>, args: LongerTerm) -> Answer<()> {
    let id = words::id(&args.box_id)?;
    Ok(shell.desk()?.offer_longer(id, args.class.into(), args.until).await?)
}
