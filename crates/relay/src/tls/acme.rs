//! A certificate by ACME: asked for, kept, and renewed when two thirds of its time are over.

use super::{TlsError, certificate::Certificate, provider};
use crate::{relay::Shared, transport::Acme};
use async_trait::async_trait;
use data_encoding::HEXLOWER;
use futures_util::StreamExt;
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
    server::ResolvesServerCert,
};
use rustls_acme::{AccountCache, AcmeConfig, CertCache, EventOk};
use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// Starts asking; handshakes fail until there is a certificate.
pub(super) fn start(app: &Shared, acme: &Acme) -> Result<Arc<dyn ResolvesServerCert>, TlsError> {
    make_folder(&acme.cache).map_err(|error| TlsError::Cache(acme.cache.clone(), error))?;
    let mut config = match &acme.authority {
        Some(file) => AcmeConfig::new_with_client_config(&acme.domains, trusting(file)?),
        None => AcmeConfig::new_with_provider(&acme.domains, provider()),
    };
    config = config.directory(&acme.directory).contact(&acme.contact);
    let mut state = config.cache(Folder { path: acme.cache.clone(), app: Shared::clone(app) }).state();
    let resolver = state.resolver();
    let app = Shared::clone(app);
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                () = app.stopping.cancelled() => return,
                event = state.next() => event,
            };
            match event {
                None => return,
                Some(Ok(EventOk::DeployedCachedCert)) => tracing::info!("the kept certificate is in use"),
                Some(Ok(EventOk::DeployedNewCert)) => {
                    app.metrics.certificates_taken.fetch_add(1, Relaxed);
                    tracing::info!("a new certificate is in use");
                }
                Some(Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore)) => {}
                // It tries again by itself, waiting longer each time.
                Some(Err(error)) => {
                    app.metrics.certificates_refused.fetch_add(1, Relaxed);
                    tracing::error!(%error, "there is no new certificate yet; check that port 443 of each name leads here");
                }
            }
        }
    });
    Ok(resolver)
}

/// A client that trusts these certificates alone.
fn trusting(file: &Path) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    let pem = fs::read(file).map_err(|error| TlsError::Unreadable(file.to_owned(), error))?;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| TlsError::NoCertificate(file.to_owned()))?;
        roots.add(certificate).map_err(|_| TlsError::Unclear)?;
    }
    if roots.is_empty() {
        return Err(TlsError::NoCertificate(file.to_owned()));
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Account and certificate in files for this user alone.
struct Folder {
    path: PathBuf,
    app: Shared,
}

impl Folder {
    /// One file for each use: another name or another authority is another account or certificate.
    fn file(&self, what: &str, words: &[String], directory: &str) -> PathBuf {
        let named = [words.join("\n").as_str(), directory].join("\n\n");
        let hash = HEXLOWER.encode(digest(&SHA256, named.as_bytes()).as_ref());
        self.path.join(format!("{what}-{}.pem", hash.get(..16).unwrap_or_default()))
    }

    /// Notes when the certificate ends.
    fn note(&self, pem: &[u8]) {
        let first = CertificateDer::pem_slice_iter(pem).next().and_then(Result::ok);
        if let Some(certificate) = first.and_then(|der| Certificate::parse(&der).ok()) {
            self.app.metrics.certificate_ends.store(certificate.ends, Relaxed);
        }
    }
}

#[async_trait]
impl CertCache for Folder {
    type EC = io::Error;

    async fn load_cert(&self, domains: &[String], directory: &str) -> Result<Option<Vec<u8>>, io::Error> {
        let pem = read(&self.file("certificate", domains, directory))?;
        if let Some(pem) = &pem {
            self.note(pem);
        }
        Ok(pem)
    }

    async fn store_cert(&self, domains: &[String], directory: &str, pem: &[u8]) -> Result<(), io::Error> {
        self.note(pem);
        write(&self.file("certificate", domains, directory), pem)
    }
}

#[async_trait]
impl AccountCache for Folder {
    type EA = io::Error;

    async fn load_account(&self, contact: &[String], directory: &str) -> Result<Option<Vec<u8>>, io::Error> {
        read(&self.file("account", contact, directory))
    }

    async fn store_account(&self, contact: &[String], directory: &str, key: &[u8]) -> Result<(), io::Error> {
        write(&self.file("account", contact, directory), key)
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The whole file or the one before, never a half.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut random = [0; 8];
    SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("no randomness"))?;
    let new = path.with_extension(HEXLOWER.encode(&random));
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
