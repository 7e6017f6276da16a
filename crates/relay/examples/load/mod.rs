//! A relay program that is put under load, what a customer and a desk say to it, and what it costs the machine: shared
//! by `measure` and `strain`.

mod connection;
mod process;

pub(crate) use connection::Connection;
pub(crate) use process::Process;

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::{DataClass, PartSlot, Record, RecordPart, SubmitBody, UploadToken, digest::part_digest, sha256};

pub(crate) const MIB: usize = 1024 * 1024;
/// The most that one part may have here.
pub(crate) const PART: usize = 96 * MIB;
pub(crate) const OCTETS: &str = "application/octet-stream";
pub(crate) const JSON: &str = "application/json";

/// A box just opened, for parts of 1 MiB chunks.
pub(crate) struct Opened {
    pub(crate) id: String,
    pub(crate) token: String,
    request: Vec<u8>,
}

impl Opened {
    /// Opens it as the desk of this token.
    pub(crate) async fn open<S>(connection: &mut Connection<S>, desk: &str) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let opened = Self { id: hex(16), token: hex(32), request: random(4125) };
        let body = opening(&opened.id, &opened.token, &opened.request, &json!([]));
        assert_eq!(connection.call("POST", "/v1/boxes", desk, JSON, &body).await, 201);
        opened
    }

    /// Sends chunk `n` of a part.
    pub(crate) async fn put<S>(&self, connection: &mut Connection<S>, part: &str, n: usize, chunk: &[u8])
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let path = format!("/v1/boxes/{}/parts/{part}/{n}", self.id);
        assert_eq!(connection.call("PUT", &path, &self.token, OCTETS, chunk).await, 201);
    }

    /// Sends and submits a part of so many bytes; the path at which the desk finds it.
    pub(crate) async fn submit<S>(self, connection: &mut Connection<S>, length: usize) -> String
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let part = random(length);
        let part_id: [u8; 16] = random(16).try_into().unwrap();
        let name = data_encoding::HEXLOWER.encode(&part_id);
        for (n, chunk) in part.chunks(MIB).enumerate() {
            self.put(connection, &name, n, chunk).await;
        }
        let record = Record {
            box_id: self.id.parse().unwrap(),
            request_hash: sha256(&self.request),
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
        let path = format!("/v1/boxes/{}/submit", self.id);
        assert_eq!(connection.call("POST", &path, &self.token, OCTETS, &body).await, 200);
        format!("/v1/desk/boxes/{}/parts/{name}", self.id)
    }
}

/// The body that opens a box.
pub(crate) fn opening(id: &str, token: &str, request: &[u8], shares: &Value) -> Vec<u8> {
    json!({
        "id": id,
        "token_hash": UploadToken::parse(token).unwrap().hash(),
        "request": data_encoding::BASE64.encode(request),
        "expires": now() + 86_400,
        "limits": {"bytes": PART, "parts": 20},
        "chunk_size": MIB,
        "shares": shares,
    })
    .to_string()
    .into_bytes()
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}

pub(crate) fn hex(length: usize) -> String {
    data_encoding::HEXLOWER.encode(&random(length))
}

/// What that share of them stayed below, milliseconds.
pub(crate) fn at(times: &mut [Duration], share: f64) -> f64 {
    times.sort();
    times[(times.len() as f64 * share) as usize].as_secs_f64() * 1000.0
}

/// One line for one figure.
pub(crate) fn say(what: &str, value: f64, unit: &str, goal: &str) {
    let value = (value * 1000.0).round() / 1000.0;
    println!("{}", json!({"what": what, "value": value, "unit": unit, "goal": goal}));
}
