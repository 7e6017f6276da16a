//! Revealing: a window of its own for each item, which alone may open it.

use super::{Answer, overview};
use crate::{
    Shell,
    reveals::{Reveal, SHOWN_FOR},
    view::{Failure, ItemKind, Reason, RevealAsk, Shown, Subject},
    words,
};
use desk::{Card, REASONS, Revealed};
use std::time::Duration;
use tauri::{State as Managed, WebviewWindow};
use zeroize::Zeroizing;

/// Opens the window in which an item is revealed.
#[tauri::command]
pub(crate) async fn open_reveal(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    let item = words::item(&args)?;
    let desk = shell.desk()?;
    let request = desk.request_of(item.box_id).await?;
    let masked = desk
        .items(request)
        .await?
        .into_iter()
        .find(|masked| masked.item == item)
        .ok_or_else(Failure::gone)?;
    let template = desk.detail(request).await?.row.template;
    let (_, kind) = overview::asked(&template, masked.slot);
    let (label, _) = shell.reveals.label(item, request);
    shell.show_reveal(&label, kind != ItemKind::Document)
}

/// The person turned to something else: everything revealed is covered.
#[tauri::command]
pub(crate) async fn left_request(shell: Managed<'_, Shell>) -> Answer<()> {
    shell.end_reveals().await;
    Ok(())
}

/// What this window is about.
#[tauri::command]
pub(crate) async fn subject(window: WebviewWindow, shell: Managed<'_, Shell>) -> Answer<Subject> {
    let Reveal { item, request, .. } = this(&shell, &window)?;
    let desk = shell.desk()?;
    let detail = desk.detail(request).await?;
    let items = desk.items(request).await?;
    let masked = items.into_iter().find(|masked| masked.item == item).ok_or_else(Failure::gone)?;
    let (label, kind) = overview::asked(&detail.row.template, masked.slot);
    let looks = detail
        .rounds
        .into_iter()
        .filter(|round| round.row.box_id == item.box_id)
        .flat_map(|round| round.looks);
    let looks = looks.filter(|look| look.slot == masked.slot).map(|look| overview::look(&desk, look));
    Ok(Subject {
        ticket: detail.row.ticket,
        label,
        class: masked.class.into(),
        kind,
        described: masked.described.as_ref().map(overview::described),
        arrived: masked.arrived,
        looks: looks.collect(),
        reasons: REASONS
            .iter()
            .filter(|code| fits(code, kind))
            .map(|code| Reason { code: (*code).to_owned(), text: words::reason(code) })
            .collect(),
        seconds: SHOWN_FOR,
        person: desk.person_name().unwrap_or_default(),
        theme: desk.preferences().await?.theme.into(),
    })
}

/// Opens the item, the ledger first, and puts it where this window alone can read it once.
#[tauri::command]
pub(crate) async fn reveal(
    window: WebviewWindow,
    shell: Managed<'_, Shell>,
    args: RevealAsk,
) -> Answer<Shown> {
    let Reveal { item, .. } = this(&shell, &window)?;
    let desk = shell.desk()?;
    let note = args.note.map(Zeroizing::new).filter(|note| !note.trim().is_empty());
    let revealed = desk.reveal(item, &args.reason, note).await?;
    let label = window.label().to_owned();
    let put = |value: Zeroizing<Vec<u8>>| -> Answer<String> {
        Ok(shell.once.put(&label, value, &desk::random_name(&shell.config)?))
    };
    let (seconds, at) = (SHOWN_FOR, desk.now());
    let shown = match revealed {
        Revealed::Picture(pixels) => {
            let (width, height) = (pixels.width(), pixels.height());
            Shown::Picture { address: put(pixels.into_rgba())?, width, height, seconds, at }
        }
        Revealed::Card(card) => Shown::Card { address: put(card_json(&card)?)?, seconds, at },
        Revealed::Text(text) => {
            Shown::Text { address: put(Zeroizing::new(text.as_bytes().to_vec()))?, seconds, at }
        }
        Revealed::NotViewable { media_type } => return Ok(Shown::NotViewable { media_type }),
    };
    if !shell.reveals.shows(&label) {
        // Closed, or locked, while it was being opened.
        shell.once.forget(&label);
        let _ = desk.hide(item).await;
        return Err(Failure::gone());
    }
    cover_in_time(&shell, label);
    Ok(shown)
}

/// Covers it again.
#[tauri::command]
pub(crate) async fn hide(window: WebviewWindow, shell: Managed<'_, Shell>) -> Answer<()> {
    shell.end_reveal(window.label()).await;
    Ok(())
}

/// Nobody opens a passport to charge a card, or a card to see who somebody is.
fn fits(reason: &str, kind: ItemKind) -> bool {
    match reason {
        "verify-identity" => kind == ItemKind::Document,
        "charge-card" => kind == ItemKind::Card,
        _ => true,
    }
}

fn this(shell: &Shell, window: &WebviewWindow) -> Answer<Reveal> {
    shell.reveals.get(window.label()).ok_or_else(Failure::gone)
}

/// The window is ended from here, whatever its page does.
fn cover_in_time(shell: &Shell, label: String) {
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(Duration::from_secs(SHOWN_FOR.into())).await;
        shell.end_reveal(&label).await;
    });
}

/// `{"number":"…","month":5,"year":2027,"holder":"…"}`, made without copies that nobody wipes.
fn card_json(card: &Card) -> Answer<Zeroizing<Vec<u8>>> {
    card.encode().map_err(|_| Failure::gone())
}
