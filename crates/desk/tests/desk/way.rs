//! The way to a relay that is not this machine's: TLS and whom it trusts, the system's proxy, and what is said when it
//! does not lead there.

use crate::elsewhere::Elsewhere;
use desk::{HttpTransport, NoAnswer, RelayClient, RelayError};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use wire::DeskToken;

const DAY: Duration = Duration::from_secs(86_400);

/// An authority that only this test knows, and a file with its certificate.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// For how long a certificate is good.
enum Good {
    Now,
    NotYet,
    NoMore,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn server(&self, name: &str, good: &Good) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        let now = std::time::SystemTime::now();
        let (from, until) = match good {
            Good::Now => (now - DAY, now + DAY * 30),
            Good::NotYet => (now + DAY, now + DAY * 30),
            Good::NoMore => (now - DAY * 30, now - DAY),
        };
        (params.not_before, params.not_after) = (from.into(), until.into());
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap()
    }
}

/// Ends TLS before a relay that speaks plainly.
struct Front {
    at: SocketAddr,
    task: JoinHandle<()>,
}

impl Front {
    async fn of(elsewhere: &Elsewhere, tls: ServerConfig) -> Self {
        let to = elsewhere.origin().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
        let task = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let (acceptor, to) = (acceptor.clone(), to.clone());
                tokio::spawn(async move {
                    let Ok(mut near) = acceptor.accept(near).await else { return };
                    let mut far = TcpStream::connect(to).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { at, task }
    }

    fn origin(&self, name: &str) -> String {
        format!("https://{name}:{}", self.at.port())
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Asks for a box that is not there; with the desk's own token the relay says so itself.
async fn ask(transport: HttpTransport, origin: &str, token: &Arc<DeskToken>) -> RelayError {
    let client = RelayClient::new(Arc::new(transport), origin, Arc::clone(token)).unwrap();
    client.view(wire::BoxId::from_bytes([7; 16])).await.err().unwrap()
}

fn silent(why: NoAnswer) -> RelayError {
    RelayError::Unreachable(why)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_certificate_is_told_apart() {
    let (authority, elsewhere) = (Authority::new(), Elsewhere::start().await);
    let trusting = || HttpTransport::trusting(authority.file());
    let good = Front::of(&elsewhere, authority.server("localhost", &Good::Now)).await;
    let origin = good.origin("localhost");
    assert_eq!(ask(trusting(), &origin, &elsewhere.token).await, RelayError::NotHere, "it leads there");
    assert_eq!(ask(HttpTransport::new(), &origin, &elsewhere.token).await, silent(NoAnswer::Untrusted));
    for (name, good, why) in [
        ("elsewhere.example", Good::Now, NoAnswer::WrongName),
        ("localhost", Good::NoMore, NoAnswer::Expired),
        ("localhost", Good::NotYet, NoAnswer::NotYetValid),
    ] {
        let front = Front::of(&elsewhere, authority.server(name, &good)).await;
        let said = ask(trusting(), &front.origin("localhost"), &elsewhere.token).await;
        assert_eq!(said, silent(why));
    }
    let missing = HttpTransport::trusting("/nowhere/authority.pem");
    assert_eq!(ask(missing, &origin, &elsewhere.token).await, silent(NoAnswer::Roots));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_relay_from_answering_is_told_apart() {
    let elsewhere = Elsewhere::start().await;
    let token = &elsewhere.token;
    let plain = elsewhere.origin().replace("http://127.0.0.1", "https://localhost");
    assert_eq!(ask(HttpTransport::new(), &plain, token).await, silent(NoAnswer::NoTls));
    let nowhere = "https://no-such-name.invalid";
    assert_eq!(ask(HttpTransport::new(), nowhere, token).await, silent(NoAnswer::Name));
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let closed = format!("http://127.0.0.1:{port}");
    assert_eq!(ask(HttpTransport::new(), &closed, token).await, silent(NoAnswer::Refused));
    for (status, page) in
        [("200 OK", "<title>Sign in</title>"), ("407 Proxy Authentication Required", ""), ("302 Found", "")]
    {
        let between = answering(format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
            page.len()
        ))
        .await;
        assert_eq!(ask(HttpTransport::new(), &between, token).await, silent(NoAnswer::InBetween), "{status}");
    }
    let stranger = Arc::new(DeskToken::from_bytes([1; 32]));
    assert_eq!(ask(HttpTransport::new(), &elsewhere.origin(), &stranger).await, RelayError::Unauthorized);
}

/// Something that gives everybody one answer.
pub async fn answering(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4096];
            let _ = near.read(&mut asked).await;
            let _ = near.write_all(answer.as_bytes()).await;
        }
    });
    origin
}

const CHILD: &str = "CLOAKROOM_TEST_PROXY_CHILD";

/// Asks one relay after the other, by what this process's environment says of proxies.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_that_asks_by_a_proxy() {
    let Ok(given) = std::env::var(CHILD) else { return };
    let given: serde_json::Value = serde_json::from_str(&given).unwrap();
    let token = Arc::new(DeskToken::parse(given["token"].as_str().unwrap()).unwrap());
    for origin in given["origins"].as_array().unwrap() {
        let transport = HttpTransport::trusting(given["roots"].as_str().unwrap());
        let said = ask(transport, origin.as_str().unwrap(), &token).await;
        println!("said {said:?}");
    }
}

