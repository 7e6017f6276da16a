//! How a relay is reached.

use crate::proxy::Proxy;
#[cfg(feature = "internet")]
use std::path::PathBuf;

/// How a relay is reached.
#[derive(Debug, Clone)]
pub enum Transport {
    /// Plain HTTP, for this machine alone.
    Loopback,
    /// Plain HTTP, for one or more reverse proxies that do the TLS. Whoever else connects is not answered.
    Proxied(Proxy),
    /// TLS, with a certificate from files.
    #[cfg(feature = "internet")]
    Files(TlsFiles),
    /// TLS, with a certificate the relay asks for itself.
    #[cfg(feature = "internet")]
    Acme(Acme),
}

impl Transport {
    /// Whether the relay itself does the TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        !matches!(self, Self::Loopback | Self::Proxied(_))
    }

    /// Whether browsers reach it by https.
    pub(crate) fn is_public(&self) -> bool {
        !matches!(self, Self::Loopback)
    }
}

/// A certificate and its key, PEM. Read again whenever they change.
#[cfg(feature = "internet")]
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate and those that vouch for it, the server's own first.
    pub certificate: PathBuf,
    /// Its key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// A certificate by ACME (RFC 8555). The authority asks on port 443 of each name (TLS-ALPN-01, RFC 8737).
#[cfg(feature = "internet")]
#[derive(Debug, Clone)]
pub struct Acme {
    /// The authority's directory, `https://…`.
    pub directory: String,
    /// Whom the authority may write to, `mailto:…`; may be empty.
    pub contact: Vec<String>,
    /// The names the certificate is for.
    pub domains: Vec<String>,
    /// The folder for account and certificate, with their keys. Made when missing, for this user alone.
    pub cache: PathBuf,
    /// Certificates, PEM, that vouch for the authority itself. None: those the web trusts.
    pub authority: Option<PathBuf>,
}
