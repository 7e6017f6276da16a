//! What the app is doing, shared by every command and every window.

use crate::{
    once::OnceStore,
    reveals::Reveals,
    start::Automation,
    view::{Failure, FailureCode, FromTicket},
};
use desk::{Desk, DeskConfig};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};
use tauri::AppHandle;

/// The app. Clones share it.
#[derive(Clone)]
pub(crate) struct Shell(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: DeskConfig,
    pub(crate) automation: Automation,
    pub(crate) app: Mutex<Option<AppHandle>>,
    stage: Mutex<Stage>,
    pub(crate) once: OnceStore,
    pub(crate) reveals: Reveals,
    /// What a ticket's link asked for, until the main window takes it.
    pub(crate) incoming: Mutex<Option<FromTicket>>,
    used: Mutex<Used>,
    refusals: Mutex<u32>,
    /// What the window is about in which something is taken in.
    pub(crate) bringing: Mutex<Option<crate::view::BringTo>>,
    /// One change of windows at a time.
    pub(crate) turning: tokio::sync::Mutex<()>,
}

/// How far it has come.
enum Stage {
    /// The vault is being opened, or there is none yet.
    Beginning,
    /// It could not be opened.
    Trouble(Failure),
    /// It runs.
    Running(Desk),
    /// It is on its way out.
    Ending,
}

/// When the window was last used, by two clocks: one stands still while the machine sleeps, the other can be set back.
struct Used {
    steady: Instant,
    wall: SystemTime,
}

impl std::ops::Deref for Shell {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Shell {
    pub(crate) fn new(config: DeskConfig, automation: Automation) -> Self {
        Self(Arc::new(Inner {
            config,
            automation,
            app: Mutex::new(None),
            stage: Mutex::new(Stage::Beginning),
            once: OnceStore::default(),
            reveals: Reveals::default(),
            incoming: Mutex::new(None),
            used: Mutex::new(Used { steady: Instant::now(), wall: SystemTime::now() }),
            refusals: Mutex::new(0),
            bringing: Mutex::new(None),
            turning: tokio::sync::Mutex::new(()),
        }))
    }

    /// The running desk.
    pub(crate) fn desk(&self) -> Result<Desk, Failure> {
        match &*guard(&self.stage) {
            Stage::Running(desk) => Ok(desk.clone()),
            Stage::Trouble(failure) => Err(failure.clone()),
            Stage::Beginning => {
                Err(Failure::new(FailureCode::Locked, "Cloakroom is starting. Try again in a moment."))
            }
            Stage::Ending => Err(Failure::new(FailureCode::Other, "Cloakroom is closing. Start it again.")),
        }
    }

    /// Why it does not run, if that is so.
    pub(crate) fn trouble(&self) -> Option<Failure> {
        match &*guard(&self.stage) {
            Stage::Trouble(failure) => Some(failure.clone()),
            _ => None,
        }
    }

    pub(crate) fn runs(&self, desk: Desk) {
        *guard(&self.stage) = Stage::Running(desk);
        self.is_used();
    }

    pub(crate) fn is_in_trouble(&self, failure: Failure) {
        *guard(&self.stage) = Stage::Trouble(failure);
    }

    /// Out of trouble, for another try; false where there is none, or somebody tries already.
    pub(crate) fn begins_again(&self) -> bool {
        let mut stage = guard(&self.stage);
        let is_in_trouble = matches!(&*stage, Stage::Trouble(_));
        if is_in_trouble {
            *stage = Stage::Beginning;
        }
        is_in_trouble
    }

    /// Takes the desk out, to be closed.
    pub(crate) fn ends(&self) -> Option<Desk> {
        match std::mem::replace(&mut *guard(&self.stage), Stage::Ending) {
            Stage::Running(desk) => Some(desk),
            _ => None,
        }
    }

    pub(crate) fn is_ending(&self) -> bool {
        matches!(&*guard(&self.stage), Stage::Ending)
    }

    /// Somebody uses a window.
    pub(crate) fn is_used(&self) {
        *guard(&self.used) = Used { steady: Instant::now(), wall: SystemTime::now() };
    }

    /// Seconds since, by whichever clock counts more.
    pub(crate) fn unused_for(&self) -> u64 {
        let used = guard(&self.used);
        let wall = used.wall.elapsed().map_or(0, |passed| passed.as_secs());
        used.steady.elapsed().as_secs().max(wall)
    }

    /// A window asked for what it is not granted: said in the log and on every window that shows troubles.
    pub(crate) fn refused(&self, window: &str, command: &str) {
        let kind = window.split('-').next().unwrap_or_default();
        // Only names of the list are repeated; anything else was invented by the caller.
        let known = crate::commands::GRANTS.iter().flat_map(|(_, commands)| commands.iter());
        let command = known.copied().find(|name| *name == command).unwrap_or("an unknown command");
        *guard(&self.refusals) += 1;
        tracing::warn!(window = kind, command, "a window asked for what it may not; refused");
    }

    /// What was refused since the start, in words.
    pub(crate) fn refusals(&self) -> Option<String> {
        let count = *guard(&self.refusals);
        (count > 0).then(|| {
            format!(
                "A window asked {count} times for what it may not do, and was refused. Restart Cloakroom; if this \
                 comes back, tell whoever looks after this computer."
            )
        })
    }

    pub(crate) fn app(&self) -> Result<AppHandle, Failure> {
        guard(&self.app)
            .clone()
            .ok_or_else(|| Failure::new(FailureCode::Other, "Cloakroom is starting. Try again in a moment."))
    }
}

pub(crate) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
