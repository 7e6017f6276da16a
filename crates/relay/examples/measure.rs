//! Measures a relay program against the disk under it, and prints one JSON line a figure:
//! `{"what":…,"value":…,"unit":…,"goal":…}`. Arguments: the program, a folder on the disk to measure, and, to run
//! one of them alone, `uploads`, `creations`, `shares`, `webhooks` or `downloads`.
//!
//! `cargo run --release -p relay --example measure -- target/release/cloakroom-relay FOLDER`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement, not a product"
)]
#![allow(clippy::print_stdout, reason = "its figures are its output")]

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use wire::{DataClass, PartSlot, Record, RecordPart, SubmitBody, UploadToken, digest::part_digest, sha256};

const MIB: usize = 1024 * 1024;
const WRITERS: usize = 64;
const UPLOADS: usize = 2048;
const CREATORS: usize = 256;
const CREATIONS: usize = 60_000;
/// With three shares each; together with the others, below what one desk may have open.
const WITH_SHARES: usize = 30_000;
const WEBHOOKS: usize = 1000;
const HOOKS: usize = 4;
const DOWNLOADS: usize = 40;
const DOWNLOAD_MIB: usize = 96;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [program, folder, only @ ..] = arguments.as_slice() else {
        println!("measure PROGRAM FOLDER [uploads|creations|shares|webhooks|downloads]");
        return;
    };
    let wanted = |what: &str| only.is_empty() || only.iter().any(|only| only == what);
    let folder = Path::new(folder).join(format!("measure-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let relay = Relay::start(program, &folder);
    if wanted("uploads") {
        // The disk is measured before and after: it is not the same from one minute to the next.
        let before = raw_writes(&folder);
        let (rate, p50, p99) = relay.uploads().await;
        let raw = (before + raw_writes(&folder)) / 2.0;
        say("raw create + write + fsync of 1 MiB, 64 writers", raw, "1/s", "");
        say("uploads of 1 MiB, 64 at once, durable", rate, "1/s", ">= 486");
        say("uploads against raw", rate / raw, "", ">= 0.6");
        say("upload p50", p50, "ms", "");
        say("upload p99", p99, "ms", "<= 154");
        say("memory after uploads, peak", relay.resident(), "MiB", "<= 64");
    }
    if wanted("creations") {
        let before = relay.cpu();
        say(
            "box creations, durable, 256 at once",
            relay.creations(CREATIONS, false).await,
            "1/s",
            ">= 10000",
        );
        // Holds however busy the machine is.
        say("processor time for a creation", (relay.cpu() - before) / CREATIONS as f64 * 1e6, "us", "");
    }
    if wanted("shares") {
        let before = relay.cpu();
        let rate = relay.creations(WITH_SHARES, true).await;
        say("box creations with three shares, durable, 256 at once", rate, "1/s", "");
        let time = (relay.cpu() - before) / WITH_SHARES as f64 * 1e6;
        say("processor time for a creation with three shares", time, "us", "");
    }
    if wanted("webhooks") {
        let (kept, fetched) = relay.webhooks().await;
        say("1,000 webhooks of 2 KiB kept, durable, 16 at once", kept, "s", "<= 60");
        say("1,000 webhooks fetched and done with, one after the other", fetched, "s", "<= 60");
    }
    if wanted("downloads") {
        say("downloads of 96 MiB, one at a time", relay.downloads(1).await, "GB/s", ">= 1.5");
        say("downloads of 96 MiB, two at a time", relay.downloads(2).await, "GB/s", ">= 1.5");
    }
    say("memory at the end, peak", relay.resident(), "MiB", "<= 64");
    drop(relay);
    fs::remove_dir_all(&folder).unwrap();
}

fn say(what: &str, value: f64, unit: &str, goal: &str) {
    let value = (value * 1000.0).round() / 1000.0;
    println!("{}", json!({"what": what, "value": value, "unit": unit, "goal": goal}));
}

/// Files a second that 64 threads create, fill with 1 MiB and fsync.
fn raw_writes(folder: &Path) -> f64 {
    let folder = folder.join("raw");
    fs::create_dir_all(&folder).unwrap();
    let bytes = random(MIB);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (folder, bytes) = (&folder, &bytes);
            scope.spawn(move || {
                for n in 0..UPLOADS / 2 / WRITERS {
                    let mut file = File::create_new(folder.join(format!("{writer}-{n}"))).unwrap();
                    file.write_all(bytes).unwrap();
                    file.sync_all().unwrap();
                }
            });
        }
    });
    let rate = (UPLOADS / 2) as f64 / begun.elapsed().as_secs_f64();
    fs::remove_dir_all(&folder).unwrap();
    rate
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}

