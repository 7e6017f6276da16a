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

use rcgen::{CertificateParams, KeyPair};
use ring::rand::{SecureRandom, SystemRandom};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::TlsConnector;
use wire::{DataClass, PartSlot, Record, RecordPart, SubmitBody, UploadToken, digest::part_digest, sha256};

const MIB: usize = 1024 * 1024;
const SLOW: usize = 800;
/// Clients that work, requests of each in a round, and rounds without and with the slow ones.
const QUICK: usize = 8;
const REQUESTS: usize = 96;
const ROUNDS: usize = 3;
const UPLOADS: usize = 64;
const UPLOAD_MIB: usize = 96;

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
        let relay = Arc::new(Relay::start(program, &folder, tls));
        slow(&relay, how).await;
        drop(relay);
        fs::remove_dir_all(&folder).unwrap();
    }
    if wanted("memory") {
        fs::create_dir_all(&folder).unwrap();
        let relay = Arc::new(Relay::start(program, &folder, tls));
        memory(&relay, how).await;
        drop(relay);
        fs::remove_dir_all(&folder).unwrap();
    }
}

fn say(what: &str, value: f64, unit: &str, goal: &str) {
    let value = (value * 1000.0).round() / 1000.0;
    println!("{}", json!({"what": what, "value": value, "unit": unit, "goal": goal}));
}

/// The others' p99 with 800 slow clients against without, in turns.
async fn slow(relay: &Arc<Relay>, how: &str) {
    let download = relay.submitted().await;
    let (mut alone, mut among) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.extend(relay.quick().await);
        let mut hanging = JoinSet::new();
        for n in 0..SLOW {
            let (relay, download) = (Arc::clone(relay), download.clone());
            hanging.spawn(async move { relay.hang(n, &download).await });
        }
        // They hang before the others begin.
        tokio::time::sleep(Duration::from_secs(2)).await;
        among.extend(relay.quick().await);
        hanging.shutdown().await;
    }
    let at = |times: &mut Vec<Duration>, share: f64| {
        times.sort();
        times[(times.len() as f64 * share) as usize].as_secs_f64() * 1000.0
    };
    let (before, with) = (at(&mut alone, 0.99), at(&mut among, 0.99));
    say(&format!("p50 of the others, alone, {how}"), at(&mut alone, 0.5), "ms", "");
    say(&format!("p50 of the others, among 800 slow clients, {how}"), at(&mut among, 0.5), "ms", "");
    say(&format!("p99 of the others, alone, {how}"), before, "ms", "");
    say(&format!("p99 of the others, among 800 slow clients, {how}"), with, "ms", "");
    say(&format!("p99 among 800 slow clients against alone, {how}"), with / before, "", "<= 2");
    say(&format!("memory with 800 slow clients, peak, {how}"), relay.resident(), "MiB", "");
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
            let (id, token, _) = relay.open(&mut connection).await;
            for n in 0..UPLOAD_MIB {
                let path = format!("/v1/boxes/{id}/parts/{}/{n}", "0f".repeat(16));
                assert_eq!(
                    connection.call("PUT", &path, &token, "application/octet-stream", &bytes).await,
                    201
                );
            }
        });
    }
    uploading.join_all().await;
    let rate = (UPLOADS * UPLOAD_MIB) as f64 / begun.elapsed().as_secs_f64();
    say(&format!("64 uploads of 96 MiB at once, durable, {how}"), rate, "MiB/s", "");
    say(&format!("memory under 64 uploads of 96 MiB, peak, {how}"), relay.resident(), "MiB", "<= 64");
}

struct Relay {
    child: Child,
    address: String,
    desk: String,
    tls: Option<TlsConnector>,
}

