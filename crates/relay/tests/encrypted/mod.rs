//! A relay that speaks TLS, and what talks to it.
#![allow(dead_code, reason = "each test program uses a part of it")]

use crate::{
    conformance::Target,
    running::{Running, start_with},
};
use rcgen::{CertificateParams, KeyPair};
use relay::{Config, TlsFiles, Transport};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Where a relay with TLS listens, and how to believe it.
#[derive(Clone)]
pub(crate) struct Encrypted {
    pub(crate) address: String,
    pub(crate) files: TlsFiles,
}

/// A fresh relay behind TLS, with a page and two desks; the target reaches it through a bridge that encrypts.
pub(crate) async fn start() -> (Target, (Running, Encrypted)) {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    fs::create_dir_all(page.join("assets")).unwrap();
    fs::write(page.join("index.html"), "<!doctype html><title>page</title>").unwrap();
    fs::write(page.join("assets/page.js"), "export {}").unwrap();
    let mut config = Config::new(folder.path().join("store"));
    config.page = Some(page);
    start_as(config, folder).await
}

pub(crate) async fn start_as(
    mut config: Config,
    folder: tempfile::TempDir,
) -> (Target, (Running, Encrypted)) {
    let files = issue(folder.path(), &["localhost", "127.0.0.1", "drop.example.com"]);
    config.transport = Transport::Files(files.clone());
    config.hosts.push("drop.example.com".to_owned());
    let (mut target, running) = start_with(config, folder).await;
    let encrypted = Encrypted { address: target.base.strip_prefix("http://").unwrap().to_owned(), files };
    target.base = bridge(encrypted.clone()).await;
    (target, (running, encrypted))
}

/// Makes a certificate that vouches for itself, and writes it where it is looked for.
pub(crate) fn issue(folder: &Path, names: &[&str]) -> TlsFiles {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    let files = TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
    fs::write(&files.certificate, certificate.pem()).unwrap();
    fs::write(&files.key, key.serialize_pem()).unwrap();
    files
}

/// The certificate in a file.
pub(crate) fn certificate(file: &PathBuf) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(file).unwrap()
}

impl Encrypted {
    /// A connection that trusts what the file holds now.
    pub(crate) async fn connect(&self, protocol: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate(&self.files.certificate)).unwrap();
        self.connect_trusting(roots, protocol).await
    }

    pub(crate) async fn connect_trusting(
        &self,
        roots: RootCertStore,
        protocol: &[u8],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

/// Plain connections on one side, TLS on the other: what knows no TLS talks to the relay all the same.
async fn bridge(to: Encrypted) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let to = to.clone();
            tokio::spawn(async move {
                let Ok(mut far) = to.connect(b"http/1.1").await else { return };
                let _ = copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    base
}
