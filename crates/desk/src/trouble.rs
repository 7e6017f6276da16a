//! What a person has to know because it did not go well. It stays until it goes well.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Something that did not go well and is tried again, or needs a person.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Trouble {
    /// What it is about, for a program: `collect`, `purge`, `relay`, `events`, `alarm`.
    pub about: &'static str,
    /// What happened; what to do. Nothing personal.
    pub text: String,
}

/// All current troubles, at most one about a thing.
#[derive(Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<String, Trouble>>);

impl Troubles {
    pub(crate) fn set(&self, about: &'static str, which: &str, text: impl ToString) {
        let text = text.to_string();
        tracing::warn!(about, text, "trouble");
        self.lock().insert(format!("{about} {which}"), Trouble { about, text });
    }

    pub(crate) fn clear(&self, about: &'static str, which: &str) {
        self.lock().remove(&format!("{about} {which}"));
    }

    /// Forgets troubles about things that are not among `which` any more.
    pub(crate) fn keep_only(&self, about: &'static str, which: &[String]) {
        self.lock().retain(|key, trouble| {
            trouble.about != about || which.iter().any(|which| *key == format!("{about} {which}"))
        });
    }

    pub(crate) fn list(&self) -> Vec<Trouble> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
