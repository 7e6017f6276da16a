//! One-use addresses: a value waits for exactly one reading by exactly one window, away from calls and events.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tauri::http::{Request, Response, StatusCode, header};
use zeroize::Zeroizing;

/// The scheme of the addresses.
pub(crate) const SCHEME: &str = "once";

/// What waits.
#[derive(Default)]
pub(crate) struct OnceStore(Mutex<HashMap<String, Waiting>>);

struct Waiting {
    window: String,
    value: Zeroizing<Vec<u8>>,
}

impl OnceStore {
    /// Puts a value there for a window, and says where. An earlier one for it is wiped.
    pub(crate) fn put(&self, window: &str, value: Zeroizing<Vec<u8>>, name: &str) -> String {
        let mut waiting = self.lock();
        waiting.retain(|_, other| other.window != window);
        waiting.insert(name.to_owned(), Waiting { window: window.to_owned(), value });
        format!("{}{name}", base())
    }

    /// Takes a value away, for the window it waits for and nobody else.
    fn take(&self, window: &str, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut waiting = self.lock();
        if waiting.get(name)?.window != window {
            return None;
        }
        waiting.remove(name).map(|found| found.value)
    }

    /// Wipes whatever waits for a window.
    pub(crate) fn forget(&self, window: &str) {
        self.lock().retain(|_, waiting| waiting.window != window);
    }

    /// Answers a window's request for an address.
    pub(crate) fn answer(&self, window: &str, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let name = request.uri().path().trim_start_matches('/');
        let origin = request.headers().get(header::ORIGIN).cloned();
        let found = self.take(window, name);
        let status = if found.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
        let mut response =
            Response::new(found.map(|mut value| std::mem::take(&mut *value)).unwrap_or_default());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/octet-stream"));
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        response
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where addresses begin: custom schemes are hosts of plain http on Windows.
const fn base() -> &'static str {
    if cfg!(windows) { "http://once.localhost/" } else { "once://localhost/" }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn get(store: &OnceStore, window: &str, address: &str) -> (StatusCode, Vec<u8>) {
        let answer = store.answer(window, &Request::get(address).body(Vec::new()).unwrap());
        (answer.status(), answer.into_body())
    }

    #[test]
    fn a_value_is_read_once_by_its_own_window() {
        let store = OnceStore::default();
        let address = store.put("reveal-1", Zeroizing::new(b"value".to_vec()), "aa");
        assert_eq!(get(&store, "main", &address), (StatusCode::NOT_FOUND, Vec::new()));
        assert_eq!(get(&store, "reveal-1", &address), (StatusCode::OK, b"value".to_vec()));
        assert_eq!(get(&store, "reveal-1", &address), (StatusCode::NOT_FOUND, Vec::new()));
    }

    #[test]
    fn a_window_that_ends_leaves_nothing_waiting() {
        let store = OnceStore::default();
        let first = store.put("reveal-1", Zeroizing::new(b"one".to_vec()), "aa");
        let second = store.put("reveal-1", Zeroizing::new(b"two".to_vec()), "bb");
        assert_eq!(get(&store, "reveal-1", &first).0, StatusCode::NOT_FOUND);
        store.forget("reveal-1");
        assert_eq!(get(&store, "reveal-1", &second).0, StatusCode::NOT_FOUND);
    }
}
