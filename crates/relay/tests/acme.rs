//! A certificate by ACME, from a real authority: Debian's `pebble`, with its own DNS.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const NAME: &str = "drop.cloakroom.test";

/// An authority, and a DNS in which every name is this machine.
struct Authority {
    directory: String,
    management: u16,
    ca: PathBuf,
    _children: [Child; 2],
}

/// Ports that were free a moment ago.
fn free_ports<const N: usize>() -> [u16; N] {
    let held: Vec<_> = (0..N).map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let ports: Vec<u16> = held.iter().map(|one| one.local_addr().unwrap().port()).collect();
    ports.try_into().unwrap()
}

impl Authority {
    /// Starts it; it looks for the relay on `port` instead of 443, and its certificates are good for `validity` seconds.
    async fn start(folder: &Path, port: u16, validity: u64) -> Self {
        let [dns, dns_management, acme, management] = free_ports();
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let own = own.self_signed(&key).unwrap();
        let [ca, ca_key, config] = ["ca.pem", "ca-key.pem", "pebble.json"].map(|name| folder.join(name));
        fs::write(&ca, own.pem()).unwrap();
        fs::write(&ca_key, key.serialize_pem()).unwrap();
        let pebble = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{acme}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": ca,
            "privateKey": ca_key,
            "httpPort": 1,
            "tlsPort": port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": validity,
        }});
        fs::write(&config, pebble.to_string()).unwrap();
        let names = Command::new("pebble-challtestsrv")
            .args([
                "-dns01",
                &format!("127.0.0.1:{dns}"),
                "-management",
                &format!("127.0.0.1:{dns_management}"),
            ])
            .args([
                "-http01",
                "",
                "-https01",
                "",
                "-tlsalpn01",
                "",
                "-defaultIPv4",
                "127.0.0.1",
                "-defaultIPv6",
                "",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Debian's package pebble is needed for this test");
        let authority = Command::new("pebble")
            .arg("-config")
            .arg(&config)
            .args(["-dnsserver", &format!("127.0.0.1:{dns}")])
            .env("PEBBLE_VA_NOSLEEP", "1")
            // It refuses one nonce in twenty to try its clients; ours then waits before it begins again.
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .stdout(fs::File::create(folder.join("pebble.log")).unwrap())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        for port in [acme, management, dns_management] {
            until(async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        }
        Self {
            directory: format!("https://localhost:{acme}/dir"),
            management,
            ca,
            _children: [names, authority],
        }
    }

    /// The root that its certificates come down to.
    async fn root(&self) -> CertificateDer<'static> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.ca).unwrap()).unwrap();
        let mut stream = shake_hands(self.management, "localhost", roots).await.unwrap();
        stream.write_all(b"GET /roots/0 HTTP/1.0\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        CertificateDer::from_pem_slice(&answer).unwrap()
    }
}

/// Tries until it works, for two minutes.
async fn until<T>(attempt: impl AsyncFn() -> Option<T>) -> T {
    let trying = async {
        loop {
            if let Some(done) = attempt().await {
                return done;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), trying).await.expect("it did not come in time")
}

async fn shake_hands(port: u16, name: &str, roots: RootCertStore) -> std::io::Result<TlsStream<TcpStream>> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn start_relay(config: &Path, log: &Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cloakroom-relay"))
        .args(["serve", "--config"])
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(fs::File::options().create(true).append(true).open(log).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    let said: Value = serde_json::from_str(&line).expect("the program says where it listens");
    assert!(said["listening"].as_str().unwrap().starts_with("https://"));
    child
}

async fn ready(port: u16, root: &CertificateDer<'static>) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let mut stream = shake_hands(port, NAME, roots).await.ok()?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    Some(answer)
}

/// Writes the relay's configuration.
fn configure(folder: &Path, port: u16, authority: &Authority) -> PathBuf {
    let config = folder.join("relay.toml");
    let settings = format!(
        "data_dir = {:?}\nlisten = \"127.0.0.1:{port}\"\n\n[acme]\ndomains = [\"{NAME}\"]\n\
         contact = \"mailto:operator@cloakroom.test\"\ndirectory = \"{}\"\nca_file = {:?}\n",
        folder.join("data"),
        authority.directory,
        authority.ca
    );
    fs::write(&config, settings).unwrap();
    config
}

/// From nothing to a certificate that a client believes; and the next start needs no authority.
#[tokio::test]
async fn gets_a_certificate_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports();
    let authority = Authority::start(folder.path(), port, 90 * 86_400).await;
    let (config, log) = (configure(folder.path(), port, &authority), folder.path().join("relay.log"));
    let data = folder.path().join("data");
    let mut relay = start_relay(&config, &log).await;
    let root = authority.root().await;
    let answer = until(async || ready(port, &root).await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    // For this user alone, and whole.
    let acme = data.join("acme");
    assert_eq!(fs::metadata(&acme).unwrap().permissions().mode() & 0o777, 0o700);
    let kept = until(async || {
        let files: Vec<_> = fs::read_dir(&acme).unwrap().map(|entry| entry.unwrap().path()).collect();
        (files.len() == 2).then_some(files)
    });
    for file in kept.await {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(file.extension().is_some_and(|extension| extension == "pem"));
    }

    relay.kill().await.unwrap();
    drop(authority);
    let mut relay = start_relay(&config, &log).await;
    let answer = until(async || ready(port, &root).await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    relay.kill().await.unwrap();
    let log = fs::read_to_string(&log).unwrap();
    assert!(
        log.contains("a new certificate is in use") && log.contains("the kept certificate is in use"),
        "{log}"
    );
    assert!(!log.contains("operator@cloakroom.test"));
}

/// The certificate that is shown, where it is good and the relay answers by it.
async fn shown(port: u16, root: &CertificateDer<'static>) -> Option<CertificateDer<'static>> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let stream = match shake_hands(port, NAME, roots).await {
        Ok(stream) => stream,
        // A good one at every moment; a relay too busy for a handshake is asked again.
        Err(error) => {
            let why = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            assert!(!matches!(why, Some(rustls::Error::InvalidCertificate(_))), "{error}");
            return None;
        }
    };
    let own = stream.get_ref().1.peer_certificates()?.first()?.clone();
    ready(port, root).await.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")).then_some(own)
}

/// One that runs out is followed by another before it does, while the relay serves.
#[tokio::test]
async fn renews_its_certificate_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports();
    let authority = Authority::start(folder.path(), port, 60).await;
    let (config, log) = (configure(folder.path(), port, &authority), folder.path().join("relay.log"));
    let mut relay = start_relay(&config, &log).await;
    let root = authority.root().await;
    let first = until(async || shown(port, &root).await).await;
    let second = until(async || {
        let now = shown(port, &root).await?;
        (now != first).then_some(now)
    });
    let second = second.await;
    // It is what the next start would show.
    let kept = until(async || {
        let files = fs::read_dir(folder.path().join("data/acme")).unwrap();
        let mut files = files.map(|entry| fs::read(entry.unwrap().path()).unwrap_or_default());
        files.any(|pem| CertificateDer::from_pem_slice(&pem).is_ok_and(|kept| kept == second)).then_some(())
    });
    kept.await;
    relay.kill().await.unwrap();
    let log = fs::read_to_string(&log).unwrap();
    assert_eq!(log.matches("a new certificate is in use").count(), 2, "{log}");
}
