//! What the windows may ask of the shell. Each file is one part of the work; the list is `src-tauri/commands.rs`.

mod around;
mod asking;
mod beginning;
mod bringing;
mod certificates;
mod downloads;
mod ending;
mod founding;
mod helpdesks;
mod locking;
mod looking;
mod overview;
mod past;
mod relays;
mod replying;
mod settings;

use crate::{Shell, view::Failure};
use tauri::ipc::{Invoke, InvokeBody, Request};
use zeroize::Zeroizing;

/// What a command answers.
type Answer<T> = Result<T, Failure>;

macro_rules! commands {
    ($($($window:ident)+ { $($module:ident::$name:ident($($takes:ident)?) -> $answers:ty;)+ })+) => {
        /// Kinds of window, and what each of them may call.
        pub(crate) const GRANTS: &[(&[&str], &[&str])] =
            &[$((&[$(stringify!($window)),+], &[$(stringify!($name)),+])),+];

        /// Each command's TypeScript: its name, what it takes, what it answers.
        pub(crate) fn typescript(types: &mut crate::typescript::Types) {
            use crate::view::*;
            $(
                types.windows(&[$(stringify!($window)),+]);
                $( types.command::<crate::typescript::takes!($($takes)?), $answers>(stringify!($name)); )+
            )+
        }

        fn handlers() -> impl Fn(Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($($module::$name),+),+]
        }
    };
}
include!("../../commands.rs");

/// The one door: a call passes where the list grants it to this kind of window. Anything else is refused and
/// recorded. (The permissions of `tauri.conf.json` let a window's calls reach this door and nothing else; a refusal by
/// them alone would leave no trace.)
pub(crate) fn door(shell: Shell) -> impl Fn(Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
    let handlers = handlers();
    move |invoke| {
        let window = invoke.message.webview_ref().label().to_owned();
        if may(&window, invoke.message.command()) {
            return handlers(invoke);
        }
        shell.refused(&window, invoke.message.command());
        invoke.resolver.reject(Failure::refused());
        true
    }
}

/// Whether the list grants a command to the kind of window that a label names: `reveal-3` is of kind `reveal`.
pub(crate) fn may(label: &str, command: &str) -> bool {
    let kind = label.split('-').next().unwrap_or(label);
    GRANTS.iter().any(|(windows, commands)| windows.contains(&kind) && commands.contains(&command))
}

/// A call's raw body.
fn body(request: &Request<'_>) -> Answer<Zeroizing<Vec<u8>>> {
    match request.body() {
        InvokeBody::Raw(bytes) => Ok(Zeroizing::new(bytes.clone())),
        InvokeBody::Json(_) => Err(Failure::refused()),
    }
}

/// A passphrase out of a raw body.
fn text(request: &Request<'_>) -> Answer<Zeroizing<String>> {
    let bytes = body(request)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::refused())?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_call_its_own_and_nothing_else() {
        assert!(may("main", "inbox"));
        assert!(may("reveal-12", "reveal"));
        assert!(may("main", "open_bring") && may("bring", "bring_in"));
        assert!(may("unlock", "unlock") && may("unlock", "quit"));
        for (window, command) in [
            ("main", "reveal"),
            ("main", "unlock"),
            ("main", "found"),
            ("reveal-1", "inbox"),
            ("reveal-1", "open_reveal"),
            ("unlock", "state"),
            ("unlock-main", "state"),
            ("start", "unlock"),
            ("main", "bring_in"),
            ("bring", "reveal"),
            ("bring", "request"),
            ("trouble", "found"),
            ("mains", "inbox"),
            ("", "quit"),
        ] {
            assert!(!may(window, command), "{window} {command}");
        }
    }
}
