//! Asking a customer: templates, the preview, the link.

use super::Answer;
use crate::{
    Shell,
    view::{Ask, Asks, Failure, FromTicket, ItemKind, Keeps, NewLink, Preview, Qr, TemplateView},
    words,
};
use desk::{Asked, Template, tables::slot::SlotKind};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;
use tauri::{AppHandle, State as Managed};
use tauri_plugin_clipboard_manager::ClipboardExt;

const DAY: u64 = 86_400;

/// Everything that can be asked for in one step.
#[tauri::command]
pub(crate) fn templates() -> Vec<TemplateView> {
    Template::ALL.into_iter().map(template_view).collect()
}

/// What the customer would see.
#[tauri::command]
pub(crate) async fn preview(shell: Managed<'_, Shell>, args: Ask) -> Answer<Preview> {
    let request = shell.desk()?.preview(&ask_for(args)?).await?;
    Ok(Preview { request })
}

/// Makes a request and its link.
#[tauri::command]
pub(crate) async fn ask(shell: Managed<'_, Shell>, args: Ask) -> Answer<NewLink> {
    let desk = shell.desk()?;
    let link = desk.ask(&ask_for(args)?).await?;
    new_link(&desk, link).await
}

/// The link of a round that still waits, once more.
#[tauri::command]
pub(crate) async fn link(shell: Managed<'_, Shell>, args: String) -> Answer<NewLink> {
    let desk = shell.desk()?;
    let link = desk.link(words::id(&args)?).await?;
    new_link(&desk, link).await
}

/// Copies a text that the window shows.
#[tauri::command]
pub(crate) fn copy(app: AppHandle, args: String) -> Answer<()> {
    app.clipboard().write_text(args).map_err(|_| {
        Failure::new(
            crate::view::FailureCode::Other,
            "The clipboard did not take it. Select the text and copy it with the keyboard.",
        )
    })
}

/// Takes a link back.
#[tauri::command]
pub(crate) async fn revoke(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    Ok(shell.desk()?.revoke(words::id(&args)?).await?)
}

/// Tries once more to collect what was sent.
#[tauri::command]
pub(crate) async fn collect_again(shell: Managed<'_, Shell>, args: String) -> Answer<()> {
    Ok(shell.desk()?.collect_again(words::id(&args)?).await?)
}

/// What a ticket's link asks to be filled in, once.
#[tauri::command]
pub(crate) fn from_ticket(shell: Managed<'_, Shell>) -> Answer<Option<FromTicket>> {
    shell.take_incoming()
}

fn ask_for(ask: Ask) -> Answer<desk::Ask> {
    let template = Template::from_code(&ask.template).ok_or_else(Failure::gone)?;
    Ok(desk::Ask { ticket: ask.ticket, template, client: String::new(), until: ask.until })
}

/// Why a link is handed over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    Asking,
    Reminding,
}

async fn new_link(desk: &desk::Desk, link: desk::NewLink) -> Answer<NewLink> {
    link_view(desk, link, Occasion::Asking).await
}

/// A link with its message: the ticket, the company and the deadline, and nothing about the customer.
pub(super) async fn link_view(desk: &desk::Desk, link: desk::NewLink, occasion: Occasion) -> Answer<NewLink> {
    let detail = desk.detail(link.request).await?;
    let round = detail.rounds.iter().find(|round| round.row.box_id == link.box_id);
    let slots = round.map(|round| round.slots.as_slice()).unwrap_or_default();
    let what = whats(slots.iter().map(|slot| slot.kind));
    let company = desk.company().await?.name;
    let (ticket, ends, url) = (&detail.row.ticket, words::moment(link.expires), &*link.url);
    let again = round.filter(|round| round.row.follows.is_some());
    let request = match (occasion, again) {
        (Occasion::Reminding, _) => {
            format!("we are still waiting for {what}. Please send it through this link, until {ends}")
        }
        (Occasion::Asking, Some(round)) => {
            let because = round.row.why.as_deref().map_or("", words::because);
            format!(
                "please send us {what} once more{because}. The page that you have leads there, and so does this link, \
                 until {ends}"
            )
        }
        (Occasion::Asking, None) => format!("please send us {what} through this link, until {ends}"),
    };
    let message = format!(
        "{company}, ticket {ticket}: {request}:\n\n{url}\n\nIt is encrypted in your browser and only {company} can \
         open it. The page says when it is deleted. Please do not send it by e-mail."
    );
    Ok(NewLink {
        request: link.request.to_string(),
        box_id: link.box_id.to_string(),
        qr: qr(&link.url)?,
        url: link.url.to_string(),
        message,
        phrase: link.phrase,
        expires: link.expires,
    })
}

/// "your identity document and card details".
fn whats(kinds: impl Iterator<Item = SlotKind>) -> String {
    let mut names: Vec<&str> = kinds
        .map(|kind| match kind {
            SlotKind::Document => "identity document",
            SlotKind::Card => "card details",
            SlotKind::Text => "answer",
        })
        .collect();
    names.dedup();
    if names.is_empty() { "what we asked for".to_owned() } else { format!("your {}", names.join(" and ")) }
}

fn template_view(template: Template) -> TemplateView {
    let asks = template.slots().into_iter().map(|slot| {
        let (label, kind) = match &slot.ask {
            Asked::Document { label, .. } => (label, ItemKind::Document),
            Asked::Card { label, .. } => (label, ItemKind::Card),
            Asked::Text { label, .. } => (label, ItemKind::Text),
        };
        Asks { label: label.clone(), class: slot.ask.class().into(), kind }
    });
    let keeps = template.retention().iter();
    TemplateView {
        code: template.code().to_owned(),
        title: template.title().to_owned(),
        purpose: template.purpose().to_owned(),
        asks: asks.collect(),
        keeps: keeps.map(|keep| Keeps { class: keep.class.into(), rule: keep.rule.to_owned() }).collect(),
        takes_date: template.takes_date(),
        days: u32::try_from(template.lifetime() / DAY).unwrap_or(u32::MAX),
    }
}

/// A QR code (ISO/IEC 18004) with a quarter of it to spare, for cameras that look at a screen.
fn qr(url: &str) -> Answer<Qr> {
    let code = QrCode::encode_text(url, QrCodeEcc::Quartile).map_err(|_| Failure::gone())?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    Ok(Qr { size: u32::try_from(code.size()).unwrap_or_default(), path })
}
