//! The frame of the main window, the inbox, one request.

use super::Answer;
use crate::{
    Shell,
    view::{
        Clock, Cursor, Described, HoldingView, InboxPage, InboxQuery, InboxRow, ItemKind, ItemView, Look,
        RequestView, RoundView, State, Trouble,
    },
    words,
};
use desk::{
    Asked, Desk, MaskedItem, RequestDetail, RoundDetail, Template,
    tables::{
        holding::{HoldingRow, HoldingState},
        look::{LookKind, LookRow},
        round::{RoundRow, RoundState, Way},
    },
};
use std::time::Duration;
use tauri::State as Managed;

/// Rows a page holds at most.
const PAGE_MAX: u32 = 500;
/// A call that waits answers now and then even without news: windows that are gone are not waited for for ever.
const WAIT: Duration = Duration::from_secs(50);

/// What the main window always shows.
#[tauri::command]
pub(crate) async fn state(shell: Managed<'_, Shell>) -> Answer<State> {
    let desk = shell.desk()?;
    let news = *desk.news().borrow();
    let mut troubles: Vec<Trouble> = desk
        .troubles()
        .into_iter()
        .map(|trouble| Trouble { about: trouble.about.to_owned(), text: words::sentence(&trouble.text) })
        .collect();
    troubles.extend(unseen(&desk).await?.map(|text| Trouble { about: "unseen".to_owned(), text }));
    troubles.extend(shell.refusals().map(|text| Trouble { about: "alarm".to_owned(), text }));
    Ok(State {
        news,
        person: desk.person_name().unwrap_or_default(),
        company: desk.company().await?.into(),
        counts: desk.counts().await?.into(),
        troubles,
        clock: desk.clock_jump().map(|jump| Clock { confirmed: jump.confirmed, claimed: jump.claimed }),
        now: desk.now(),
        origin: desk.origin().to_owned(),
        ledger: desk.ledger_seen().into(),
        preferences: desk.preferences().await?.into(),
        incoming: shell.has_incoming(),
    })
}

/// What ends within a day and nobody looked at, in a sentence.
async fn unseen(desk: &Desk) -> Answer<Option<String>> {
    let unseen = desk.ends_unseen().await?;
    let Some(first) = unseen.first() else { return Ok(None) };
    let mut tickets: Vec<&str> = unseen.iter().map(|each| each.ticket.as_str()).collect();
    tickets.sort_unstable();
    tickets.dedup();
    let when = words::moment(first.due);
    Ok(Some(match tickets.as_slice() {
        [ticket] => format!("What came for {ticket} is destroyed {when}, and nobody has looked at it."),
        tickets => format!(
            "What came for {} tickets is destroyed within a day, the first of it {when}, and nobody has looked: {}.",
            tickets.len(),
            tickets.join(", ")
        ),
    }))
}

/// Answers as soon as there is other news than this.
#[tauri::command]
pub(crate) async fn wait(shell: Managed<'_, Shell>, args: u64) -> Answer<u64> {
    other_news(&shell, args).await
}

pub(super) async fn other_news(shell: &Shell, seen: u64) -> Answer<u64> {
    let mut news = shell.desk()?.news();
    let changed = news.wait_for(|count| *count != seen);
    Ok(match tokio::time::timeout(WAIT, changed).await {
        Ok(Ok(count)) => *count,
        _ => seen,
    })
}

/// A page of the inbox.
#[tauri::command]
pub(crate) async fn inbox(shell: Managed<'_, Shell>, args: InboxQuery) -> Answer<InboxPage> {
    let after = args
        .after
        .map(|cursor| Ok::<_, crate::view::Failure>((cursor.at, words::id(&cursor.id)?)))
        .transpose()?;
    let limit = args.limit.clamp(1, PAGE_MAX);
    let desk = shell.desk()?;
    let rows = desk.inbox(args.shelf.map(Into::into), args.ticket, after, limit).await?;
    let hints = desk.hints(rows.iter().map(|row| row.id).collect()).await?;
    let full = rows.len() as u64 == u64::from(limit);
    let next = rows.last().filter(|_| full).map(|row| Cursor { at: row.moved, id: row.id.to_string() });
    let rows = rows.into_iter().zip(hints).map(|(row, hint)| InboxRow {
        id: row.id.to_string(),
        title: title(&row.template),
        ticket: row.ticket,
        shelf: row.shelf.into(),
        created: row.created,
        moved: row.moved,
        due: row.due,
        remind: hint.remind.map(|id| id.to_string()),
        ends_unseen: hint.ends_unseen,
    });
    Ok(InboxPage { rows: rows.collect(), next })
}

/// One request, its items masked.
#[tauri::command]
pub(crate) async fn request(shell: Managed<'_, Shell>, args: String) -> Answer<RequestView> {
    let desk = shell.desk()?;
    let id = words::id(&args)?;
    let detail = desk.detail(id).await?;
    let items = desk.items(id).await?;
    let claim = super::replying::claim(&desk, &detail).await?;
    let replies = super::replying::replies(&desk, &detail).await?;
    Ok(RequestView { claim, replies, ..request_view(&desk, detail, &items) })
}

/// A person says that the machine's clock is right.
#[tauri::command]
pub(crate) async fn believe_clock(shell: Managed<'_, Shell>) -> Answer<()> {
    Ok(shell.desk()?.believe_clock().await?)
}

