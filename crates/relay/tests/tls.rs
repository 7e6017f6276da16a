//! The relay behind TLS: what every relay must do, over TLS and over HTTP/2, and what belongs to TLS alone.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod encrypted;
mod running;

use bytes::Bytes;
use conformance::{
    Target,
    calls::{CHUNK, Part, open, random_bytes},
};
use encrypted::{Encrypted, certificate, issue, start, start_as};
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode, body::Incoming, client::conn::http2::SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use relay::{Certificate, Config};
use std::{fs, path::Path, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

checks!(encrypted::start);

/// An HTTP/2 client.
async fn http_2(to: &Encrypted) -> SendRequest<Full<Bytes>> {
    let stream = to.connect(b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn get(uri: &str) -> Request<Full<Bytes>> {
    Request::get(uri).body(Full::default()).unwrap()
}

async fn text(answer: hyper::Response<Incoming>) -> String {
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn metric(target: &Target, name: &str) -> u64 {
    let metrics = reqwest::get(target.url("/metrics")).await.unwrap().text().await.unwrap();
    let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("cloakroom_relay_{name} ")));
    line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
}

#[tokio::test]
async fn speaks_http_2_for_whoever_asks() {
    let (target, (_running, relay)) = start().await;
    let mut client = http_2(&relay).await;
    let answer = client.send_request(get("https://drop.example.com/healthz")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
    assert!(!answer.headers().contains_key("connection"));
    // A whole upload, many requests on one connection.
    let customer = open(&target).await;
    let part = Part::make(3 * CHUNK + 5);
    for (n, chunk) in part.chunks() {
        let path = format!("https://localhost{}", customer.path(&format!("/parts/{}/{n}", part.id)));
        let put = Request::put(path).header("authorization", format!("Bearer {}", customer.token));
        let body = Full::new(Bytes::copy_from_slice(chunk));
        let answer = client.send_request(put.body(body).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
    }
    customer.hand_in(std::slice::from_ref(&part)).await;
    let path = format!("https://localhost{}", customer.desk_path(&format!("/parts/{}", part.id)));
    let call = Request::get(path).header("authorization", format!("Bearer {}", target.desks[0]));
    let answer = client.send_request(call.body(Full::default()).unwrap()).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), part.bytes);
}

#[tokio::test]
async fn authority_and_host_agree() {
    let (_target, (_running, relay)) = start().await;
    for (uri, host, expected) in [
        ("https://localhost/healthz", None, 200),
        ("https://localhost:443/healthz", None, 200),
        ("https://localhost/healthz", Some("localhost"), 200),
        ("https://localhost/healthz", Some("drop.example.com"), 400),
        ("https://user@localhost/healthz", None, 400),
        ("https://evil.example/healthz", None, 421),
        ("https://evil.example/healthz", Some("localhost"), 400),
    ] {
        // Whoever is refused so is not listened to again.
        let mut client = http_2(&relay).await;
        let mut request = get(uri);
        if let Some(host) = host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let answer = client.send_request(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{uri} {host:?}");
        assert!(expected == 200 || text(answer).await.contains("urn:cloakroom:problem:bad-request"));
    }
}

/// One frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Sends frames after the greeting, and reads until the relay hangs up; the kinds of the frames it sent.
async fn frames(relay: &Encrypted, frames: &[u8]) -> Vec<u8> {
    let mut stream = relay.connect(b"h2").await.unwrap();
    let greeting = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(4, 0, 0, &[])[..], frames].concat();
    // The relay may have had enough before all is sent.
    let _ = stream.write_all(&greeting).await;
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read).await;
    let mut kinds = Vec::new();
    let mut rest = &read[..];
    while let [a, b, c, kind, _, _, _, _, _, more @ ..] = rest {
        kinds.push(*kind);
        rest = more.get(u32::from_be_bytes([0, *a, *b, *c]) as usize..).unwrap_or_default();
    }
    kinds
}

const GOAWAY: u8 = 7;

/// `GET https://localhost/healthz`, from the static table and two literals (RFC 7541).
fn head() -> Vec<u8> {
    [&[0x82, 0x87, 0x04, 8][..], b"/healthz", &[0x01, 9], b"localhost"].concat()
}

/// Streams opened and reset in masses end the connection, and nobody else notices.
#[tokio::test]
async fn floods_of_resets_end_the_connection() {
    let (_target, (_running, relay)) = start().await;
    let mut flood = Vec::new();
    for n in 0..2000 {
        flood.extend(frame(1, 5, 2 * n + 1, &head()));
        flood.extend(frame(3, 0, 2 * n + 1, &8_u32.to_be_bytes()));
    }
    assert!(frames(&relay, &flood).await.contains(&GOAWAY));
    let mut other = http_2(&relay).await;
    assert_eq!(other.send_request(get("https://localhost/healthz")).await.unwrap().status(), StatusCode::OK);
}

/// Whoever asks for much and takes none of it is cut off: the window of a stream bounds memory, this bounds time.
#[tokio::test]
async fn whoever_does_not_open_its_window_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().join("store"));
    config.patience = Duration::from_secs(2);
    let (target, (_running, relay)) = start_as(config, folder).await;
    let customer = open(&target).await;
    let part = Part::make(900 * 1024);
    customer.hand_in(std::slice::from_ref(&part)).await;
    let literal = |text: &str| [&[u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
    let path = literal(&customer.desk_path(&format!("/parts/{}", part.id)));
    let token = literal(&format!("Bearer {}", target.desks[0]));
    let head = [
        &[0x82, 0x87, 0x04][..],
        &path[..],
        &[0x01],
        &literal("localhost")[..],
        &[0],
        &literal("authorization")[..],
        &token[..],
    ]
    .concat();
    let kinds = frames(&relay, &frame(1, 5, 1, &head)).await;
    // Headers and the beginning came; then nothing more, and the end.
    assert!(kinds.contains(&1) && kinds.contains(&0), "{kinds:?}");
    assert_eq!(metric(&target, "too_slow_total").await, 1);
}

/// Headers that never end, neither.
#[tokio::test]
async fn headers_without_an_end_end_the_connection() {
    let (_target, (_running, relay)) = start().await;
    let mut flood = frame(1, 1, 1, &head());
    for n in 0..4000 {
        let name = format!("x-{n:06}");
        let field = [&[0, 8][..], name.as_bytes(), &[100], &[b'a'; 100]].concat();
        flood.extend(frame(9, 0, 1, &field));
    }
    assert!(frames(&relay, &flood).await.contains(&GOAWAY));
}

/// Nor does a block of headers whose last frame never comes keep its connection.
#[tokio::test]
async fn a_block_of_headers_has_an_end_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().join("store"));
    config.header_patience = Duration::from_secs(1);
    let (target, (_running, relay)) = start_as(config, folder).await;
    let whole = frame(1, 5, 1, &head());
    frames(&relay, &[&whole[..], &frame(1, 1, 3, &head())].concat()).await;
    assert_eq!(metric(&target, "too_slow_total").await, 1);
}

