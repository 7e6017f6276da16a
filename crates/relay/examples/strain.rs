//! Strains a relay program and prints one JSON line a figure, as `measure` does: what 800 slow clients cost the others,
//! and how much memory 64 uploads of 100 MB take. Arguments: the program, a folder, and, to run one part alone, `slow`
//! or `memory`. `tls` anywhere puts TLS in between.
//!
//! `cargo run --release -p relay --example strain -- target/release/cloakroom-relay FOLDER [slow|memory] [tls]`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement, not a product"
)]
#![allow(clippy::print_stdout, reason = "its figures are its output")]

mod load;

use load::{Connection, JSON, MIB, Opened, PART, Process, at, hex, random, say};
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::json;
use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::TlsConnector;
use wire::DeskToken;

const SLOW: usize = 800;
/// Clients that work, requests of each in a round, and rounds without and with the slow ones.
const QUICK: usize = 8;
const REQUESTS: usize = 96;
const ROUNDS: usize = 3;
/// The slow ones arrive within this time: as long as one of them may take over a header.
const ARRIVE: Duration = Duration::from_secs(5);
const UPLOADS: usize = 64;

#[tokio::main]
async fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let tls = arguments.iter().any(|argument| argument == "tls");
    arguments.retain(|argument| argument != "tls");
    let [program, folder, only @ ..] = arguments.as_slice() else {
        println!("strain PROGRAM FOLDER [slow|memory] [tls]");
        return;
    };
    let wanted = |what: &str| only.is_empty() || only.iter().any(|only| only == what);
    let folder = Path::new(folder).join(format!("strain-{}", std::process::id()));
    let how = if tls { "TLS" } else { "plain" };
    if wanted("slow") {
        fs::create_dir_all(&folder).unwrap();
        let relay = Arc::new(Relay::start(program, &folder, tls).await);
        slow(&relay, how).await;
        drop(relay);
        fs::remove_dir_all(&folder).unwrap();
    }
    if wanted("memory") {
        fs::create_dir_all(&folder).unwrap();
        let relay = Arc::new(Relay::start(program, &folder, tls).await);
        memory(&relay, how).await;
        drop(relay);
        fs::remove_dir_all(&folder).unwrap();
    }
}

/// The others' p99 with 800 slow clients against without, in turns.
async fn slow(relay: &Arc<Relay>, how: &str) {
    let download = relay.submitted().await;
    let (mut alone, mut among) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.extend(relay.quick().await);
        // On a thread of their own: the others are to wait for the relay, not for them.
        let theirs =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        for n in 0..SLOW {
            let (relay, download) = (Arc::clone(relay), download.clone());
            theirs.spawn(async move {
                // They come, and come again, one after the other, as strangers do, and not as one crowd.
                tokio::time::sleep(ARRIVE * n as u32 / SLOW as u32).await;
                relay.hang(n, &download).await;
            });
        }
        tokio::time::sleep(ARRIVE + Duration::from_secs(1)).await;
        among.extend(relay.quick().await);
        theirs.shutdown_background();
    }
    let (before, with) = (at(&mut alone, 0.99), at(&mut among, 0.99));
    say(&format!("p50 of the others, alone, {how}"), at(&mut alone, 0.5), "ms", "");
    say(&format!("p50 of the others, among 800 slow clients, {how}"), at(&mut among, 0.5), "ms", "");
    say(&format!("p99 of the others, alone, {how}"), before, "ms", "");
    say(&format!("p99 of the others, among 800 slow clients, {how}"), with, "ms", "");
    say(&format!("p99 among 800 slow clients against alone, {how}"), with / before, "", "<= 2");
    say(&format!("memory with 800 slow clients, peak, {how}"), relay.process.resident(), "MiB", "");
}

/// 64 uploads of 100 MB at the same time.
async fn memory(relay: &Arc<Relay>, how: &str) {
    let bytes = Arc::new(random(MIB));
    let mut uploading = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..UPLOADS {
        let (relay, bytes) = (Arc::clone(relay), Arc::clone(&bytes));
        uploading.spawn(async move {
            let mut connection = relay.connect().await;
            let opened = Opened::open(&mut connection, &relay.process.desk).await;
            for n in 0..PART / MIB {
                opened.put(&mut connection, &"0f".repeat(16), n, &bytes).await;
            }
        });
    }
    uploading.join_all().await;
    let rate = (UPLOADS * PART / MIB) as f64 / begun.elapsed().as_secs_f64();
    say(&format!("64 uploads of 96 MiB at once, durable, {how}"), rate, "MiB/s", "");
    // Holds however busy the machine is.
    let each = relay.process.processor() / (UPLOADS * PART / MIB) as f64 * 1e6;
    say(&format!("processor time for a MiB of them, {how}"), each, "us", "");
    say(&format!("memory under 64 uploads of 96 MiB, peak, {how}"), relay.process.resident(), "MiB", "<= 64");
}