fn hex(length: usize) -> String {
    data_encoding::HEXLOWER.encode(&random(length))
}

struct Relay {
    child: Child,
    address: String,
    desk: String,
}

impl Relay {
    fn start(program: &str, folder: &Path) -> Self {
        let token = folder.join("token");
        let mut child = Command::new(program)
            .args(["serve", "--data-dir"])
            .arg(folder.join("store"))
            .arg("--desk-token-file")
            .arg(&token)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
        Self { child, address, desk: fs::read_to_string(token).unwrap().trim().to_owned() }
    }

    /// The most memory it ever had, MiB.
    fn resident(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    /// Processor time it used so far, seconds; Linux counts in hundredths.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        [11, 12].iter().map(|field| fields[*field].parse::<f64>().unwrap() / 100.0).sum()
    }

    async fn connect(&self) -> Connection {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection { stream, host: self.address.clone(), buffer: vec![0; MIB] }
    }

    /// Opens a box for parts of 1 MiB chunks; its id and token.
    async fn open(&self, connection: &mut Connection) -> (String, String, Vec<u8>) {
        let (id, token, request) = (hex(16), hex(32), random(4125));
        let body = opening(&id, &token, &request);
        assert_eq!(connection.call("POST", "/v1/boxes", &self.desk, "application/json", &body).await, 201);
        (id, token, request)
    }

    /// Uploads a second, and p50 and p99 in milliseconds.
    async fn uploads(&self) -> (f64, f64, f64) {
        let bytes = Arc::new(random(MIB));
        let mut ready = Vec::new();
        for _ in 0..WRITERS {
            let mut connection = self.connect().await;
            let (id, token, _) = self.open(&mut connection).await;
            ready.push((connection, id, token));
        }
        let begun = Instant::now();
        let mut uploading = JoinSet::new();
        for (mut connection, id, token) in ready {
            let bytes = Arc::clone(&bytes);
            uploading.spawn(async move {
                let mut times = Vec::new();
                for n in 0..UPLOADS / WRITERS {
                    let path = format!("/v1/boxes/{id}/parts/{}/{n}", "0f".repeat(16));
                    let begun = Instant::now();
                    assert_eq!(
                        connection.call("PUT", &path, &token, "application/octet-stream", &bytes).await,
                        201
                    );
                    times.push(begun.elapsed());
                }
                times
            });
        }
        let mut times: Vec<Duration> = uploading.join_all().await.into_iter().flatten().collect();
        let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        times.sort();
        let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1000.0;
        (rate, at(0.5), at(0.99))
    }

    /// Box creations a second.
    async fn creations(&self, count: usize, with_shares: bool) -> f64 {
        // Made beforehand: this measures the relay, not whoever asks it.
        let request = random(4125);
        let mut ready = Vec::new();
        for _ in 0..CREATORS {
            let shares = |_| if with_shares { three_shares() } else { json!([]) };
            let bodies: Vec<Vec<u8>> = (0..count / CREATORS)
                .map(shares)
                .map(|shares| opening_with(&hex(16), &hex(32), &request, &shares))
                .collect();
            ready.push((self.connect().await, bodies));
        }
        let begun = Instant::now();
        let mut creating = JoinSet::new();
        for (mut connection, bodies) in ready {
            let desk = self.desk.clone();
            creating.spawn(async move {
                for body in &bodies {
                    assert_eq!(
                        connection.call("POST", "/v1/boxes", &desk, "application/json", body).await,
                        201
                    );
                }
            });
        }
        creating.join_all().await;
        (count / CREATORS * CREATORS) as f64 / begun.elapsed().as_secs_f64()
    }