/// Whoever calls this relay by another's name is answered, and the connection ends.
#[tokio::test]
async fn a_wrong_name_ends_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().join("store"));
    config.idle = Duration::from_secs(600);
    config.header_patience = Duration::from_secs(1);
    let (_target, (_running, relay)) = start_as(config, folder).await;
    let wrong = [&[0x82, 0x87, 0x84, 0x01, 12][..], b"evil.example"].concat();
    assert!(frames(&relay, &frame(1, 5, 1, &wrong)).await.contains(&GOAWAY));
}

/// More than the list of headers may be long is answered as such, by the relay or by the protocol.
#[tokio::test]
async fn long_headers_are_refused() {
    let (_target, (_running, relay)) = start().await;
    let mut client = http_2(&relay).await;
    let mut request = get("https://localhost/healthz");
    request.headers_mut().insert("x-a", "a".repeat(40 * 1024).parse().unwrap());
    match client.send_request(request).await {
        Ok(answer) => assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        Err(error) => assert!(!error.is_canceled(), "{error}"),
    }
}

/// Reads certificates off a connection: which one is in use.
async fn in_use(relay: &Encrypted, believed: &[&Encrypted]) -> Vec<u8> {
    let mut roots = rustls::RootCertStore::empty();
    for one in believed {
        roots.add(certificate(&one.files.certificate)).unwrap();
    }
    let stream = relay.connect_trusting(roots, b"http/1.1").await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

/// The same relay, with its certificate of now.
fn kept_in(folder: &Path, relay: &Encrypted) -> Encrypted {
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
    fs::copy(&relay.files.certificate, &certificate).unwrap();
    fs::copy(&relay.files.key, &key).unwrap();
    Encrypted { address: relay.address.clone(), files: relay::TlsFiles { certificate, key } }
}

#[tokio::test]
async fn a_new_certificate_is_taken_and_a_broken_one_is_not() {
    let (target, (running, relay)) = start().await;
    let first = certificate(&relay.files.certificate).to_vec();
    assert_eq!(in_use(&relay, &[&relay]).await, first);
    // What was in use stays believable to this test.
    let (kept, kept_too) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let old = kept_in(kept.path(), &relay);
    let broken = |certificate: &[u8], key: &[u8]| {
        fs::write(&relay.files.certificate, certificate).unwrap();
        fs::write(&relay.files.key, key).unwrap();
    };
    let (sound, key) = (fs::read(&old.files.certificate).unwrap(), fs::read(&old.files.key).unwrap());
    let elsewhere = tempfile::tempdir().unwrap();
    let other = issue(elsewhere.path(), &["localhost"]);
    let mut refused = 0;
    for (certificate, key) in [
        (&b"nonsense"[..], &key[..]),
        (&sound[..], &b"nonsense"[..]),
        (&sound[..], &fs::read(&other.key).unwrap()[..]),
        (&sound[..sound.len() / 2], &key[..]),
    ] {
        broken(certificate, key);
        running.relay.reload();
        refused += 1;
        // Read by the relay, which counts it, through a connection of its own.
        while metric_over(&old, "certificates_refused_total").await < refused {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(in_use(&old, &[&old]).await, first);
    }
    issue(relay.files.certificate.parent().unwrap(), &["localhost", "127.0.0.1"]);
    let second = certificate(&relay.files.certificate).to_vec();
    running.relay.reload();
    while in_use(&relay, &[&old, &relay]).await != second {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_ne!(first, second);
    assert!(metric(&target, "certificate_left_seconds").await > 0);
    assert_eq!(metric(&target, "certificates_taken_total").await, 1);
    // Renewed, and nobody told the relay: it looks by itself.
    let old = kept_in(kept_too.path(), &relay);
    issue(relay.files.certificate.parent().unwrap(), &["localhost", "127.0.0.1"]);
    let third = certificate(&relay.files.certificate).to_vec();
    while in_use(&relay, &[&old, &relay]).await != third {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(metric(&target, "certificates_taken_total").await, 2);
}

/// A count, over a connection that trusts an earlier certificate.
async fn metric_over(relay: &Encrypted, name: &str) -> u64 {
    let mut client = http_2(relay).await;
    let answer = client.send_request(get("https://localhost/metrics")).await.unwrap();
    let metrics = text(answer).await;
    let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("cloakroom_relay_{name} ")));
    line.unwrap().parse().unwrap()
}

/// Plain HTTP on a port of TLS is not answered in the clear, and a handshake that hangs is cut.
#[tokio::test]
async fn without_a_handshake_there_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().join("store"));
    config.header_patience = Duration::from_millis(300);
    let (target, (_running, relay)) = start_as(config, folder).await;
    for sent in [&b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], b"\x16\x03\x01"] {
        let mut stream = TcpStream::connect(&relay.address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.windows(4).any(|window| window == b"HTTP"));
    }
    assert_eq!(metric(&target, "tls_handshakes_failed_total").await, 2);
}

