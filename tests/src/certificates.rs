//! Certificates of an authority that only these tests trust.

use crate::Outcome;
use data_encoding::BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData,
};
use std::path::{Path, PathBuf};

/// An authority, made anew.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A server's certificate and key, as files.
pub struct Issued {
    /// The chain, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
    /// SHA-256 of the public key, base64: what a test's browser is told to trust.
    pub pin: String,
}

impl Authority {
    /// Makes one.
    ///
    /// # Errors
    /// No randomness.
    pub fn make() -> Outcome<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "Cloakroom tests");
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem })
    }

    /// Its own certificate, as a file in `folder`, for whoever is to trust it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn file(&self, folder: &Path) -> Outcome<PathBuf> {
        let path = folder.join("authority.pem");
        std::fs::write(&path, &self.pem)?;
        Ok(path)
    }

    /// A certificate for these names and addresses, as files in `folder`.
    ///
    /// # Errors
    /// A name that is none, or the files cannot be written.
    pub fn issue(&self, names: &[&str], folder: &Path) -> Outcome<Issued> {
        let key = KeyPair::generate()?;
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names)?.signed_by(&key, &self.issuer)?;
        let issued = Issued {
            cert: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            pin: BASE64.encode(&wire::sha256(&key.subject_public_key_info())),
        };
        std::fs::write(&issued.key, key.serialize_pem())?;
        std::fs::write(&issued.cert, certificate.pem())?;
        Ok(issued)
    }
}
