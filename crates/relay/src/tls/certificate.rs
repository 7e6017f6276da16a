//! A certificate: its names and its end.

use super::{TlsError, provider};
use crate::transport::TlsFiles;
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use std::{fs, path::Path};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// What a certificate says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The names it is for; an asterisk stands for one label.
    pub names: Vec<String>,
    /// When it ends, UTC seconds.
    pub ends: u64,
}

impl Certificate {
    /// Reads certificate and key, and says whether they can serve.
    pub fn check(files: &TlsFiles) -> Result<Self, TlsError> {
        read(files).map(|(certificate, _)| certificate)
    }

    /// Whether it is for this name, or address; IPv6 as it stands in a link, in brackets.
    pub fn names(&self, host: &str) -> bool {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = bare.parse::<std::net::IpAddr>() {
            return self.names.iter().any(|name| name.parse() == Ok(address));
        }
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(above) => host
                .split_once('.')
                .is_some_and(|(first, rest)| !first.is_empty() && rest.eq_ignore_ascii_case(above)),
            None => name.eq_ignore_ascii_case(host),
        })
    }

    pub(super) fn parse(der: &CertificateDer<'_>) -> Result<Self, TlsError> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| TlsError::Unclear)?;
        let named = certificate.subject_alternative_name().map_err(|_| TlsError::Unclear)?;
        let names = named.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes),
            _ => None,
        });
        let ends = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or(0);
        Ok(Self { names: names.collect(), ends })
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string())
}

/// Certificate and key, fit for each other.
pub(super) fn read(files: &TlsFiles) -> Result<(Certificate, CertifiedKey), TlsError> {
    let chain = bytes(&files.certificate)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::NoCertificate(files.certificate.clone()))?;
    let first = chain.first().ok_or_else(|| TlsError::NoCertificate(files.certificate.clone()))?;
    let certificate = Certificate::parse(first)?;
    let key =
        PrivateKeyDer::from_pem_slice(&bytes(&files.key)?).map_err(|_| TlsError::NoKey(files.key.clone()))?;
    let key = provider().key_provider.load_private_key(key).map_err(|_| TlsError::KeyKind)?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        // A key that does not tell is found out by the first client.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
            Ok((certificate, certified))
        }
        Err(_) => Err(TlsError::NoPair),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::Unreadable(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_by_label() {
        let names = ["drop.example.com", "*.example.org", "203.0.113.5", "2001:db8::1"];
        let certificate = Certificate { names: names.map(str::to_owned).to_vec(), ends: 0 };
        for (host, ours) in [
            ("drop.example.com", true),
            ("DROP.example.COM", true),
            ("example.com", false),
            ("a.drop.example.com", false),
            ("a.example.org", true),
            ("a.b.example.org", false),
            ("example.org", false),
            (".example.org", false),
            ("203.0.113.5", true),
            ("203.0.113.6", false),
            ("[2001:db8::1]", true),
            ("[2001:DB8:0::1]", true),
            ("[2001:db8::2]", false),
        ] {
            assert_eq!(certificate.names(host), ours, "{host}");
        }
    }
}
