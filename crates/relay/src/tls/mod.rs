//! TLS: who we are, and how we prove it.

mod acme;
mod certificate;
mod files;

use crate::{relay::Shared, transport::Transport};
use rustls::{ServerConfig, crypto::CryptoProvider, server::ResolvesServerCert};
use std::{path::PathBuf, sync::Arc};
use tokio::{io::AsyncRead, io::AsyncWrite};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

pub use certificate::Certificate;

/// What TLS-ALPN-01 asks for (RFC 8737 §3).
const CHALLENGE: &[u8] = b"acme-tls/1";
const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{0} cannot be read ({1}); check its name and who may read it")]
    Unreadable(PathBuf, std::io::Error),
    /// No certificate in the file.
    #[error("{0} holds no certificate in PEM form; name the file with the full chain")]
    NoCertificate(PathBuf),
    /// No key in the file.
    #[error("{0} holds no key in PEM form; name the file with the certificate's key")]
    NoKey(PathBuf),
    /// The certificate cannot be understood.
    #[error("the certificate cannot be understood; have a new one issued")]
    Unclear,
    /// Each is good; they are not for each other.
    #[error(
        "the certificate and the key do not belong together; name the key that the certificate was made with"
    )]
    NoPair,
    /// A key of a kind that is not used.
    #[error(
        "the key is of a kind that is not used here; use ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits or more"
    )]
    KeyKind,
    /// The folder for ACME.
    #[error("the ACME folder {0} cannot be used ({1}); check its name and who may write there")]
    Cache(PathBuf, std::io::Error),
    /// The provider has no such protocol versions. Does not happen.
    #[error("TLS cannot be set up ({0}); update Cloakroom")]
    Setup(rustls::Error),
}

/// Handshakes for one listener.
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
}

/// What the two sides agreed to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    Http1,
    Http2,
    /// A question of the certificate authority, answered by the handshake alone.
    Challenge,
}

impl Tls {
    /// Sets up what the transport asks for, and starts what keeps its certificate fresh; none for plain HTTP.
    pub(crate) fn start(app: &Shared) -> Result<Option<Self>, TlsError> {
        let (resolver, challenge): (Arc<dyn ResolvesServerCert>, bool) = match &app.config.transport {
            Transport::Loopback | Transport::Proxied(_) => return Ok(None),
            Transport::Files(files) => (files::start(app, files)?, false),
            Transport::Acme(acme) => (acme::start(app, acme)?, true),
        };
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
        if challenge {
            config.alpn_protocols.push(CHALLENGE.to_vec());
        }
        Ok(Some(Self { acceptor: TlsAcceptor::from(Arc::new(config)) }))
    }

    pub(crate) async fn shake_hands<S>(&self, stream: S) -> std::io::Result<(TlsStream<S>, Spoken)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self.acceptor.accept(stream).await?;
        let spoken = match stream.get_ref().1.alpn_protocol() {
            Some(HTTP_2) => Spoken::Http2,
            Some(CHALLENGE) => Spoken::Challenge,
            _ => Spoken::Http1,
        };
        Ok((stream, spoken))
    }
}

/// ring, and nothing else.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
