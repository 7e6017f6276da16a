//! Bring in: a window of its own takes files, a card or a text as raw bytes, and ends with all that was in it.

use super::{Answer, body};
use crate::{
    Shell,
    shell::guard,
    view::{BringSlot, BringSubject, BringTo, Bringing, Failure, ItemKind, Keeps},
    windows, words,
};
use desk::{Asked, Brought, Desk, Template, tables::round::RoundState};
use tauri::{State as Managed, ipc::Request};
use zeroize::Zeroizing;

/// Opens the window in which something is taken in.
#[tauri::command]
pub(crate) async fn open_bring(shell: Managed<'_, Shell>, args: BringTo) -> Answer<()> {
    // One at a time: what was begun for another request ends.
    shell.end_bringing();
    let desk = shell.desk()?;
    match &args {
        BringTo::Request { id } => drop(desk.detail(words::id(id)?).await?),
        BringTo::New { .. } => drop(to(&args)?),
    }
    *guard(&shell.bringing) = Some(args);
    shell.show_bring()
}

/// What this window is about.
#[tauri::command]
pub(crate) async fn bring_subject(shell: Managed<'_, Shell>) -> Answer<BringSubject> {
    let desk = shell.desk()?;
    let to = guard(&shell.bringing).clone().ok_or_else(Failure::gone)?;
    let (ticket, template, waits_for) = match to {
        BringTo::New { ticket, template, .. } => (ticket, template, Vec::new()),
        BringTo::Request { id } => {
            let detail = desk.detail(words::id(&id)?).await?;
            let waiting = detail
                .rounds
                .iter()
                .find(|round| matches!(round.row.state, RoundState::Waiting | RoundState::Sending));
            let slots = waiting.map(|round| round.slots.iter().map(|slot| slot.slot).collect());
            (detail.row.ticket, detail.row.template, slots.unwrap_or_default())
        }
    };
    let template = Template::from_code(&template).ok_or_else(Failure::gone)?;
    let keeps = template.retention().iter();
    Ok(BringSubject {
        ticket,
        title: template.title().to_owned(),
        slots: template.slots().into_iter().map(slot_view).collect(),
        waits_for,
        keeps: keeps.map(|keep| Keeps { class: keep.class.into(), rule: keep.rule.to_owned() }).collect(),
        limit: desk::LIMIT_BYTES,
        theme: desk.preferences().await?.theme.into(),
    })
}

/// Takes it in. The body holds one thing after the other, the header says which is which.
#[tauri::command]
pub(crate) async fn bring_in(shell: Managed<'_, Shell>, request: Request<'_>) -> Answer<()> {
    let desk = shell.desk()?;
    let items = cut(&request)?;
    let into = guard(&shell.bringing).clone().ok_or_else(Failure::gone)?;
    take(&desk, &into, items).await
}

/// The window is done: it ends, and the process behind it.
#[tauri::command]
pub(crate) fn bring_end(shell: Managed<'_, Shell>) {
    shell.end_bringing();
}

async fn take(desk: &Desk, into: &BringTo, items: Vec<Brought>) -> Answer<()> {
    desk.bring_in(to(into)?, items).await?;
    Ok(())
}

fn to(view: &BringTo) -> Answer<desk::BringTo> {
    Ok(match view {
        BringTo::Request { id } => desk::BringTo::Request(words::id(id)?),
        BringTo::New { ticket, template, until } => desk::BringTo::New(desk::Ask {
            ticket: ticket.clone(),
            template: Template::from_code(template).ok_or_else(Failure::gone)?,
            client: String::new(),
            until: *until,
        }),
    })
}

fn cut(request: &Request<'_>) -> Answer<Vec<Brought>> {
    let header = request.headers().get("bringing").and_then(|value| value.to_str().ok());
    let text = percent_encoding::percent_decode_str(header.ok_or_else(Failure::refused)?)
        .decode_utf8()
        .map_err(|_| Failure::refused())?;
    let bringing: Bringing = serde_json::from_str(&text).map_err(|_| Failure::refused())?;
    let bytes = body(request)?;
    let mut rest: &[u8] = &bytes;
    let mut items = Vec::with_capacity(bringing.items.len());
    for item in bringing.items {
        let length = usize::try_from(item.length).map_err(|_| Failure::refused())?;
        let (own, others) = rest.split_at_checked(length).ok_or_else(Failure::refused)?;
        rest = others;
        let bytes = Zeroizing::new(own.to_vec());
        items.push(Brought { slot: item.slot, name: item.name, bytes, redrawn: item.redrawn });
    }
    if rest.is_empty() { Ok(items) } else { Err(Failure::refused()) }
}

fn slot_view(slot: desk::Slot) -> BringSlot {
    let label = slot.ask.label().to_owned();
    let (kind, media, brands, most) = match slot.ask {
        Asked::Document { media, pages, .. } => (ItemKind::Document, media, Vec::new(), u32::from(pages)),
        Asked::Card { brands, .. } => {
            (ItemKind::Card, Vec::new(), brands.into_iter().map(words::brand).collect(), 1)
        }
        Asked::Text { max, .. } => (ItemKind::Text, Vec::new(), Vec::new(), u32::from(max)),
    };
    BringSlot { slot: slot.slot, label, kind, media, brands, most }
}

impl Shell {
    /// Ends the window in which something was to be taken in, and forgets what it was about.
    pub(crate) fn end_bringing(&self) {
        *guard(&self.bringing) = None;
        windows::destroy(self, windows::BRING);
    }
}
