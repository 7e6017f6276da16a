//! How it listens, and for how long it waits for whoever is slow.

use crate::{
    conformance::calls::{CHUNK, Part, open},
    running::{self, chunk_files, start},
};
use relay::{Config, OpenError, Relay, SystemClock};
use reqwest::{Method, StatusCode};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Whom to ask: the same for everyone, as it was set last; nothing but plain text.
#[tokio::test]
async fn the_contact_is_public() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.public_contact = Some("Front desk <b>\n+43 1 234".to_owned());
    let (target, running) = running::start_with(config, folder).await;
    let ask = || async {
        let answer = reqwest::get(target.url("/v1/contact")).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        answer.json::<serde_json::Value>().await.unwrap()["contact"].clone()
    };
    assert_eq!(ask().await, "Front desk <b>\n+43 1 234");
    running.relay.set_public_contact(None).unwrap();
    assert!(ask().await.is_null());
    for bad in ["", " ", "a\rb", "a\u{0}", &"x".repeat(501)] {
        assert!(matches!(running.relay.set_public_contact(Some(bad.into())), Err(OpenError::Contact)));
        let mut config = Config::new(running.folder.path());
        config.public_contact = Some(bad.to_owned());
        assert!(matches!(Relay::open(config, Arc::new(SystemClock)), Err(OpenError::Contact)));
    }
    running.relay.set_public_contact(Some("x".repeat(500))).unwrap();
    assert_eq!(ask().await, "x".repeat(500));
}

/// Beyond loopback, plain HTTP is refused before anything is answered.
#[tokio::test]
async fn plain_http_stays_on_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::open(Config::new(folder.path()), Arc::new(SystemClock)).unwrap();
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = relay.serve(listener, std::future::pending()).await.unwrap_err();
    assert!(matches!(refused, relay::ServeError::NotLoopback(_)));
}

/// A stream that listens does not keep the relay from stopping.
#[tokio::test]
async fn stops_while_someone_listens() {
    let (target, running) = start().await;
    let stream = target
        .desk(Method::GET, "/v1/desk/events")
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    running.stop.send(()).unwrap();
    running.served.await.unwrap();
    assert_eq!(stream.bytes().await.unwrap().len(), 0);
}

/// Whoever sends too slowly is let go with 408, before the head is whole and after.
#[tokio::test]
async fn patience_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.patience = std::time::Duration::from_millis(200);
    let (target, running) = running::start_with(config, folder).await;
    let address = target.base.strip_prefix("http://").unwrap().to_owned();
    let customer = open(&target).await;
    let head = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nX-A: ");
    let body = format!(
        "PUT {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\n\r\nabc",
        customer.path("/parts/0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f/0"),
        customer.token
    );
    for sent in [head, body] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(60), read).await.expect("it is let go");
        assert_eq!(answer.lines().next().unwrap_or_default(), "HTTP/1.1 408 Request Timeout");
    }
    assert_eq!(customer.state().await, "waiting");
    assert_eq!(chunk_files(running.folder.path()), 0);
}

/// A request without the end of its body, then byte after byte until the relay lets go; what it answered. Each byte
/// comes in good time.
async fn trickle(address: &str, head: &str) -> String {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let trickling = async {
        while to.write_all(b"x").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        read = tokio::time::timeout(std::time::Duration::from_secs(60), from.read_to_string(&mut answer)) => {
            let _ = read.expect("it is let go");
        }
        () = trickling => {}
    }
    answer
}

/// A body has an end in time, whether anyone wants it or not.
#[tokio::test]
async fn a_trickled_body_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.patience = std::time::Duration::from_millis(400);
    let (target, running) = running::start_with(config, folder).await;
    let address = target.base.strip_prefix("http://").unwrap().to_owned();
    let customer = open(&target).await;
    let path = customer.path("/parts/0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f/0");
    for (token, expected) in [
        ("00".repeat(32), "HTTP/1.1 404 Not Found"),
        (customer.token.clone(), "HTTP/1.1 408 Request Timeout"),
    ] {
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: {CHUNK}\r\n\r\n"
        );
        assert_eq!(trickle(&address, &head).await.lines().next().unwrap_or_default(), expected);
    }
    assert_eq!(chunk_files(running.folder.path()), 0);
}

/// However many uploads one link leaves hanging, another customer's go through.
#[tokio::test]
async fn one_link_does_not_hold_every_turn() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.uploads_at_once = 4;
    let (target, _running) = running::start_with(config, folder).await;
    let address = target.base.strip_prefix("http://").unwrap().to_owned();
    let (greedy, other) = (open(&target).await, open(&target).await);
    let mut hanging = Vec::new();
    for n in 0..8 {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "PUT {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
            greedy.path(&format!("/parts/0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f/{n}")),
            greedy.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        if n < 2 {
            // Asked for its body: it has its turn.
            let mut go_on = [0; 25];
            stream.read_exact(&mut go_on).await.unwrap();
            assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
        }
        hanging.push(stream);
    }
    let part = Part::make(4 * CHUNK);
    let sent = tokio::time::timeout(std::time::Duration::from_secs(60), other.send(&part)).await;
    assert_eq!(sent.expect("the other customer is served"), [StatusCode::CREATED; 4]);
    drop(hanging);
}
