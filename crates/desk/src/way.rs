//! Where a connection goes: straight to this machine, by the proxies that this computer names to any other.

use crate::proxies::{Hop, Proxies};
use futures_util::future::BoxFuture;
use http::Uri;
use hyper_util::{
    client::{
        legacy::connect::{
            HttpConnector,
            dns::Name,
            proxy::{SocksV5, Tunnel},
        },
        proxy::matcher::Intercept,
    },
    rt::TokioIo,
};
use std::{
    error::Error,
    net::SocketAddr,
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::TcpStream;
use tower_service::Service;

const CONNECT: Duration = Duration::from_secs(10);
/// What one of many proxies gets at the least.
const LEAST: Duration = Duration::from_secs(3);

type Fault = Box<dyn Error + Send + Sync>;

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Way {
    direct: HttpConnector<Resolver>,
    proxies: Proxies,
}

/// No address belongs to a name.
#[derive(Debug, thiserror::Error)]
#[error("no address for this name")]
pub(crate) struct NoSuchName;

/// The proxy was not there, or did not let the connection through.
#[derive(Debug, thiserror::Error)]
#[error("not by this proxy")]
pub(crate) struct NotByProxy;

/// This machine itself.
pub(crate) fn is_here(uri: &Uri) -> bool {
    match uri.host() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

impl Way {
    /// By the proxies that these settings name.
    pub(crate) fn by(proxies: Proxies) -> Self {
        let mut direct = HttpConnector::new_with_resolver(Resolver);
        direct.set_connect_timeout(Some(CONNECT));
        direct.set_nodelay(true);
        // Most connections go on to TLS.
        direct.enforce_http(false);
        Self { direct, proxies }
    }
}

impl Service<Uri> for Way {
    type Response = TokioIo<TcpStream>;
    type Error = Fault;
    type Future = BoxFuture<'static, Result<Self::Response, Fault>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (mut direct, proxies) = (self.direct.clone(), self.proxies.clone());
        Box::pin(async move {
            if is_here(&to) {
                return Ok(direct.call(to).await?);
            }
            let hops = proxies.to(&to).await?;
            // All of them in the time of one or two: whoever calls waits no longer.
            let each = (2 * CONNECT / u32::try_from(hops.len()).unwrap_or(u32::MAX)).clamp(LEAST, CONNECT);
            // The first is what was to be gone by: why it failed is what to say.
            let mut first: Option<Fault> = None;
            for hop in hops {
                let connected = match hop {
                    Hop::Direct => direct.call(to.clone()).await.map_err(Into::into),
                    Hop::By(proxy) => by(&proxy, each, direct.clone(), to.clone()).await,
                };
                match connected {
                    Ok(connected) => return Ok(connected),
                    Err(error) => first = first.or(Some(error)),
                }
            }
            Err(first.unwrap_or_else(|| NotByProxy.into()))
        })
    }
}

async fn by(
    proxy: &Intercept,
    within: Duration,
    direct: HttpConnector<Resolver>,
    to: Uri,
) -> Result<TokioIo<TcpStream>, Fault> {
    let connected = tokio::time::timeout(within, through(proxy, direct, to)).await;
    connected.unwrap_or_else(|late| Err(late.into())).map_err(|error| {
        tracing::debug!(error, "the proxy did not connect");
        NotByProxy.into()
    })
}

async fn through(
    proxy: &Intercept,
    direct: HttpConnector<Resolver>,
    to: Uri,
) -> Result<TokioIo<TcpStream>, Fault> {
    let at = proxy.uri().clone();
    match at.scheme_str() {
        Some("http") => {
            let mut tunnel = Tunnel::new(at, direct);
            if let Some(auth) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(auth.clone());
            }
            Ok(tunnel.call(to).await?)
        }
        Some("socks5" | "socks5h") => {
            let mut socks = SocksV5::new(at, direct).local_dns(false);
            if let Some((name, password)) = proxy.raw_auth() {
                socks = socks.with_auth(name.to_owned(), password.to_owned());
            }
            Ok(socks.call(to).await?)
        }
        // A kind of proxy that is not spoken to.
        _ => Err(NotByProxy.into()),
    }
}

/// The system's names, with a finding of our own where there is none: the library says so in text only.
#[derive(Clone)]
struct Resolver;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = NoSuchName;
    type Future = BoxFuture<'static, Result<Self::Response, NoSuchName>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NoSuchName>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| NoSuchName)?;
            Ok(found.collect::<Vec<_>>().into_iter())
        })
    }
}