struct Relay {
    process: Process,
    tls: Option<TlsConnector>,
}

/// A connection, whatever is under it.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Relay {
    async fn start(program: &str, folder: &Path, tls: bool) -> Self {
        let mut more: Vec<String> = Vec::new();
        let mut connector = None;
        if tls {
            let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
            let pair = KeyPair::generate().unwrap();
            let signed =
                CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&pair).unwrap();
            fs::write(&certificate, signed.pem()).unwrap();
            fs::write(&key, pair.serialize_pem()).unwrap();
            let files = [certificate.display().to_string(), key.display().to_string()];
            // All of them come from one machine, as they would not: nobody is counted.
            let flags = [
                ["--tls-cert", &files[0]],
                ["--tls-key", &files[1]],
                ["--host", "localhost"],
                ["--limits-connections-per-address", "0"],
                ["--limits-requests-per-second", "0"],
                ["--limits-box-requests-per-second", "0"],
            ];
            more.extend(flags.concat().into_iter().map(str::to_owned));
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(&certificate).unwrap()).unwrap();
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
            connector = Some(TlsConnector::from(Arc::new(config)));
        }
        let token = hex(32);
        let (process, code) = Process::start_public(program, folder, &more, token.clone());
        let relay = Self { process, tls: connector };
        let body = json!({ "code": code, "token_hash": DeskToken::parse(&token).unwrap().hash() });
        let body = body.to_string().into_bytes();
        assert_eq!(relay.connect().await.call("POST", "/v1/desk/enrol", "", JSON, &body).await, 200);
        relay
    }

    async fn connect(&self) -> Connection<Box<dyn Stream>> {
        let stream = TcpStream::connect(&self.process.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let stream: Box<dyn Stream> = match &self.tls {
            Some(tls) => {
                Box::new(tls.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap())
            }
            None => Box::new(stream),
        };
        Connection::over(stream, 64 * 1024)
    }

    /// A submission of 4 MiB, and how a desk asks for it.
    async fn submitted(&self) -> String {
        let mut connection = self.connect().await;
        let opened = Opened::open(&mut connection, &self.process.desk).await;
        opened.submit(&mut connection, 4 * MIB).await
    }

    /// What people who are not slow wait for: a chunk of 64 KiB, then a look at the box.
    async fn quick(self: &Arc<Self>) -> Vec<Duration> {
        let bytes = Arc::new(random(64 * 1024));
        let mut working = JoinSet::new();
        for _ in 0..QUICK {
            let (relay, bytes) = (Arc::clone(self), Arc::clone(&bytes));
            working.spawn(async move {
                let mut connection = relay.connect().await;
                let opened = Opened::open(&mut connection, &relay.process.desk).await;
                let path = format!("/v1/boxes/{}", opened.id);
                let mut times = Vec::new();
                for n in 0..REQUESTS {
                    let begun = Instant::now();
                    opened.put(&mut connection, &"0f".repeat(16), n, &bytes).await;
                    assert_eq!(connection.call("GET", &path, &opened.token, "", &[]).await, 200);
                    times.push(begun.elapsed());
                }
                times
            });
        }
        working.join_all().await.into_iter().flatten().collect()
    }

    /// Is slow in one of three ways, and comes again whenever it is cut.
    async fn hang(&self, n: usize, download: &str) {
        let (id, token) = (hex(16), hex(32));
        loop {
            let mut connection = self.connect().await;
            let asked = match n % 3 {
                0 => "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_owned(),
                1 => format!(
                    "PUT /v1/boxes/{id}/parts/{id}/0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \
                     {token}\r\nContent-Length: 60000\r\n\r\n"
                ),
                _ => format!(
                    "GET {download} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
                    self.process.desk
                ),
            };
            if connection.stream.write_all(asked.as_bytes()).await.is_err() {
                continue;
            }
            // A byte a second, to or fro, until the relay has had enough.
            let mut byte = [0];
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let alive = if n % 3 == 2 {
                    matches!(connection.stream.read(&mut byte).await, Ok(1))
                } else {
                    connection.stream.write_all(b"a").await.is_ok()
                };
                if !alive {
                    break;
                }
            }
        }
    }
}
