//! The system's own way to a relay: HTTP over TLS with the roots this computer trusts, by the proxy it names; to this
//! machine itself plain and direct.

use crate::transport::{Answer, Call, NoAnswer, Transport};
use futures_util::{StreamExt, future::BoxFuture};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{
    ClientBuilder, Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use rustls::CertificateError;
use std::{
    error::Error,
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

const CONNECT: Duration = Duration::from_secs(10);
/// The relay says something on a quiet stream more often than this.
const SILENCE: Duration = Duration::from_secs(60);

/// HTTP as this computer is set up for it.
#[derive(Default)]
pub struct HttpTransport {
    /// Certificates to trust besides those of the system.
    roots: Option<PathBuf>,
    clients: OnceLock<Result<Clients, NoAnswer>>,
}

#[derive(Clone)]
struct Clients {
    /// To this machine: never by a proxy.
    here: reqwest::Client,
    elsewhere: reqwest::Client,
    proxies: Arc<Matcher>,
}

impl HttpTransport {
    /// Trusts what this computer trusts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts, besides, whatever the certificates in a PEM file vouch for: a company's own authority.
    pub fn trusting(roots: impl Into<PathBuf>) -> Self {
        Self { roots: Some(roots.into()), clients: OnceLock::new() }
    }

    fn clients(&self) -> Result<&Clients, NoAnswer> {
        self.clients.get_or_init(|| self.build()).as_ref().map_err(|error| *error)
    }

    fn build(&self) -> Result<Clients, NoAnswer> {
        let failed = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "no TLS can be set up");
            NoAnswer::Untrusted
        };
        let plain = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT)
                .read_timeout(SILENCE)
                .redirect(reqwest::redirect::Policy::none())
                .dns_resolver(Arc::new(Resolver))
        };
        let tls = tls(self.roots.as_deref()).map_err(|error| failed(&*error))?;
        let tls = |builder: ClientBuilder| builder.tls_backend_preconfigured(tls.clone());
        Ok(Clients {
            here: tls(plain()).no_proxy().build().map_err(|error| failed(&error))?,
            elsewhere: tls(plain()).build().map_err(|error| failed(&error))?,
            proxies: Arc::new(Matcher::from_system()),
        })
    }
}

impl Transport for HttpTransport {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let prepared = self.clients().cloned();
        Box::pin(async move {
            let Clients { here, elsewhere, proxies } = prepared?;
            let url = Url::parse(&format!("{}{}", call.origin, call.path)).map_err(|_| NoAnswer::Name)?;
            let by_proxy = !is_here(&url)
                && url.as_str().parse().is_ok_and(|address| proxies.intercept(&address).is_some());
            let client = if is_here(&url) { here } else { elsewhere };
            let sent = client.request(call.method, url).headers(call.headers).body(call.body).send().await;
            let answer = sent.map_err(|error| why(&error, by_proxy))?;
            Ok(Answer {
                status: answer.status(),
                headers: answer.headers().clone(),
                body: answer
                    .bytes_stream()
                    .map(move |bytes| bytes.map_err(|error| why(&error, by_proxy)))
                    .boxed(),
            })
        })
    }
}

/// This machine itself.
pub(crate) fn is_here(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// TLS by ring, checked as the system checks it.
fn tls(roots: Option<&std::path::Path>) -> Result<rustls::ClientConfig, Box<dyn Error>> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let extra = match roots {
        Some(path) => CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, Arc::clone(&provider))?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// The system's names, with a finding of our own where there is none: reqwest's says so in text only.
struct Resolver;

#[derive(Debug, thiserror::Error)]
#[error("no address for this name")]
struct NoSuchName;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| NoSuchName)?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// What a failed call means, from the typed errors below it.
fn why(error: &reqwest::Error, by_proxy: bool) -> NoAnswer {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = cause_of(error) {
            // What keeps a proxy from being reached says nothing about the relay.
            return match found {
                NoAnswer::Name | NoAnswer::Refused if by_proxy => NoAnswer::Proxy,
                found => found,
            };
        }
        // An IO error hides what it carries from `source`.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match carried {
            Some(carried) => Some(carried as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    match error {
        error if error.is_timeout() => NoAnswer::TimedOut,
        // TLS and the way to the proxy were fine, so it was the tunnel that was refused.
        error if by_proxy && error.is_connect() => NoAnswer::Proxy,
        _ => NoAnswer::Broken,
    }
}

fn cause_of(error: &(dyn Error + 'static)) -> Option<NoAnswer> {
    if error.is::<NoSuchName>() {
        return Some(NoAnswer::Name);
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(certificate(error));
    }
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(NoAnswer::Refused),
        io::ErrorKind::TimedOut => Some(NoAnswer::TimedOut),
        _ => None,
    }
}

fn certificate(error: &rustls::Error) -> NoAnswer {
    use rustls::Error as Tls;
    match error {
        Tls::InvalidCertificate(found) => match found {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => NoAnswer::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                NoAnswer::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                NoAnswer::WrongName
            }
            CertificateError::UnknownIssuer => NoAnswer::Untrusted,
            _ => NoAnswer::BadCertificate,
        },
        Tls::InvalidMessage(_) | Tls::AlertReceived(_) | Tls::InappropriateMessage { .. } => NoAnswer::NoTls,
        _ => NoAnswer::Broken,
    }
}
