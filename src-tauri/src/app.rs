//! The app from its command line to its end.

use crate::{
    Arguments, Automation, Refusal, Shell, background, commands, once, start, view::Failure, windows::Alone,
};
use desk::{Clock, Desk, DeskConfig, DeskError, Keychain, VaultError};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};

/// Opens the app and returns when it ended.
///
/// # Errors
/// [`Refusal`] when the environment asks for what this program must not do, or the system has no window to give.
pub fn run(arguments: Arguments, automation: Automation, clock: Arc<dyn Clock>) -> Result<(), Refusal> {
    start::check(automation, std::env::var_os(start::AUTOMATION).as_deref())?;
    background::write_log();
    let context = tauri::generate_context!();
    let folder = arguments.data_dir.clone().or_else(default_folder).ok_or(Refusal::NoFolder)?;
    start::check_screen(&["DISPLAY", "WAYLAND_DISPLAY"].map(std::env::var_os))?;
    let mut config = DeskConfig::new(&folder);
    config.page = arguments.page.clone();
    config.clock = clock;
    config.keychain = Keychain::System;
    #[cfg(target_os = "linux")]
    {
        config.transport = crate::proxies::transport();
    }
    let shell = Shell::new(config, automation);
    shell.was_given(&arguments);

    let (door, once_shell, setup_shell, again) =
        (commands::door(shell.clone()), shell.clone(), shell.clone(), shell.clone());
    let app = tauri::Builder::default()
        .plugin(
            tauri_plugin_single_instance::Builder::new()
                .dbus_id(instance_id(&folder))
                .callback(move |_, words, _| again.was_started_again(words))
                .build(),
        )
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(
            tauri_plugin_window_state::Builder::new()
                // An absolute name: it lies with everything else this desk owns.
                .with_filename(folder.join("windows.json").to_string_lossy().into_owned())
                .with_filter(|label| label == Alone::Main.label())
                .build(),
        )
        .manage(shell.clone())
        .invoke_handler(door)
        .register_asynchronous_uri_scheme_protocol(once::SCHEME, move |window, request, responder| {
            responder.respond(once_shell.once.answer(window.webview_label(), &request));
        })
        .setup(move |app| {
            setup_shell.set_up(app.handle());
            Ok(())
        })
        .build(context)
        .map_err(|_| Refusal::NoWindow)?;
    app.run(move |_, event| shell.hear(event));
    Ok(())
}

/// How long the Cloakroom that is just ending is waited for, and how often it is looked.
const ENDING: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(100);

/// Opens the vault. Who ends Cloakroom and starts it again at once finds the vault or the port still taken: its last
/// writes come first.
async fn open_when_free(config: DeskConfig) -> Result<Desk, DeskError> {
    let begun = Instant::now();
    loop {
        match Desk::open(config.clone()).await {
            Err(DeskError::Vault(VaultError::InUse) | DeskError::RelayStart(_))
                if begun.elapsed() < ENDING =>
            {
                tokio::time::sleep(LOOK).await;
            }
            opened => return opened,
        }
    }
}

impl Shell {
    fn set_up(&self, app: &AppHandle) {
        *crate::shell::guard(&self.app) = Some(app.clone());
        if let Err(error) = background::tray(self, app) {
            tracing::warn!(%error, "there is no tray");
        }
        let shell = self.clone();
        tauri::async_runtime::spawn(async move { shell.begin().await });
        background::watch_idle(self);
    }

    /// Opens the vault, and the window that goes with what came of it.
    pub(crate) async fn begin(&self) {
        let _turn = self.turning.lock().await;
        let mut config = self.config.clone();
        if config.page.is_none() {
            config.page = self.app().ok().and_then(|app| page_folder(&app));
        }
        let next = match open_when_free(config).await {
            Ok(desk) => {
                background::watch_news(self, &desk);
                self.runs(desk);
                Alone::Unlock
            }
            Err(DeskError::Vault(VaultError::NoVault)) => Alone::Start,
            Err(error) => {
                tracing::error!(%error, "the vault could not be opened");
                self.is_in_trouble(error.into());
                Alone::Trouble
            }
        };
        self.turn(next);
    }

