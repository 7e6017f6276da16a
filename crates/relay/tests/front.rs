//! What every connection passes before a request is read: how many there are, how slow, how often, and from where.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod running;

use conformance::{
    Target,
    calls::{Customer, Part, is_problem, open},
};
use relay::{Config, Forwarded, Proxy, Rate, Transport, bind_loopback};
use reqwest::{Client, Method, StatusCode};
use running::{Running, start_with};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

async fn start(set: impl FnOnce(&mut Config)) -> (Target, Running) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().join("store"));
    set(&mut config);
    start_with(config, folder).await
}

fn address(target: &Target) -> &str {
    target.base.strip_prefix("http://").unwrap()
}

/// Sends bytes and leaves the sending side open; everything the relay says until it hangs up.
async fn until_closed(target: &Target, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address(target)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn count(target: &Target, name: &str) -> u64 {
    let metrics = reqwest::get(target.url("/metrics")).await.unwrap().text().await.unwrap();
    let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("cloakroom_relay_{name} ")));
    line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
}

#[tokio::test]
async fn slow_headers_are_answered_and_closed() {
    let (target, _running) = start(|config| config.header_patience = Duration::from_millis(500)).await;
    for begun in ["GET /healthz HTTP/1.1\r\nHost: loc", "G", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET"] {
        let answer = until_closed(&target, begun.as_bytes()).await;
        assert!(answer.contains("HTTP/1.1 408") && answer.contains("cache-control: no-store"), "{answer}");
    }
    // Whoever says nothing at all hears nothing.
    assert_eq!(until_closed(&target, b"").await, "");
    assert_eq!(count(&target, "too_slow_total").await, 3);
}

#[tokio::test]
async fn slow_bodies_are_answered_and_closed() {
    let (target, _running) = start(|config| config.patience = Duration::from_secs(2)).await;
    let customer = open(&target).await;
    let head = format!(
        "PUT {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: 60000\r\n\r\n",
        customer.path(&format!("/parts/{}/0", Part::make(1).id)),
        customer.token
    );
    // Each byte comes well before its patience is over; all of them are far too few.
    let mut stream = TcpStream::connect(address(&target)).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let dripping = tokio::spawn(async move {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.contains("HTTP/1.1 408") && answer.contains("connection: close"), "{answer}");
    dripping.abort();
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let (target, _running) = start(|config| config.idle = Duration::from_millis(200)).await;
    let answer = until_closed(&target, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answer.contains("HTTP/1.1 200"));
}

/// A long answer that nobody reads does not hold its connection.
#[tokio::test]
async fn whoever_does_not_read_is_cut_off() {
    let (target, _running) = start(|config| config.patience = Duration::from_secs(2)).await;
    let customer = open(&target).await;
    let part = Part::make(900 * 1024);
    customer.hand_in(std::slice::from_ref(&part)).await;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
        customer.desk_path(&format!("/parts/{}", part.id)),
        target.desks[0]
    );
    let mut stream = TcpStream::connect(address(&target)).await.unwrap();
    // More than any buffer on the way takes.
    stream.write_all(request.repeat(40).as_bytes()).await.unwrap();
    while count(&target, "too_slow_total").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut got = Vec::new();
    let _ = stream.read_to_end(&mut got).await;
    assert!(got.len() < 40 * part.bytes.len());
}

/// 800 that hang in a header, in a body, or before an answer: others are served meanwhile, and the 800 are cut.
#[tokio::test]
async fn eight_hundred_slow_ones_stand_in_nobodys_way() {
    let (target, _running) = start(|config| {
        // Long enough for all of them to come, on a machine that has other things to do.
        config.header_patience = Duration::from_secs(20);
        config.patience = Duration::from_secs(40);
    })
    .await;
    let mut bodies = Vec::new();
    for _ in 0..267 {
        bodies.push(begun(&open(&target).await));
    }
    let mut slow = JoinSet::new();
    for n in 0..800 {
        let sent = match n % 3 {
            0 => "GET /healthz HTTP/1.1\r\nHost:".to_owned(),
            // Each with a link of its own.
            1 => bodies.pop().unwrap(),
            _ => String::new(),
        };
        let mut stream = TcpStream::connect(address(&target)).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        slow.spawn(async move {
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            n
        });
    }
    assert!(slow.try_join_next().is_none(), "they were to hang");
    // A whole job while they do.
    let other = open(&target).await;
    let part = Part::make(100_000);
    let body = other.hand_in(std::slice::from_ref(&part)).await;
    assert_eq!(other.download(part.id).await, part.bytes);
    assert_eq!(other.collected(&body).await.status(), StatusCode::OK);
    let cut = tokio::time::timeout(Duration::from_secs(180), slow.join_all()).await.expect("all are cut");
    assert_eq!(cut.len(), 800);
}

/// An upload of which one byte came.
fn begun(customer: &Customer) -> String {
    format!(
        "PUT {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: 60000\r\n\r\nx",
        customer.path(&format!("/parts/{}/0", Part::make(1).id)),
        customer.token
    )
}

