//! What the desktop's own settings say of proxies: GNOME's, KDE's, a script of the network's. GLib asks them all.
//! Elsewhere the system's settings are read with the environment's.

use desk::{DesktopProxies, HttpTransport};
use gio::{Cancellable, ProxyResolver, prelude::ProxyResolverExt};
use std::sync::Arc;

/// The way to relays and helpdesks, by the proxies that are set in the desktop's settings.
pub(crate) fn transport() -> Arc<HttpTransport> {
    Arc::new(HttpTransport::new().by_proxies_of(Arc::new(OfGlib)))
}

/// GLib's resolver. It hears of changes by the window's own loop.
struct OfGlib;

impl DesktopProxies for OfGlib {
    fn ways(&self, to: &str) -> Option<Vec<String>> {
        // One for the whole program; asking for it again costs nothing.
        let found = ProxyResolver::default().lookup(to, Cancellable::NONE);
        let found = found.map_err(|error| {
            // Not its text: that may quote the settings, and a password stands in them.
            tracing::warn!(kind = ?error.kind::<gio::IOErrorEnum>(), "the proxy settings cannot be read");
        });
        Some(found.ok()?.iter().map(|way| way.to_string()).collect())
    }
}