    /// Seconds to keep a thousand webhooks, and to fetch them and say of each that it is done with.
    async fn webhooks(&self) -> (f64, f64) {
        let mut connection = self.connect().await;
        let hooks: Vec<String> = (0..HOOKS).map(|_| hex(16)).collect();
        for hook in &hooks {
            let path = format!("/v1/desk/hooks/{hook}");
            assert_eq!(connection.call("PUT", &path, &self.desk, "", &[]).await, 201);
        }
        let body = Arc::new(random(2048));
        let mut ready = Vec::new();
        for n in 0..16 {
            ready.push((self.connect().await, hooks[n % HOOKS].clone()));
        }
        let begun = Instant::now();
        let mut posting = JoinSet::new();
        for (n, (mut connection, hook)) in ready.into_iter().enumerate() {
            let body = Arc::clone(&body);
            posting.spawn(async move {
                let path = format!("/hooks/{hook}");
                for _ in (n..WEBHOOKS).step_by(16) {
                    assert_eq!(connection.call("POST", &path, "-", "application/json", &body).await, 202);
                }
            });
        }
        posting.join_all().await;
        let kept = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        for n in 1..=WEBHOOKS {
            // 256 of them fit into one answer at least.
            if n % 256 == 1 {
                assert_eq!(connection.call("GET", "/v1/desk/deliveries", &self.desk, "", &[]).await, 200);
            }
            let path = format!("/v1/desk/deliveries/{n}");
            assert_eq!(connection.call("DELETE", &path, &self.desk, "", &[]).await, 200);
        }
        (kept, begun.elapsed().as_secs_f64())
    }

    /// Gigabytes a second out of `at_once` connections.
    async fn downloads(&self, at_once: usize) -> f64 {
        let mut connection = self.connect().await;
        let (id, token, request) = self.open(&mut connection).await;
        let part = random(DOWNLOAD_MIB * MIB);
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
        let path = format!("/v1/desk/boxes/{id}/parts/{name}");
        let begun = Instant::now();
        let mut loading = JoinSet::new();
        for _ in 0..at_once {
            let (mut connection, path, desk) = (self.connect().await, path.clone(), self.desk.clone());
            loading.spawn(async move {
                for _ in 0..DOWNLOADS / at_once {
                    assert_eq!(connection.call("GET", &path, &desk, "", &[]).await, 200);
                }
            });
        }
        loading.join_all().await;
        (DOWNLOADS * DOWNLOAD_MIB * MIB) as f64 / begun.elapsed().as_secs_f64() / 1e9
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn three_shares() -> Value {
    let (term, term_max) = (now() + 86_400, now() + 2 * 86_400);
    let share = |class| json!({"class": class, "share": hex(32), "term": term, "term_max": term_max});
    json!(["identity", "payment", "general"].map(share))
}

fn opening(id: &str, token: &str, request: &[u8]) -> Vec<u8> {
    opening_with(id, token, request, &json!([]))
}

fn opening_with(id: &str, token: &str, request: &[u8], shares: &Value) -> Vec<u8> {
    let expires = now() + 86_400;
    json!({
        "id": id,
        "token_hash": UploadToken::parse(token).unwrap().hash(),
        "request": data_encoding::BASE64.encode(request),
        "expires": expires,
        "limits": {"bytes": DOWNLOAD_MIB * MIB, "parts": 20},
        "chunk_size": MIB,
        "shares": shares,
    })
    .to_string()
    .into_bytes()
}

/// A client that costs as little as it can: one connection, one call after the other.
struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Connection {
    async fn call(&mut self, method: &str, path: &str, token: &str, media_type: &str, body: &[u8]) -> u16 {
        let kind =
            if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\r\n") };
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n{kind}Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        if body.len() < 16 * 1024 {
            head.extend_from_slice(body);
            self.stream.write_all(&head).await.unwrap();
        } else {
            self.stream.write_all(&head).await.unwrap();
            self.stream.write_all(body).await.unwrap();
        }
        self.answer().await
    }

    async fn answer(&mut self) -> u16 {
        let mut filled = 0;
        let head = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.unwrap();
            assert!(read > 0, "the relay closed the connection");
            filled += read;
            if let Some(end) =
                self.buffer[..filled].windows(4).take(4096).position(|window| window == b"\r\n\r\n")
            {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).unwrap().to_ascii_lowercase();
        let status = text.split(' ').nth(1).unwrap().parse().unwrap();
        let length = text
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
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