/// A connection, whatever is under it.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Relay {
    fn start(program: &str, folder: &Path, tls: bool) -> Self {
        let token = folder.join("token");
        let mut command = Command::new(program);
        command.args(["serve", "--data-dir"]).arg(folder.join("store"));
        command.arg("--desk-token-file").arg(&token).stdout(Stdio::piped());
        let mut connector = None;
        if tls {
            let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
            let pair = KeyPair::generate().unwrap();
            let signed =
                CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&pair).unwrap();
            fs::write(&certificate, signed.pem()).unwrap();
            fs::write(&key, pair.serialize_pem()).unwrap();
            command
                .arg("--tls-cert")
                .arg(&certificate)
                .arg("--tls-key")
                .arg(&key)
                .args(["--host", "localhost"]);
            // All of them come from one machine, as they would not.
            command.args(["--limits-connections-per-address", "0", "--limits-requests-per-second", "0"]);
            command.args(["--limits-box-requests-per-second", "0"]);
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(&certificate).unwrap()).unwrap();
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
            connector = Some(TlsConnector::from(Arc::new(config)));
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap().split("//").nth(1).unwrap().to_owned();
        Self { child, address, desk: fs::read_to_string(token).unwrap().trim().to_owned(), tls: connector }
    }

    /// The most memory it ever had, MiB.
    fn resident(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    async fn connect(&self) -> Connection {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let stream: Box<dyn Stream> = match &self.tls {
            Some(tls) => {
                Box::new(tls.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap())
            }
            None => Box::new(stream),
        };
        Connection { stream, buffer: vec![0; 64 * 1024] }
    }

    /// Opens a box for parts of 1 MiB chunks; its id, token and request.
    async fn open(&self, connection: &mut Connection) -> (String, String, Vec<u8>) {
        let (id, token, request) = (hex(16), hex(32), random(4125));
        let expires =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 86_400;
        let body = json!({
            "id": id,
            "token_hash": UploadToken::parse(&token).unwrap().hash(),
            "request": data_encoding::BASE64.encode(&request),
            "expires": expires,
            "limits": {"bytes": UPLOAD_MIB * MIB, "parts": 20},
            "chunk_size": MIB,
        });
        let body = body.to_string().into_bytes();
        assert_eq!(connection.call("POST", "/v1/boxes", &self.desk, "application/json", &body).await, 201);
        (id, token, request)
    }

    /// A submission of 4 MiB, and how a desk asks for it.
    async fn submitted(&self) -> String {
        let mut connection = self.connect().await;
        let (id, token, request) = self.open(&mut connection).await;
        let part = random(4 * MIB);
        let part_id: [u8; 16] = random(16).try_into().unwrap();
        let name = data_encoding::HEXLOWER.encode(&part_id);
        for (n, chunk) in part.chunks(MIB).enumerate() {
            let path = format!("/v1/boxes/{id}/parts/{name}/{n}");
            assert_eq!(connection.call("PUT", &path, &token, "application/octet-stream", chunk).await, 201);
        }
        let record = Record {
            box_id: id.parse().unwrap(),
            request_hash: sha256(&request),
            owner_hash: [0; 32],
            parts: vec![RecordPart {
                id: wire::PartId::from_bytes(part_id),
                class: DataClass::Identity,
                slot: PartSlot::Manifest,
                length: part.len() as u64,
                digest: part_digest(&part, MIB),
            }],
        };
        let body = SubmitBody { record, mac: [0; 32] }.encode();
        let path = format!("/v1/boxes/{id}/submit");
        assert_eq!(connection.call("POST", &path, &token, "application/octet-stream", &body).await, 200);
        format!("/v1/desk/boxes/{id}/parts/{name}")
    }

    /// What people who are not slow wait for: a chunk of 64 KiB, then a look at the box.
    async fn quick(self: &Arc<Self>) -> Vec<Duration> {
        let bytes = Arc::new(random(64 * 1024));
        let mut working = JoinSet::new();
        for _ in 0..QUICK {
            let (relay, bytes) = (Arc::clone(self), Arc::clone(&bytes));
            working.spawn(async move {
                let mut connection = relay.connect().await;
                let (id, token, _) = relay.open(&mut connection).await;
                let mut times = Vec::new();
                for n in 0..REQUESTS {
                    let path = format!("/v1/boxes/{id}/parts/{}/{n}", "0f".repeat(16));
                    let begun = Instant::now();
                    let put = connection.call("PUT", &path, &token, "application/octet-stream", &bytes).await;
                    assert_eq!(put, 201);
                    assert_eq!(
                        connection.call("GET", &format!("/v1/boxes/{id}"), &token, "", &[]).await,
                        200
                    );
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
                    self.desk
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

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}

fn hex(length: usize) -> String {
    data_encoding::HEXLOWER.encode(&random(length))
}

/// One connection, one call after the other.
struct Connection {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

impl Connection {
    async fn call(&mut self, method: &str, path: &str, token: &str, media_type: &str, body: &[u8]) -> u16 {
        let kind =
            if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\r\n") };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{kind}\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.stream.write_all(head.as_bytes()).await.unwrap();
        self.stream.write_all(body).await.unwrap();
        self.stream.flush().await.unwrap();
        let mut filled = 0;
        let head = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.unwrap();
            assert!(read > 0, "the relay closed the connection");
            filled += read;
            let end = self.buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).unwrap().to_ascii_lowercase();
        let status = text.split(' ').nth(1).unwrap().parse().unwrap();
        let length = text.split("content-length: ").nth(1);
        let length = length.map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
        let mut left = length - (filled - head);
        while left > 0 {
            let most = left.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..most]).await.unwrap();
            assert!(read > 0, "the relay closed the connection");
            left -= read;
        }
        status
    }
}