/// What the child said, under a proxy or none.
async fn by_proxy(
    authority: &Authority,
    elsewhere: &Elsewhere,
    origins: &[&str],
    proxy: &[(&str, &str)],
) -> Vec<String> {
    let given = serde_json::json!({
        "token": *elsewhere.token.to_bearer(), "origins": origins, "roots": authority.file().to_str().unwrap(),
    });
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "way::the_child_that_asks_by_a_proxy", "--nocapture"])
        .env(CHILD, given.to_string());
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        child.env_remove(name).env_remove(name.to_uppercase());
    }
    child.envs(proxy.iter().copied());
    let output = child.output().await.unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_once("said ")).map(|(_, said)| said.to_owned()).collect()
}

/// Debian's tinyproxy, on a port of its own. It writes down every connection.
struct Tinyproxy {
    process: tokio::process::Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Tinyproxy {
    async fn start(rules: &str) -> Self {
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap().port()
        };
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("tinyproxy.conf");
        let log = folder.path().join("log");
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 20\nLogLevel Connect\nLogFile \"{}\"\n{rules}",
            log.display()
        );
        std::fs::write(&config, text).unwrap();
        let process = tokio::process::Command::new("tinyproxy")
            .args(["-d", "-c"])
            .arg(&config)
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Debian's tinyproxy is installed");
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self { process, port, folder }
    }

    fn connects(&self) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.lines().filter(|line| line.contains("Request") && line.contains(": CONNECT ")).count()
    }

    async fn stop(mut self) {
        self.process.kill().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_proxy_is_gone_by_and_never_to_this_machine() {
    let (authority, elsewhere) = (Authority::new(), Elsewhere::start().await);
    // A name of this machine that is not one of those that stay on it, as far as the desk can tell.
    let name = std::fs::read_to_string("/etc/hostname").unwrap().trim().to_owned();
    let front = Front::of(&elsewhere, authority.server(&name, &Good::Now)).await;
    let far = front.origin(&name);
    let near = elsewhere.origin();
    let proxy = Tinyproxy::start("").await;
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let variables = [("HTTPS_PROXY", address.as_str()), ("HTTP_PROXY", address.as_str())];
    let said = by_proxy(&authority, &elsewhere, &[&far, &near], &variables).await;
    assert_eq!(said, ["NotHere", "NotHere"]);
    assert_eq!(proxy.connects(), 1, "by the proxy to the other machine, and not to this one");
    let but = [variables[0], variables[1], ("NO_PROXY", name.as_str())];
    assert_eq!(by_proxy(&authority, &elsewhere, &[&far], &but).await, ["NotHere"]);
    assert_eq!(proxy.connects(), 1, "what the system excepts is spoken to directly");
    proxy.stop().await;
    // A proxy that is not there says nothing about the relay; nor does one that lets nobody through.
    let said = by_proxy(&authority, &elsewhere, &[&far], &variables).await;
    assert_eq!(said, ["Unreachable(Proxy)"]);
    let strict = Tinyproxy::start("ConnectPort 1\n").await;
    let address = format!("http://127.0.0.1:{}", strict.port);
    let said = by_proxy(&authority, &elsewhere, &[&far], &[("HTTPS_PROXY", &address)]).await;
    assert_eq!(said, ["Unreachable(Proxy)"]);
    let locked = Tinyproxy::start("BasicAuth mira secret\n").await;
    let address = format!("127.0.0.1:{}", locked.port);
    let plain = format!("http://{address}");
    assert_eq!(
        by_proxy(&authority, &elsewhere, &[&far], &[("HTTPS_PROXY", &plain)]).await,
        ["Unreachable(Proxy)"]
    );
    let known = format!("http://mira:secret@{address}");
    assert_eq!(by_proxy(&authority, &elsewhere, &[&far], &[("HTTPS_PROXY", &known)]).await, ["NotHere"]);
}