/// More links than there are turns, silent or a byte at a time for longer than anyone would wait: another customer's
/// uploads go through, and what was begun slowly is stored whole once it comes.
#[tokio::test]
async fn slow_links_do_not_hold_every_turn() {
    let (target, _running) = start(|config| {
        config.uploads_at_once = 2;
        config.patience = Duration::from_secs(300);
    })
    .await;
    let mut dripping = JoinSet::new();
    let mut slow = Vec::new();
    let (hurry, _) = tokio::sync::watch::channel(false);
    for n in 0..6 {
        let mut stream = TcpStream::connect(address(&target)).await.unwrap();
        stream.write_all(begun(&open(&target).await).as_bytes()).await.unwrap();
        let (reading, mut writing) = stream.into_split();
        let mut told = hurry.subscribe();
        dripping.spawn(async move {
            let mut left = 59_999;
            while n % 2 == 0 && !*told.borrow() {
                writing.write_all(b"x").await.unwrap();
                left -= 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            told.wait_for(|hurry| *hurry).await.unwrap();
            writing.write_all(&vec![b'x'; left]).await.unwrap();
            writing
        });
        slow.push(reading);
    }
    let (other, part) = (open(&target).await, Part::make(100_000));
    let sent = tokio::time::timeout(Duration::from_secs(60), other.send(&part)).await;
    assert_eq!(sent.expect("the other customer is served"), [StatusCode::CREATED; 2]);
    hurry.send_replace(true);
    for mut reading in slow {
        let mut first = [0; 12];
        reading.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 201");
    }
    dripping.join_all().await;
}

#[tokio::test]
async fn so_many_connections_of_one_address() {
    let (target, _running) = start(|config| config.connections_per_address = Some(3)).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address(&target)).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        held.push(stream);
    }
    assert_eq!(until_closed(&target, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await, "");
    drop(held);
    let again = async {
        while until_closed(&target, b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n").await.is_empty() {}
    };
    tokio::time::timeout(Duration::from_secs(20), again).await.expect("places are given back");
    assert!(count(&target, "connections_refused_total").await >= 1);
}

#[tokio::test]
async fn so_many_requests_of_one_address() {
    let (target, _running) =
        start(|config| config.per_address = Some(Rate { per_second: 1, burst: 30 })).await;
    let client = Client::new();
    let mut refused = None;
    for _ in 0..200 {
        let answer = client.get(target.url("/healthz")).send().await.unwrap();
        if answer.status() != StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("there is an end to it");
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    is_problem(refused, 429, "too-many").await;
}

/// A box has its share, whether there is such a box or not; others go on.
#[tokio::test]
async fn so_many_requests_about_one_box() {
    let (target, _running) = start(|config| config.per_box = Some(Rate { per_second: 1, burst: 5 })).await;
    let (known, mut unknown, other) = (open(&target).await, open(&target).await, open(&target).await);
    unknown.id = wire::BoxId::from_bytes(conformance::calls::random());
    for (customer, usual) in [(known, StatusCode::OK), (unknown, StatusCode::NOT_FOUND)] {
        let mut seen = Vec::new();
        for _ in 0..50 {
            let status = customer.call(Method::GET, "").send().await.unwrap().status();
            seen.push(status);
            if status == StatusCode::TOO_MANY_REQUESTS {
                break;
            }
        }
        assert!(seen.len() > 5 && seen[..5].iter().all(|status| *status == usual), "{seen:?}");
        assert_eq!(seen.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    }
    assert_eq!(other.call(Method::GET, "").send().await.unwrap().status(), StatusCode::OK);
}

fn behind(trusted: &str) -> Transport {
    Transport::Proxied(Proxy { trusted: vec![trusted.parse().unwrap()], header: Forwarded::XForwardedFor })
}

/// Behind a proxy, callers are counted by the address it names, and the proxy itself is not.
#[tokio::test]
async fn behind_a_proxy_callers_are_told_apart() {
    let (target, _running) = start(|config| {
        config.transport = behind("127.0.0.1");
        config.per_address = Some(Rate { per_second: 1, burst: 5 });
        config.connections_per_address = Some(1);
    })
    .await;
    let client = Client::new();
    let call =
        |chain: &'static str| client.get(target.url("/healthz")).header("x-forwarded-for", chain).send();
    let mut last = StatusCode::OK;
    for _ in 0..50 {
        // What a caller wrote himself does not make him another.
        last = call("198.51.100.7, 203.0.113.5").await.unwrap().status();
        if last != StatusCode::OK {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let other = call("203.0.113.6").await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    assert_eq!(other.headers()["strict-transport-security"], "max-age=31536000");
    // Counts are not for whoever comes through the proxy.
    is_problem(client.get(target.url("/metrics")).send().await.unwrap(), 404, "no-such-call").await;
}

/// Tokens would travel in the clear: whoever is not the proxy is not answered.
#[tokio::test]
async fn past_the_proxy_there_is_nothing() {
    let (target, _running) = start(|config| config.transport = behind("203.0.113.1")).await;
    assert_eq!(until_closed(&target, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await, "");
}

/// The operator's own listener shows health and counts, and nothing else.
#[tokio::test]
async fn operators_have_a_listener_of_their_own() {
    let (target, running) = start(|config| config.transport = behind("203.0.113.1")).await;
    let listener = bind_loopback(None).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let relay = running.relay.clone();
    let serving = tokio::spawn(async move { relay.serve_operator(listener).await });
    assert_eq!(until_closed(&target, b"").await, "");
    let metrics = reqwest::get(format!("{base}/metrics")).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("cloakroom_relay_connections_refused_total 1"), "{metrics}");
    for path in ["/healthz", "/readyz"] {
        assert_eq!(reqwest::get(format!("{base}{path}")).await.unwrap().status(), StatusCode::OK);
    }
    for path in ["/", "/v1/desk/events", "/openapi.json", "/v1/contact"] {
        is_problem(reqwest::get(format!("{base}{path}")).await.unwrap(), 404, "no-such-call").await;
    }
    running.stop.send(()).unwrap();
    running.served.await.unwrap();
    serving.await.unwrap();
}
