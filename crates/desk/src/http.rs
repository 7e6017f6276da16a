//! The system's own way to a relay: HTTP over TLS with the roots this computer trusts, by the proxy it names; to this
//! machine itself plain and direct. TLS has its provider by argument, so that nothing depends on a global one.

use crate::{
    proxies::{DesktopProxies, Proxies},
    transport::{Answer, Call, NoAnswer, Transport},
    way::{NoSuchName, NotByProxy, Way, is_here},
};
use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture, stream};
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, Error as ClientError},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::CertificateError;
use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// A relay waits at most 20 seconds for news before it answers, and says something on a quiet stream every 15.
const SILENCE: Duration = Duration::from_secs(35);
/// Kept connections that were not used for this long are closed: what lies on the way forgets them.
const IDLE: Duration = Duration::from_secs(30);

/// Between two tries to set TLS up.
const AGAIN: Duration = Duration::from_secs(5);

type HttpsClient = Client<HttpsConnector<Way>, Full<Bytes>>;

/// HTTP as this computer is set up for it.
#[derive(Default)]
pub struct HttpTransport {
    /// Certificates to trust besides those of the system.
    roots: Option<PathBuf>,
    proxies: Proxies,
    client: Mutex<Kept>,
}

/// The client, once it could be set up; else when that failed.
#[derive(Default)]
enum Kept {
    #[default]
    None,
    Failed(Instant),
    Client(HttpsClient),
}

impl HttpTransport {
    /// Trusts what this computer trusts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts, besides, whatever the certificates in a PEM file vouch for: a company's own authority.
    pub fn trusting(roots: impl Into<PathBuf>) -> Self {
        Self { roots: Some(roots.into()), ..Self::default() }
    }

    /// Goes by the desktop's own proxy settings too, where the environment names no proxy.
    pub fn by_proxies_of(mut self, desktop: Arc<dyn DesktopProxies>) -> Self {
        self.proxies = Proxies::of(desktop);
        self
    }

    /// Set up at the first call. Where that failed it is tried anew: whoever mends certificates needs no restart.
    fn client(&self) -> Result<HttpsClient, NoAnswer> {
        let mut held = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Kept::Client(client) => return Ok(client.clone()),
            Kept::Failed(at) if at.elapsed() < AGAIN => return Err(NoAnswer::Roots),
            Kept::Failed(_) | Kept::None => {}
        }
        let tls = tls(self.roots.as_deref()).map_err(|error| {
            tracing::error!(%error, "TLS cannot be set up");
            *held = Kept::Failed(Instant::now());
            NoAnswer::Roots
        })?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(Way::by(self.proxies.clone()));
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        *held = Kept::Client(client.clone());
        Ok(client)
    }
}

impl Transport for HttpTransport {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        let client = self.client();
        Box::pin(async move {
            let uri: Uri = format!("{}{}", call.origin, call.path).parse().map_err(|_| NoAnswer::Name)?;
            // Encrypted, or not leaving this machine.
            if uri.scheme_str() != Some("https") && !is_here(&uri) {
                return Err(NoAnswer::NoTls);
            }
            let mut request = Request::new(Full::new(call.body));
            *request.method_mut() = call.method;
            *request.uri_mut() = uri;
            *request.headers_mut() = call.headers;
            let answer = timeout(SILENCE, client?.request(request)).await;
            let (head, body) =
                answer.map_err(|_| NoAnswer::TimedOut)?.map_err(|error| why(&error))?.into_parts();
            Ok(Answer { status: head.status, headers: head.headers, body: pieces(body).boxed() })
        })
    }
}

/// A body's bytes as they come; one that falls silent has broken off.
fn pieces(body: Incoming) -> impl stream::Stream<Item = Result<Bytes, NoAnswer>> + Send {
    stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        loop {
            return match timeout(SILENCE, body.frame()).await {
                Err(_) => Some((Err(NoAnswer::TimedOut), None)),
                Ok(None) => None,
                Ok(Some(Err(error))) => Some((Err(cause(&error).unwrap_or(NoAnswer::Broken)), None)),
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => Some((Ok(bytes), Some(body))),
                    // Trailers say nothing here.
                    Err(_) => continue,
                },
            };
        }
    })
}

/// TLS by ring, checked as the system checks it.
fn tls(roots: Option<&Path>) -> Result<rustls::ClientConfig, Box<dyn Error>> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let extra = match roots {
        Some(path) => CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, Arc::clone(&provider))?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // The verifier is the system's own, and checks everything.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// What a failed call means.
fn why(error: &ClientError) -> NoAnswer {
    cause(error).unwrap_or(NoAnswer::Broken)
}

/// From the typed errors below it, the outermost that says something.
fn cause(error: &(dyn Error + 'static)) -> Option<NoAnswer> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = says(error) {
            return Some(found);
        }
        // An IO error hides what it carries from `source`.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match carried {
            Some(carried) => Some(carried as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

fn says(error: &(dyn Error + 'static)) -> Option<NoAnswer> {
    if error.is::<NotByProxy>() {
        return Some(NoAnswer::Proxy);
    }
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
        Tls::InvalidMessage(_) | Tls::InappropriateMessage { .. } | Tls::AlertReceived(_) => NoAnswer::NoTls,
        _ => NoAnswer::Broken,
    }
}
