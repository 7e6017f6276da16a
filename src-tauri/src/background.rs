//! What goes on without a window: the idle lock, news of what arrived, the tray.

use crate::{Shell, view::Counts, windows::Alone};
use desk::{Desk, tables::request::Shelf};
use std::time::Duration;
use tauri::{
    AppHandle,
    menu::{MenuBuilder, MenuItemBuilder},
    tray::TrayIconBuilder,
};
use tauri_plugin_notification::NotificationExt;

/// How often somebody looks whether the desk was left alone for too long.
const LOOK: Duration = Duration::from_secs(5);
const TRAY: &str = "cloakroom";

/// Writes warnings to stderr, and never more: what a library traces may hold addresses and tokens.
pub(crate) fn write_log() {
    // A second run in one process keeps the first one's log.
    let _ = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .try_init();
}

/// Locks a desk that nobody used for as long as was chosen.
pub(crate) fn watch_idle(shell: &Shell) {
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            let Ok(desk) = shell.desk() else { continue };
            // Sheets that are being printed are shown once: their window is not taken away.
            if !desk.is_unlocked() || shell.shows(Alone::Start) {
                continue;
            }
            let allowed = desk.preferences().await.map_or(1, |preferences| preferences.lock_after);
            if shell.unused_for() >= u64::from(allowed) * 60 {
                shell.lock().await;
            }
        }
    });
}

/// Follows what changes: the tray says how many arrived, and the system is asked to tell of each.
pub(crate) fn watch_news(shell: &Shell, desk: &Desk) {
    let (shell, desk) = (shell.clone(), desk.clone());
    tauri::async_runtime::spawn(async move {
        let mut news = desk.news();
        let mut newest = newest_arrival(&desk).await;
        loop {
            let counts = desk.counts().await.map(Counts::from).unwrap_or_default();
            say_in_tray(&shell, counts.arrived);
            shell.end_reveals_of_what_is_gone(&desk).await;
            let arrivals = desk.inbox(Some(Shelf::Arrived), None, None, 10).await.unwrap_or_default();
            let fresh = arrivals.iter().filter(|row| row.moved > newest).map(|row| row.ticket.clone());
            let fresh: Vec<String> = fresh.collect();
            newest = arrivals.iter().map(|row| row.moved).max().unwrap_or(newest).max(newest);
            if !fresh.is_empty() && desk.preferences().await.is_ok_and(|preferences| preferences.notify) {
                notify(&shell, &fresh);
            }
            let unseen = desk.take_warnings();
            if !unseen.is_empty() && desk.preferences().await.is_ok_and(|preferences| preferences.notify) {
                notify_of_unseen(&shell, &unseen);
            }
            if news.changed().await.is_err() {
                return;
            }
        }
    });
}

async fn newest_arrival(desk: &Desk) -> u64 {
    let newest = desk.inbox(Some(Shelf::Arrived), None, None, 1).await.unwrap_or_default();
    newest.first().map_or(0, |row| row.moved)
}

/// A ticket reference and nothing else: notifications lie about on other people's screens.
fn notify(shell: &Shell, tickets: &[String]) {
    let text = match tickets {
        [one] => format!("Arrived for {one}"),
        more => format!("Arrived for {} tickets", more.len()),
    };
    show(shell, &text);
}

/// The same for what ends soon and nobody looked at.
fn notify_of_unseen(shell: &Shell, unseen: &[desk::tables::holding::EndsUnseen]) {
    let mut tickets: Vec<&str> = unseen.iter().map(|each| each.ticket.as_str()).collect();
    tickets.sort_unstable();
    tickets.dedup();
    let text = match tickets.as_slice() {
        [one] => format!("Ends soon unopened: {one}"),
        more => format!("Ends soon unopened: {} tickets", more.len()),
    };
    show(shell, &text);
}

fn show(shell: &Shell, text: &str) {
    let Ok(app) = shell.app() else { return };
    if let Err(error) = app.notification().builder().title("Cloakroom").body(text).show() {
        tracing::debug!(%error, "the system shows no notifications");
    }
}

/// Said when the window is closed: the app is still there, and why.
pub(crate) async fn say_still_here(shell: &Shell) {
    let Ok(desk) = shell.desk() else { return };
    if desk.preferences().await.is_ok_and(|preferences| preferences.notify) {
        show(
            shell,
            "Locked. Cloakroom goes on collecting and deleting; quit it in the tray or from its menu.",
        );
    }
}

/// The tray: show, lock, quit.
pub(crate) fn tray(shell: &Shell, app: &AppHandle) -> tauri::Result<()> {
    let open = MenuItemBuilder::with_id("open", "Open Cloakroom").build(app)?;
    let lock = MenuItemBuilder::with_id("lock", "Lock").build(app)?;
    let quit = MenuItemBuilder::with_id("quit", "Quit").build(app)?;
    let menu = MenuBuilder::new(app).items(&[&open, &lock]).separator().item(&quit).build()?;
    let shell = shell.clone();
    let mut tray =
        TrayIconBuilder::with_id(TRAY).tooltip("Cloakroom").menu(&menu).on_menu_event(move |_, event| {
            let shell = shell.clone();
            match event.id().as_ref() {
                "open" => shell.come_forward(),
                "lock" => drop(tauri::async_runtime::spawn(async move { shell.lock().await })),
                "quit" => drop(tauri::async_runtime::spawn(async move { shell.quit().await })),
                _ => {}
            }
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app).map(drop)
}

fn say_in_tray(shell: &Shell, arrived: u64) {
    if let Ok(app) = shell.app()
        && let Some(tray) = app.tray_by_id(TRAY)
    {
        let text =
            if arrived == 0 { "Cloakroom".to_owned() } else { format!("Cloakroom: {arrived} arrived") };
        let _ = tray.set_tooltip(Some(text));
    }
}
