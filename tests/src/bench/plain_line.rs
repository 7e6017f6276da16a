//! A port of this machine that leads to a relay behind TLS: for a customer played by a plain client.

use journeys::Outcome;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;

/// The port. Dropped, it is closed.
pub(crate) struct PlainLine {
    address: SocketAddr,
    passing: JoinHandle<()>,
}

impl PlainLine {
    /// Leads to the relay at this `https` address, whose certificate these vouch for.
    pub(crate) async fn to(origin: &str, authority: &Path) -> Outcome<Self> {
        let far: SocketAddr = origin.strip_prefix("https://").ok_or("this is not https")?.parse()?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(authority)?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let passing = tokio::spawn(pass(listener, far, TlsConnector::from(Arc::new(config))));
        Ok(Self { address, passing })
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for PlainLine {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

/// A connection that fails on either side ends; whoever used it says so.
async fn pass(listener: TcpListener, far: SocketAddr, tls: TlsConnector) {
    while let Ok((mut near, _)) = listener.accept().await {
        let tls = tls.clone();
        tokio::spawn(async move {
            let stream = TcpStream::connect(far).await?;
            stream.set_nodelay(true)?;
            let mut stream = tls.connect(ServerName::from(far.ip()), stream).await?;
            copy_bidirectional(&mut near, &mut stream).await
        });
    }
}
