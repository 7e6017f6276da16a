//! The relay as a program of its own, and what a desk and a customer say to it.

use super::{MIB, http::Connection, random};
use data_encoding::{BASE64, HEXLOWER};
use journeys::{Outcome, ensure, root};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use wire::{
    BoxId, DataClass, PartId, PartSlot, Record, RecordPart, SubmitBody, UploadToken, digest::part_digest,
    sha256,
};

/// The largest part that is measured, bytes.
pub(crate) const PART: usize = 96 * MIB;
const BINARY: &str = "Content-Type: application/octet-stream\r\n";

/// A running relay. Dropped, it ends.
pub(crate) struct RelayProcess {
    child: Child,
    address: String,
    desk: String,
}

/// A box just made.
pub(crate) struct OpenedBox {
    id: String,
    token: String,
    request: Vec<u8>,
}

impl RelayProcess {
    /// Starts the program in an empty folder.
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        let token = folder.join("desk-token");
        let mut child = Command::new(program()?)
            .args(["serve", "--data-dir"])
            .arg(folder.join("relay"))
            .arg("--desk-token-file")
            .arg(&token)
            .env("CLOAKROOM_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let said = child.stdout.take().ok_or("the relay says nothing")?;
        BufReader::new(said).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        let address =
            said.get("listening").and_then(Value::as_str).ok_or("the relay did not say where it listens")?;
        let address = address.trim_start_matches("http://").to_owned();
        Ok(Self { child, address, desk: bearer(fs::read_to_string(token)?.trim()) })
    }

    /// The most memory it ever had, MiB.
    pub(crate) fn peak_memory(&self) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }

    /// What it has had of the processors so far.
    pub(crate) fn processor(&self) -> Outcome<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name in brackets, which may hold anything: fields 14 and 15, in ticks.
        let fields = stat.rsplit(')').next().ok_or("no stat")?.split_whitespace();
        let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
    }

    pub(crate) async fn connect(&self) -> Outcome<Connection> {
        Connection::open(&self.address).await
    }

    /// The header that shows who the desk is.
    pub(crate) fn desk(&self) -> &str {
        &self.desk
    }

    /// Opens a box that takes chunks of 1 MiB.
    pub(crate) async fn open_box(&self, connection: &mut Connection) -> Outcome<OpenedBox> {
        let opened = OpenedBox { id: hex(16)?, token: hex(32)?, request: random(4125)? };
        let body = opening(&opened.id, &opened.token, &opened.request)?;
        self.create(connection, &body).await?;
        Ok(opened)
    }

    /// Makes the box of an [`opening`].
    pub(crate) async fn create(&self, connection: &mut Connection, opening: &[u8]) -> Outcome {
        let headers = format!("{}Content-Type: application/json\r\n", self.desk);
        connection.expect(201, "POST", "/v1/boxes", &headers, opening).await
    }

    /// Sends and submits one part; answers the path at which the desk finds it.
    pub(crate) async fn submit(&self, connection: &mut Connection, bytes: &[u8]) -> Outcome<String> {
        let opened = self.open_box(connection).await?;
        let part = PartId::from_bytes(seal::rng::make_array(&seal::SystemRng)?);
        for (n, chunk) in bytes.chunks(MIB).enumerate() {
            opened.put(connection, part, n, chunk).await?;
        }
        let record = Record {
            box_id: opened.id.parse::<BoxId>()?,
            request_hash: sha256(&opened.request),
            owner_hash: [0; 32],
            parts: vec![RecordPart {
                id: part,
                class: DataClass::Identity,
                slot: PartSlot::Manifest,
                length: bytes.len() as u64,
                digest: part_digest(bytes, MIB),
            }],
        };
        let body = SubmitBody { record, mac: [0; 32] }.encode();
        let headers = format!("{}{BINARY}", bearer(&opened.token));
        let path = format!("/v1/boxes/{}/submit", opened.id);
        connection.expect(200, "POST", &path, &headers, &body).await?;
        Ok(format!("/v1/desk/boxes/{}/parts/{part}", opened.id))
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl OpenedBox {
    /// Writes a chunk durably.
    pub(crate) async fn put(
        &self,
        connection: &mut Connection,
        part: PartId,
        n: usize,
        chunk: &[u8],
    ) -> Outcome {
        let path = format!("/v1/boxes/{}/parts/{part}/{n}", self.id);
        let headers = format!("{}{BINARY}", bearer(&self.token));
        connection.expect(201, "PUT", &path, &headers, chunk).await
    }
}

/// The body that opens a box with a fresh id and token.
pub(crate) fn fresh_opening(request: &[u8]) -> Outcome<Vec<u8>> {
    opening(&hex(16)?, &hex(32)?, request)
}

fn opening(id: &str, token: &str, request: &[u8]) -> Outcome<Vec<u8>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let body = json!({
        "id": id,
        "token_hash": UploadToken::parse(token)?.hash(),
        "request": BASE64.encode(request),
        "expires": now + 86_400,
        "limits": { "bytes": PART, "parts": 20 },
        "chunk_size": MIB,
    });
    Ok(body.to_string().into_bytes())
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

fn hex(length: usize) -> Outcome<String> {
    Ok(HEXLOWER.encode(&random(length)?))
}

/// The relay's program, built like this one.
pub(crate) fn program() -> Outcome<PathBuf> {
    built("--bin", "cloakroom-relay")
}

/// A program of the relay's package, built like this one.
pub(crate) fn built(kind: &str, name: &str) -> Outcome<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--locked", "--package", "relay", kind, name]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    ensure(build.current_dir(root()).status()?.success(), format!("{name} could not be built"))?;
    let me = std::env::current_exe()?;
    let folder = me.parent().ok_or("a program lies in a folder")?;
    let folder = if kind == "--example" { folder.join("examples") } else { folder.to_owned() };
    Ok(folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}
