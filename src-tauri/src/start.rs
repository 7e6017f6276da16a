use std::ffi::OsStr;

/// The web view hands itself over to whoever holds its automation socket when this is set.
pub(crate) const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";

/// Why the app did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// [`AUTOMATION`] is set, and this build is not made for tests.
    Automation,
    /// The system gives no window.
    NoWindow,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Automation => {
                "TAURI_WEBVIEW_AUTOMATION is set, which would let another program work this window; \
                 unset it and start again (tests build with the feature `automation`)"
            }
            Self::NoWindow => "the system gave Cloakroom no window; start it from a desktop session",
        })
    }
}

impl std::error::Error for Refusal {}

/// Refuses an environment that would open the window to other programs. `automation` is the variable's value: the
/// web view obeys `true` only, but whoever set it to anything meant something we do not do.
pub(crate) fn check(automation: Option<&OsStr>) -> Result<(), Refusal> {
    match automation {
        Some(_) if !cfg!(feature = "automation") => Err(Refusal::Automation),
        _ => Ok(()),
    }
}