    /// The config a vault is founded with.
    pub(crate) fn founding_config(&self) -> DeskConfig {
        let mut config = self.config.clone();
        if config.page.is_none() {
            config.page = self.app().ok().and_then(|app| page_folder(&app));
        }
        config
    }

    /// Shows a window, or says in the log why not.
    pub(crate) fn turn(&self, alone: Alone) {
        if let Err(Failure { text, .. }) = self.turn_to(alone) {
            tracing::error!(text, "no window");
        }
    }

    /// Somebody started Cloakroom again, or chose it in the tray.
    pub(crate) fn come_forward(&self) {
        let alone = match self.desk() {
            Ok(desk) if desk.is_unlocked() => Alone::Main,
            Ok(_) => Alone::Unlock,
            Err(_) if self.trouble().is_some() => Alone::Trouble,
            Err(_) if self.is_ending() => return,
            Err(_) => Alone::Start,
        };
        self.turn(alone);
    }

    /// Locks: everything revealed ends, then the keys go, then the lock screen takes the window's place.
    pub(crate) async fn lock(&self) {
        let _turn = self.turning.lock().await;
        self.end_bringing();
        self.end_reveals().await;
        let Ok(desk) = self.desk() else { return };
        if !desk.is_unlocked() {
            return;
        }
        desk.lock();
        self.turn(Alone::Unlock);
    }

    /// Closes everything and ends the app.
    pub(crate) async fn quit(&self) {
        self.end_bringing();
        self.end_reveals().await;
        if let Some(desk) = self.ends() {
            desk.close().await;
        }
        if let Ok(app) = self.app() {
            app.exit(0);
        }
    }

    fn hear(&self, event: RunEvent) {
        match event {
            // The last window was closed: collecting and purging go on, in the tray.
            RunEvent::ExitRequested { api, code: None, .. }
                if !self.is_ending() && !self.nothing_to_keep() =>
            {
                api.prevent_exit();
            }
            RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. } => {
                if label.starts_with("reveal-") {
                    // It is recorded that it was covered, and then it is destroyed.
                    api.prevent_close();
                    let shell = self.clone();
                    tauri::async_runtime::spawn(async move { shell.end_reveal(&label).await });
                } else if label == Alone::Main.label()
                    || (label == Alone::Start.label() && !self.nothing_to_keep())
                {
                    api.prevent_close();
                    let shell = self.clone();
                    tauri::async_runtime::spawn(async move { shell.leave().await });
                }
            }
            _ => {}
        }
    }

    /// The main window was closed: the desk locks and goes on in the tray.
    async fn leave(&self) {
        let _turn = self.turning.lock().await;
        self.end_bringing();
        self.end_reveals().await;
        if let Ok(desk) = self.desk() {
            desk.lock();
        }
        crate::windows::destroy(self, Alone::Main.label());
        crate::windows::destroy(self, Alone::Start.label());
        background::say_still_here(self).await;
    }

    /// Without a vault there is nothing that must go on.
    fn nothing_to_keep(&self) -> bool {
        self.desk().is_err()
    }
}

/// Where the system keeps a program's data.
fn default_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .map(|data| data.join("cloakroom"))
}

/// The customer's page: beside the program, or in the checkout that a build for development was made in.
fn page_folder(app: &AppHandle) -> Option<PathBuf> {
    let beside = app.path().resource_dir().ok().map(|folder| folder.join("drop"));
    let checkout = cfg!(debug_assertions).then(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/drop/dist"));
    [beside, checkout].into_iter().flatten().find(|folder| folder.join("index.html").is_file())
}

/// One instance per data folder: a name on the session bus that stands for the folder, and says nothing about it.
fn instance_id(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    format!("org.cloakroom.desk.d{}", desk::short_hash(whole.as_os_str().as_encoded_bytes()))
}
