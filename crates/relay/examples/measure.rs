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

mod load;

use load::{Connection, JSON, MIB, Opened, PART, Process, at, hex, now, opening, random, say};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet};

const WRITERS: usize = 64;
const UPLOADS: usize = 2048;
const CREATORS: usize = 256;
const CREATIONS: usize = 60_000;
/// With three shares each; together with the others, below what one desk may have open.
const WITH_SHARES: usize = 30_000;
const WEBHOOKS: usize = 1000;
const HOOKS: usize = 4;
const DOWNLOADS: usize = 40;

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
        say("memory after uploads, peak", relay.process.resident(), "MiB", "<= 64");
    }
    if wanted("creations") {
        let before = relay.process.processor();
        say(
            "box creations, durable, 256 at once",
            relay.creations(CREATIONS, false).await,
            "1/s",
            ">= 10000",
        );
        // Holds however busy the machine is.
        say(
            "processor time for a creation",
            (relay.process.processor() - before) / CREATIONS as f64 * 1e6,
            "us",
            "",
        );
    }
    if wanted("shares") {
        let before = relay.process.processor();
        let rate = relay.creations(WITH_SHARES, true).await;
        say("box creations with three shares, durable, 256 at once", rate, "1/s", "");
        let time = (relay.process.processor() - before) / WITH_SHARES as f64 * 1e6;
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
    say("memory at the end, peak", relay.process.resident(), "MiB", "<= 64");
    drop(relay);
    fs::remove_dir_all(&folder).unwrap();
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

struct Relay {
    process: Process,
}

impl Relay {
    fn start(program: &str, folder: &Path) -> Self {
        Self { process: Process::start(program, folder, &[]) }
    }

    fn desk(&self) -> &str {
        &self.process.desk
    }

    async fn connect(&self) -> Connection<TcpStream> {
        let stream = TcpStream::connect(&self.process.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection::over(stream, MIB)
    }

    /// Uploads a second, and p50 and p99 in milliseconds.
    async fn uploads(&self) -> (f64, f64, f64) {
        let bytes = Arc::new(random(MIB));
        let mut ready = Vec::new();
        for _ in 0..WRITERS {
            let mut connection = self.connect().await;
            let opened = Opened::open(&mut connection, self.desk()).await;
            ready.push((connection, opened));
        }
        let begun = Instant::now();
        let mut uploading = JoinSet::new();
        for (mut connection, opened) in ready {
            let bytes = Arc::clone(&bytes);
            uploading.spawn(async move {
                let mut times = Vec::new();
                for n in 0..UPLOADS / WRITERS {
                    let begun = Instant::now();
                    opened.put(&mut connection, &"0f".repeat(16), n, &bytes).await;
                    times.push(begun.elapsed());
                }
                times
            });
        }
        let mut times: Vec<Duration> = uploading.join_all().await.into_iter().flatten().collect();
        let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        (rate, at(&mut times, 0.5), at(&mut times, 0.99))
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
                .map(|shares| opening(&hex(16), &hex(32), &request, &shares))
                .collect();
            ready.push((self.connect().await, bodies));
        }
        let begun = Instant::now();
        let mut creating = JoinSet::new();
        for (mut connection, bodies) in ready {
            let desk = self.desk().to_owned();
            creating.spawn(async move {
                for body in &bodies {
                    assert_eq!(connection.call("POST", "/v1/boxes", &desk, JSON, body).await, 201);
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
            assert_eq!(connection.call("PUT", &path, self.desk(), "", &[]).await, 201);
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
                    assert_eq!(connection.call("POST", &path, "-", JSON, &body).await, 202);
                }
            });
        }
        posting.join_all().await;
        let kept = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        for n in 1..=WEBHOOKS {
            // 256 of them fit into one answer at least.
            if n % 256 == 1 {
                assert_eq!(connection.call("GET", "/v1/desk/deliveries", self.desk(), "", &[]).await, 200);
            }
            let path = format!("/v1/desk/deliveries/{n}");
            assert_eq!(connection.call("DELETE", &path, self.desk(), "", &[]).await, 200);
        }
        (kept, begun.elapsed().as_secs_f64())
    }

    /// Gigabytes a second out of `at_once` connections.
    async fn downloads(&self, at_once: usize) -> f64 {
        let mut connection = self.connect().await;
        let opened = Opened::open(&mut connection, self.desk()).await;
        let path = opened.submit(&mut connection, PART).await;
        let begun = Instant::now();
        let mut loading = JoinSet::new();
        for _ in 0..at_once {
            let (mut connection, path, desk) = (self.connect().await, path.clone(), self.desk().to_owned());
            loading.spawn(async move {
                for _ in 0..DOWNLOADS / at_once {
                    assert_eq!(connection.call("GET", &path, &desk, "", &[]).await, 200);
                }
            });
        }
        loading.join_all().await;
        (DOWNLOADS * PART) as f64 / begun.elapsed().as_secs_f64() / 1e9
    }
}

fn three_shares() -> Value {
    let (term, term_max) = (now() + 86_400, now() + 2 * 86_400);
    let share = |class| json!({"class": class, "share": hex(32), "term": term, "term_max": term_max});
    json!(["identity", "payment", "general"].map(share))
}