/// Told to stop, it finishes what is under way, over HTTP/2 too.
#[tokio::test]
async fn stops_without_cutting_anyone_off() {
    let (target, (running, relay)) = start().await;
    let customer = open(&target).await;
    let part = Part { id: Part::make(1).id, bytes: random_bytes(CHUNK) };
    let mut client = http_2(&relay).await;
    // A stream of events, and an upload whose body is not all there yet.
    let events = Request::get("https://localhost/v1/desk/events")
        .header("accept", "text/event-stream")
        .header("authorization", format!("Bearer {}", target.desks[0]));
    let events = client.send_request(events.body(Full::default()).unwrap()).await.unwrap();
    let path = customer.path(&format!("/parts/{}/0", part.id));
    let mut upload = relay.connect(b"http/1.1").await.unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: {CHUNK}\r\n\
         Expect: 100-continue\r\n\r\n",
        customer.token
    );
    upload.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    upload.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"));
    running.stop.send(()).unwrap();
    // The stream ends although nobody hung up; then the rest of the upload is still taken.
    events.into_body().collect().await.unwrap();
    upload.write_all(&part.bytes).await.unwrap();
    let mut answer = Vec::new();
    upload.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 201"), "{}", String::from_utf8_lossy(&answer));
    running.served.await.unwrap();
}

#[test]
fn a_certificate_says_its_names_and_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let files = issue(folder.path(), &["drop.example.com", "127.0.0.1"]);
    let certificate = Certificate::check(&files).unwrap();
    assert_eq!(certificate.names, ["drop.example.com", "127.0.0.1"]);
    assert!(certificate.ends > 1_800_000_000);
    fs::remove_file(&files.key).unwrap();
    assert!(Certificate::check(&files).unwrap_err().to_string().contains("key.pem cannot be read"));
}
