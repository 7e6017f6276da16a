//! Requests that are not quite HTTP, or not for this relay.

use super::Target;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends bytes, then reads until the relay closes. With `stay`, the sending side stays open.
async fn raw(target: &Target, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(target.base.strip_prefix("http://").unwrap()).await.unwrap();
    // A relay that refuses early may close while bytes are still on their way.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("closed")
}

pub(crate) async fn exactly_one_host(target: &Target) {
    let address = target.base.strip_prefix("http://").unwrap();
    let get = |hosts: &str| format!("GET /healthz HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
    for (hosts, expected) in [
        (format!("Host: {address}\r\n"), "200"),
        ("Host: localhost\r\n".to_owned(), "200"),
        ("Host: LOCALHOST:80\r\n".to_owned(), "200"),
        ("Host: [::1]:80\r\n".to_owned(), "200"),
        (String::new(), "400"),
        ("Host:\r\n".to_owned(), "400"),
        (format!("Host: {address}\r\nHost: {address}\r\n"), "400"),
        (format!("Host: {address}\r\nHost: evil.example\r\n"), "400"),
        ("Host: user@localhost\r\n".to_owned(), "400"),
        ("Host: local host\r\n".to_owned(), "400"),
        ("Host: evil.example\r\n".to_owned(), "421"),
        ("Host: localhost.evil.example\r\n".to_owned(), "421"),
        ("Host: 127.0.0.1.evil.example\r\n".to_owned(), "421"),
        ("Host: 127.1\r\n".to_owned(), "421"),
    ] {
        let answer = raw(target, get(&hosts).as_bytes()).await;
        assert_eq!(status(&answer), expected, "{hosts}");
        assert!(expected == "200" || answer.contains("urn:cloakroom:problem:bad-request"), "{hosts}");
    }
    let elsewhere =
        format!("GET http://evil.example/healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&raw(target, elsewhere.as_bytes()).await), "400");
    let old = "GET /healthz HTTP/1.0\r\n\r\n";
    assert_eq!(status(&raw(target, old.as_bytes()).await), "400");
}

/// Each is answered 4xx, and the connection is closed: nothing after it is taken for a request.
pub(crate) async fn malformed_requests(target: &Target) {
    let host = format!("Host: {}\r\n", target.base.strip_prefix("http://").unwrap());
    let big = "a".repeat(70 * 1024);
    let chunked = format!(
        "POST /v1/boxes HTTP/1.1\r\n{host}Authorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        target.desks[0]
    );
    let hidden = format!("GET /healthz HTTP/1.1\r\n{host}\r\n");
    for (name, request) in [
        ("bare LF", "GET /healthz HTTP/1.1\nHost: localhost\n\n".to_owned()),
        ("one bare LF", format!("GET /healthz HTTP/1.1\r\n{host}X-A: b\n\r\n")),
        ("empty line first", format!("\r\nGET /healthz HTTP/1.1\r\n{host}\r\n")),
        ("no Host", "GET /healthz HTTP/1.1\r\n\r\n".to_owned()),
        ("two Hosts", format!("GET /healthz HTTP/1.1\r\n{host}{host}\r\n")),
        ("Host of another", format!("GET http://evil.example/healthz HTTP/1.1\r\n{host}\r\n")),
        ("method that is none", format!("G=T /healthz HTTP/1.1\r\n{host}\r\n")),
        ("method in small letters", format!("get /healthz HTTP/1.1\r\n{host}\r\n")),
        ("HTTP/2 in the clear", format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{hidden}")),
        ("header without a colon", format!("GET /healthz HTTP/1.1\r\n{host}Name\r\n\r\n")),
        ("header without a name", format!("GET /healthz HTTP/1.1\r\n{host}: x\r\n\r\n")),
        ("not HTTP", "\u{1}\u{2}\u{3}\u{4}\r\n\r\n".to_owned()),
        ("no version", format!("GET /healthz\r\n{host}\r\n")),
        ("wrong version", format!("GET /healthz HTTP/3.7\r\n{host}\r\n")),
        ("space in header name", format!("GET /healthz HTTP/1.1\r\n{host}Bad Name: x\r\n\r\n")),
        ("space before colon", format!("GET /healthz HTTP/1.1\r\n{host}Name : x\r\n\r\n")),
        ("folded header", format!("GET /healthz HTTP/1.1\r\n{host}X-A: x\r\n folded\r\n\r\n")),
        ("NUL in header", format!("GET /healthz HTTP/1.1\r\n{host}X-A: a\0b\r\n\r\n")),
        ("CR in header", format!("GET /healthz HTTP/1.1\r\n{host}X-A: a\rb\r\n\r\n")),
        (
            "two lengths",
            format!("POST /v1/boxes HTTP/1.1\r\n{host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        ),
        (
            "the same length twice",
            format!("POST /v1/boxes HTTP/1.1\r\n{host}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
        ),
        ("negative length", format!("POST /v1/boxes HTTP/1.1\r\n{host}Content-Length: -3\r\n\r\nabc")),
        ("lengths in a list", format!("POST /v1/boxes HTTP/1.1\r\n{host}Content-Length: 3, 3\r\n\r\nabc")),
        ("signed length", format!("POST /v1/boxes HTTP/1.1\r\n{host}Content-Length: +3\r\n\r\nabc")),
        (
            "odd encoding",
            format!("POST /v1/boxes HTTP/1.1\r\n{host}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        ),
        (
            "encoding in 1.0",
            format!("POST /v1/boxes HTTP/1.0\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ),
        (
            "length and encoding",
            format!(
                "POST /v1/boxes HTTP/1.1\r\n{host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        ("huge header", format!("GET /healthz HTTP/1.1\r\n{host}X-A: {big}\r\n\r\n")),
        ("huge path", format!("GET /{big} HTTP/1.1\r\n{host}\r\n")),
        ("too many headers", format!("GET /healthz HTTP/1.1\r\n{host}{}\r\n", "X-A: b\r\n".repeat(200))),
        ("huge chunk extension", format!("{chunked}1;a={big}\r\nx\r\n0\r\n\r\n")),
        ("chunk with an extension", format!("{chunked}1;a=b\r\nx\r\n0\r\n\r\n")),
        ("chunk longer than it says", format!("{chunked}1\r\nxy\r\n0\r\n\r\n{hidden}")),
        ("bare LF in a chunk's line", format!("{chunked}1\nx\r\n0\r\n\r\n")),
        ("chunk size that is none", format!("{chunked}zz\r\nx\r\n0\r\n\r\n")),
        ("chunk size beyond all", format!("{chunked}ffffffffffffffff1\r\nx\r\n0\r\n\r\n")),
        ("CONNECT", format!("CONNECT evil.example:443 HTTP/1.1\r\n{host}Connection: close\r\n\r\n")),
    ] {
        let answer =
            tokio::time::timeout(std::time::Duration::from_secs(60), raw(target, request.as_bytes())).await;
        let answer = answer.unwrap_or_else(|_| panic!("{name}: the connection stays open"));
        let status = status(&answer);
        assert!(status.starts_with('4'), "{name}: {status}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{name}");
        // Our words and our headers, however broken the question.
        for said in [
            "urn:cloakroom:problem:",
            "application/problem+json",
            "cache-control: no-store",
            "default-src 'none'",
        ] {
            assert!(answer.contains(said), "{name}: no {said}: {answer}");
        }
    }
}