fn request_view(desk: &Desk, detail: RequestDetail, items: &[MaskedItem]) -> RequestView {
    let RequestDetail { row, ticket, over_there, rounds } = detail;
    let open = ticket.state == desk::tables::ticket::TicketState::Open;
    let template = row.template;
    RequestView {
        id: row.id.to_string(),
        ticket: row.ticket,
        ticket_state: ticket.state.into(),
        title: title(&template),
        shelf: row.shelf.into(),
        created: row.created,
        due: row.due,
        over_there,
        claim: None,
        replies: Vec::new(),
        rounds: rounds.into_iter().map(|round| round_view(desk, round, &template, items, open)).collect(),
        template,
    }
}

fn round_view(
    desk: &Desk,
    round: RoundDetail,
    template: &str,
    items: &[MaskedItem],
    open: bool,
) -> RoundView {
    let RoundDetail { row, holdings, looks, reminders, answered, taken_back, .. } = round;
    let now = desk.now();
    let of_round = items.iter().filter(|item| item.item.box_id == row.box_id);
    RoundView {
        box_id: row.box_id.to_string(),
        number: row.number,
        state: row.state.into(),
        opened: row.opened,
        expires: row.expires,
        arrived: row.arrived,
        problem: row.problem.as_deref().map(words::problem),
        taken_back: taken_back.as_deref().map(words::taken_back),
        holdings: holdings
            .into_iter()
            .map(|held| HoldingView {
                kept_until: held.kept_until,
                unseen: is_unseen(&row, &held, &looks, now),
                offered: held.offered,
                longest: longest(&row, &held, open, now),
                class: held.class.into(),
                state: held.state.into(),
                due: held.due,
                rule: held.rule.as_deref().map(words::rule),
                if_closed: row.arrived.map(|arrived| desk::due_if_closed(&held, arrived, desk.now())),
                promised: held.term_max,
                purge: held.purge.map(|purge| purge.to_string()),
            })
            .collect(),
        items: of_round.map(|item| item_view(item, template)).collect(),
        looks: looks.into_iter().map(|look| self::look(desk, look)).collect(),
        way: row.way.into(),
        again: row.follows.is_some(),
        why: row.why.as_deref().map(|code| words::again(code).to_owned()),
        answered,
        remind_now: desk::reminder_is_due(row.state, row.opened, row.expires, &reminders, now),
        reminders: reminders.into_iter().map(|reminder| reminder.at).collect(),
    }
}

/// Ends within a day, came from the customer, and nobody opened it. What a closed ticket ends was decided.
fn is_unseen(row: &RoundRow, held: &HoldingRow, looks: &[LookRow], now: u64) -> bool {
    row.arrived.is_some()
        && row.way == Way::Link
        && held.state == HoldingState::Alive
        && held.rule.as_deref() != Some("ticket-closed")
        && held.due.is_some_and(|due| due <= now + desk::WARN_BEFORE[0])
        && !looks.iter().any(|look| look.class == held.class && look.what == LookKind::Opened)
}

/// Until when a longer term may be offered: no later than what was promised, and while its own still runs.
fn longest(row: &RoundRow, held: &HoldingRow, open: bool, now: u64) -> Option<u64> {
    let ends = desk::term(held, row.arrived?);
    let may = open
        && row.state == RoundState::Collected
        && row.way != Way::Desk
        && held.state == HoldingState::Alive
        && ends > now
        && ends < held.term_max;
    may.then_some(held.term_max)
}

pub(super) fn look(desk: &Desk, look: desk::tables::look::LookRow) -> Look {
    Look {
        at: look.at,
        who: words::person(desk, look.person),
        class: look.class.into(),
        slot: look.slot,
        what: look.what.into(),
        reason: look.reason.as_deref().map(words::reason),
    }
}

fn item_view(item: &MaskedItem, template: &str) -> ItemView {
    let (label, kind) = asked(template, item.slot);
    ItemView {
        item: words::item_name(item.item),
        class: item.class.into(),
        slot: item.slot,
        label,
        kind,
        arrived: item.arrived,
        described: item.described.as_ref().map(described),
        lost: item.missing == Some(desk::Missing::Lost),
        missing: item.missing.map(|missing| crate::view::sentences(&missing.to_string())),
    }
}

pub(super) fn described(described: &desk::Described) -> Described {
    Described {
        name: described.name.clone(),
        media_type: described.media_type.clone(),
        viewable: described.viewable,
        length: described.length,
        preview: described.preview.clone(),
    }
}

/// What a template's slot asks for. Templates are part of the program: one it does not know came from a newer one.
pub(super) fn asked(template: &str, slot: u8) -> (String, ItemKind) {
    let slots = Template::from_code(template).map(Template::slots).unwrap_or_default();
    let ask = slots.into_iter().find(|asked| asked.slot == slot).map(|asked| asked.ask);
    match ask {
        Some(Asked::Document { label, .. }) => (label, ItemKind::Document),
        Some(Asked::Card { label, .. }) => (label, ItemKind::Card),
        Some(Asked::Text { label, .. }) => (label, ItemKind::Text),
        None => ("Something else".to_owned(), ItemKind::Document),
    }
}

pub(super) fn title(template: &str) -> String {
    Template::from_code(template).map_or("Something else", Template::title).to_owned()
}
