//! The windows. At any time there is one of `start`, `unlock`, `main` and `trouble`, or none while the app is in the
//! tray; beside `main` a window for each item that is being revealed, and one to take something in. Each is a web process of its own: what was typed
//! or shown in it ends with it.

use crate::{Shell, start::Automation, view::Failure};
use tauri::{Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

/// A window that stands alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Alone {
    Start,
    Unlock,
    Main,
    Trouble,
}

/// The window in which something is taken in that came another way.
pub(crate) const BRING: &str = "bring";

struct Look {
    page: &'static str,
    size: (f64, f64),
    least: (f64, f64),
    resizable: bool,
}

impl Alone {
    const ALL: [Self; 4] = [Self::Start, Self::Unlock, Self::Main, Self::Trouble];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Unlock => "unlock",
            Self::Main => "main",
            Self::Trouble => "trouble",
        }
    }

    const fn look(self) -> Look {
        match self {
            Self::Start => {
                Look { page: "start.html", size: (760.0, 680.0), least: (560.0, 480.0), resizable: true }
            }
            Self::Unlock => {
                Look { page: "unlock.html", size: (420.0, 400.0), least: (340.0, 340.0), resizable: true }
            }
            Self::Main => {
                Look { page: "index.html", size: (1100.0, 720.0), least: (640.0, 420.0), resizable: true }
            }
            Self::Trouble => {
                Look { page: "trouble.html", size: (520.0, 380.0), least: (400.0, 300.0), resizable: true }
            }
        }
    }
}

impl Shell {
    /// Shows one window that stands alone, and ends the others with all that was in them.
    pub(crate) fn turn_to(&self, alone: Alone) -> Result<(), Failure> {
        let shown = self.show(alone);
        for other in Alone::ALL.into_iter().filter(|other| *other != alone) {
            destroy(self, other.label());
        }
        shown
    }

    /// Whether such a window is open.
    pub(crate) fn shows(&self, alone: Alone) -> bool {
        self.app().is_ok_and(|app| app.get_webview_window(alone.label()).is_some())
    }

    fn show(&self, alone: Alone) -> Result<(), Failure> {
        if let Some(window) = self.app()?.get_webview_window(alone.label()) {
            bring_forward(&window);
            return Ok(());
        }
        build(self, alone.label(), &alone.look()).map(drop)
    }

    /// Opens the window in which something is taken in.
    pub(crate) fn show_bring(&self) -> Result<(), Failure> {
        let look = Look { page: "bring.html", size: (620.0, 720.0), least: (440.0, 420.0), resizable: true };
        build(self, BRING, &look).map(drop)
    }

    /// Opens the window in which an item is revealed, or shows it.
    pub(crate) fn show_reveal(&self, label: &str, card: bool) -> Result<(), Failure> {
        if let Some(window) = self.app()?.get_webview_window(label) {
            bring_forward(&window);
            return Ok(());
        }
        let size = if card { (560.0, 520.0) } else { (900.0, 720.0) };
        build(self, label, &Look { page: "reveal.html", size, least: (420.0, 360.0), resizable: true })
            .map(drop)
    }
}

/// Ends a window, and the process behind it.
pub(crate) fn destroy(shell: &Shell, label: &str) {
    if let Ok(app) = shell.app()
        && let Some(window) = app.get_webview_window(label)
        && let Err(error) = window.destroy()
    {
        tracing::error!(%error, "a window could not be closed");
    }
}

fn bring_forward(window: &WebviewWindow) {
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

fn build(shell: &Shell, label: &str, look: &Look) -> Result<WebviewWindow, Failure> {
    let app = shell.app()?;
    // Private browsing keeps nothing on disk; a driver is let into the common session only.
    let private = shell.automation == Automation::Refused;
    WebviewWindowBuilder::new(&app, label, WebviewUrl::App(look.page.into()))
        .title("Cloakroom")
        .inner_size(look.size.0, look.size.1)
        .min_inner_size(look.least.0, look.least.1)
        .resizable(look.resizable)
        .center()
        .incognito(private)
        .content_protected(true)
        .disable_drag_drop_handler()
        .on_navigation(is_ours)
        .build()
        .map_err(|error| {
            tracing::error!(%error, "a window could not be opened");
            Failure::new(
                crate::view::FailureCode::Other,
                "The system gave no window. Close other programs and try again.",
            )
        })
}

/// A window goes nowhere but to our own pages.
fn is_ours(url: &tauri::Url) -> bool {
    url.scheme() == "tauri" || (url.host_str() == Some("tauri.localhost") && url.scheme().starts_with("http"))
}
