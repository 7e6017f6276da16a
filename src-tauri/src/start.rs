use std::ffi::{OsStr, OsString};

/// The web view hands itself over to whoever holds its automation socket when this is set.
pub(crate) const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";

/// Whether another program may drive the windows. Only the program that tests build allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automation {
    /// Never.
    Refused,
    /// If the environment asks for it.
    Allowed,
}

/// Why the app did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// [`AUTOMATION`] is set, and this program is not made for tests.
    Automation,
    /// There is no home folder to keep anything in.
    NoFolder,
    /// The system gives no window.
    NoWindow,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Automation => {
                "TAURI_WEBVIEW_AUTOMATION is set, which would let another program work this window; \
                 unset it and start again (tests use the program cloakroom-automated)"
            }
            Self::NoFolder => "there is no home folder to keep the vault in; name one with --data-dir",
            Self::NoWindow => "the system gave Cloakroom no window; start it from a desktop session",
        })
    }
}

impl std::error::Error for Refusal {}

/// Refuses an environment that would open the window to other programs. `asked` is the variable's value: the
/// web view obeys `true` only, but whoever set it to anything meant something we do not do.
pub(crate) fn check(automation: Automation, asked: Option<&OsStr>) -> Result<(), Refusal> {
    match (automation, asked) {
        (Automation::Refused, Some(_)) => Err(Refusal::Automation),
        _ => Ok(()),
    }
}

/// Refuses to start where there is no screen: the toolkit would end the program in its own words.
pub(crate) fn check_screen(screens: &[Option<OsString>]) -> Result<(), Refusal> {
    let is_named = screens.iter().flatten().any(|screen| !screen.is_empty());
    if is_named || !cfg!(target_os = "linux") { Ok(()) } else { Err(Refusal::NoWindow) }
}
