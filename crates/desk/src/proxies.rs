//! By which proxies this computer wants others to be reached: what the environment names, else what the desktop's own
//! settings say. Asked anew for every connection, so that a change of network needs no restart.

use crate::way::NotByProxy;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// For how long settings may be looked up: a script that computes them asks others.
const LOOKUP: Duration = Duration::from_secs(10);

/// The desktop's proxy settings, where it has some beside the environment.
pub trait DesktopProxies: Send + Sync {
    /// The ways to an address (`https://host:port`, or without a port that is the scheme's own), in the order in which to
    /// try them, as GLib's `GProxyResolver` writes them: `direct://`, `http://host:port`,
    /// `socks5://name:password@host:port`. None if the settings cannot be told. May block.
    fn ways(&self, to: &str) -> Option<Vec<String>>;
}

/// One way to an address.
pub(crate) enum Hop {
    Direct,
    By(Intercept),
}

/// All settings of this computer.
#[derive(Clone)]
pub(crate) struct Proxies {
    desktop: Option<Arc<dyn DesktopProxies>>,
    /// One lookup at a time: those that hang, as a script's does whose server is gone, must not fill the threads on which
    /// everything else is done.
    looking: Arc<Semaphore>,
}

impl Default for Proxies {
    fn default() -> Self {
        Self { desktop: None, looking: Arc::new(Semaphore::new(1)) }
    }
}

impl Proxies {
    pub(crate) fn of(desktop: Arc<dyn DesktopProxies>) -> Self {
        Self { desktop: Some(desktop), ..Self::default() }
    }

    /// The ways to an address, in the order in which to try them; never none.
    pub(crate) async fn to(&self, to: &Uri) -> Result<Vec<Hop>, NotByProxy> {
        match (named_by_environment(), self.desktop.clone()) {
            // Where this program's matcher reads what the system itself keeps, with the environment.
            (None, None) => Ok(vec![Matcher::from_system().intercept(to).map_or(Hop::Direct, Hop::By)]),
            (None, Some(desktop)) => self.of_desktop(desktop, to).await,
            // Whoever starts a program with a proxy means that one, also where it is of a kind that is not spoken.
            (Some(way), _) => Ok(vec![hop(&way, &except(), to).ok_or(NotByProxy)?]),
        }
    }

    async fn of_desktop(&self, desktop: Arc<dyn DesktopProxies>, to: &Uri) -> Result<Vec<Hop>, NotByProxy> {
        let (scheme, authority) = (to.scheme_str().unwrap_or("https"), to.authority().ok_or(NotByProxy)?);
        let asked = format!("{scheme}://{authority}");
        let looking = async {
            let turn = Arc::clone(&self.looking).acquire_owned().await.map_err(|_| NotByProxy)?;
            let ways = tokio::task::spawn_blocking(move || {
                let ways = desktop.ways(&asked);
                // Held by the thread itself: it may go on for longer than anybody waits.
                drop(turn);
                ways
            });
            ways.await.ok().flatten().ok_or(NotByProxy)
        };
        let ways = tokio::time::timeout(LOOKUP, looking).await.map_err(|_| NotByProxy)??;
        let hops: Vec<Hop> = ways.iter().filter_map(|way| hop(way, "", to)).collect();
        if hops.is_empty() { Err(NotByProxy) } else { Ok(hops) }
    }
}

/// The proxy that the environment names for TLS, which is all that leaves this machine.
fn named_by_environment() -> Option<String> {
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().find_map(variable)
}

/// The names that the environment excepts.
fn except() -> String {
    ["NO_PROXY", "no_proxy"].into_iter().find_map(variable).unwrap_or_default()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// One way as it is written, but for what is excepted; None for a kind that is not spoken.
fn hop(way: &str, except: &str, to: &Uri) -> Option<Hop> {
    // As curl reads it, without a scheme it is HTTP. GLib says "socks" of any version; 5 is what others speak as well.
    let (kind, rest) = way.trim().split_once("://").unwrap_or(("http", way.trim()));
    let way = match kind {
        "direct" => return Some(Hop::Direct),
        "socks" => format!("socks5://{rest}"),
        _ => format!("{kind}://{rest}"),
    };
    // Excepted is not the same as not understood.
    Matcher::builder().all(way.as_str()).build().intercept(to)?;
    let by = Matcher::builder().all(way).no(except).build().intercept(to);
    Some(by.map_or(Hop::Direct, Hop::By))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn written(way: &str) -> Option<String> {
        match hop(way, "example.org, inside.example", &Uri::from_static("https://relay.example"))? {
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
        assert_eq!(written("http://"), None);
    }

    #[test]
    fn what_the_environment_says_is_read_as_curl_reads_it() {
        assert_eq!(written("proxy.example:3128").unwrap(), "http://proxy.example:3128/");
        let excepted =
            hop("http://proxy.example:3128", "inside.example", &Uri::from_static("https://a.inside.example"));
        assert!(matches!(excepted, Some(Hop::Direct)));
    }
}
