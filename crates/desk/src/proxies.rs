//! By which proxies this computer wants others to be reached: what the environment names, else what the desktop's own
//! settings say. Asked anew for every connection, so that a change of network needs no restart.

use crate::way::NotByProxy;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::{sync::Arc, time::Duration};

/// For how long settings may be looked up: a script that computes them asks others.
const LOOKUP: Duration = Duration::from_secs(10);

/// The desktop's proxy settings, where it has some beside the environment.
pub trait DesktopProxies: Send + Sync {
    /// The ways to an address (`https://host:port`), in the order in which to try them, as GLib's `GProxyResolver` writes
    /// them: `direct://`, `http://host:port`, `socks5://name:password@host:port`. None if the settings cannot be told. May block.
    fn ways(&self, to: &str) -> Option<Vec<String>>;
}

/// One way to an address.
pub(crate) enum Hop {
    Direct,
    By(Intercept),
}

/// All settings of this computer.
#[derive(Clone, Default)]
pub(crate) struct Proxies {
    desktop: Option<Arc<dyn DesktopProxies>>,
}

impl Proxies {
    pub(crate) fn of(desktop: Arc<dyn DesktopProxies>) -> Self {
        Self { desktop: Some(desktop) }
    }

    /// The ways to an address, in the order in which to try them; never none.
    pub(crate) async fn to(&self, to: &Uri) -> Result<Vec<Hop>, NotByProxy> {
        let Some(desktop) = self.desktop.clone().filter(|_| !is_named_by_environment()) else {
            return Ok(vec![Matcher::from_system().intercept(to).map_or(Hop::Direct, Hop::By)]);
        };
        let (scheme, authority) = (to.scheme_str().unwrap_or("https"), to.authority().ok_or(NotByProxy)?);
        let asked = format!("{scheme}://{authority}");
        let ways = tokio::task::spawn_blocking(move || desktop.ways(&asked));
        let ways = tokio::time::timeout(LOOKUP, ways).await.map_err(|_| NotByProxy)?;
        let ways = ways.ok().flatten().ok_or(NotByProxy)?;
        let hops: Vec<Hop> = ways.iter().filter_map(|way| hop(way, to)).collect();
        if hops.is_empty() { Err(NotByProxy) } else { Ok(hops) }
    }
}

/// As every program of this session would take it: who starts one with a proxy means that one.
fn is_named_by_environment() -> bool {
    ["https_proxy", "http_proxy", "all_proxy"]
        .iter()
        .flat_map(|name| [(*name).to_owned(), name.to_uppercase()])
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// One way as it is written; None for a kind that is not spoken.
fn hop(way: &str, to: &Uri) -> Option<Hop> {
    let (kind, rest) = way.split_once("://")?;
    match kind {
        "direct" => Some(Hop::Direct),
        // GLib says so of any version; 5 is what others speak as well.
        "socks" => hop(&format!("socks5://{rest}"), to),
        _ => Matcher::builder().all(way).build().intercept(to).map(Hop::By),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn written(way: &str) -> Option<String> {
        match hop(way, &Uri::from_static("https://relay.example"))? {
            Hop::Direct => Some("direct".to_owned()),
            Hop::By(by) => Some(by.uri().to_string()),
        }
    }

    #[test]
    fn ways_are_read_as_glib_writes_them() {
        assert_eq!(written("direct://").unwrap(), "direct");
        assert_eq!(written("http://proxy.example:3128").unwrap(), "http://proxy.example:3128/");
        assert_eq!(written("socks://127.0.0.1:1080").unwrap(), "socks5://127.0.0.1:1080/");
        assert_eq!(
            written("socks5://mira:secret@proxy.example:1080").unwrap(),
            "socks5://proxy.example:1080/"
        );
        assert_eq!(written("ftp://proxy.example:21"), None);
        assert_eq!(written("nonsense"), None);
    }
}
