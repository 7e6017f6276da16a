//! The program from outside: how it starts, what it says, how it stops.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod program;

use conformance::calls::{CHUNK, Part, open};
use program::Store;
use reqwest::Method;
use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::Command,
};

fn relay(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_cloakroom-relay")).args(arguments).output().unwrap()
}

#[test]
fn prints_its_api() {
    let output = relay(&["openapi"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), relay::openapi());
}

/// SIGTERM ends it well although a desk listens, and what was stored is there the next time, under the same token.
#[tokio::test]
async fn stops_when_told() {
    let store = Store::new();
    let program = store.start(None).await;
    let customer = open(&program.target).await;
    let part = Part::make(CHUNK);
    customer.hand_in(std::slice::from_ref(&part)).await;
    let call = program.target.desk(Method::GET, "/v1/desk/events").header("accept", "text/event-stream");
    let stream = call.send().await.unwrap();
    assert!(program.stop().await);
    assert!(stream.bytes().await.is_ok());
    let program = store.start(None).await;
    let path = customer.desk_path(&format!("/parts/{}", part.id));
    let answer = program.target.desk(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), part.bytes);
}

#[test]
fn says_what_is_wrong_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let token = folder.path().join("token");
    std::fs::write(&token, "not a token").unwrap();
    for (arguments, said) in [
        (vec!["--listen", port.as_str()], "is used by another program"),
        (vec!["--listen", "0.0.0.0:0"], "listen on 127.0.0.1"),
        (vec!["--page", data], "build the page"),
        (vec!["--desk-token-file", token.to_str().unwrap()], "64 hexadecimal digits"),
        (vec!["--chunk-size", "1000"], "between 64 KiB and 4 MiB"),
    ] {
        let output = relay(&[["serve", "--data-dir", data].as_slice(), &arguments].concat());
        assert!(!output.status.success());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(said), "{error}");
        assert!(!error.contains("not a token"));
    }
}

#[tokio::test]
async fn the_token_it_makes_is_for_this_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::within(folder.path());
    let program = store.start(None).await;
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("token"), 0o600);
    assert_eq!(mode("store"), 0o700);
    assert_eq!(mode("store/blobs"), 0o700);
    program.kill().await;
}

/// Neither a careless umask nor a folder that was there shows the store to others.
#[test]
fn the_store_is_for_this_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    std::fs::create_dir(&store).unwrap();
    std::fs::set_permissions(&store, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(store.join("relay.lock"), "").unwrap();
    std::fs::set_permissions(store.join("relay.lock"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut program = Command::new("sh")
        .args(["-c", "umask 0; exec \"$0\" serve --data-dir \"$1\"", env!("CARGO_BIN_EXE_cloakroom-relay")])
        .arg(&store)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let modes: std::collections::BTreeMap<String, u32> = std::fs::read_dir(&store)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), mode(&entry.path())))
        .collect();
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(line.contains("listening"));
    assert_eq!(mode(&store), 0o700);
    for (name, found) in &modes {
        assert_eq!(*found, if name == "blobs" { 0o700 } else { 0o600 }, "{name}");
    }
    for name in ["relay.db", "relay.db-wal", "relay.db-shm", "relay.lock", "blobs"] {
        assert!(modes.contains_key(name), "{name}");
    }
}

/// The most talkative log names no box, no part, no token and no address.
#[tokio::test]
async fn the_log_names_nobody() {
    let store = Store::new();
    let program = store.start_logged("trace").await;
    let customer = open(&program.target).await;
    let part = Part::make(100);
    let body = customer.hand_in(std::slice::from_ref(&part)).await;
    customer.call(Method::POST, "/words").body("a word").send().await.unwrap();
    customer.put(part.id, 1, b"late").await;
    customer.collected(&body).await;
    customer.end("purged").await;
    let secrets = [
        customer.id.to_string(),
        part.id.to_string(),
        customer.token.clone(),
        program.target.desks[0].clone(),
        "127.0.0.1".to_owned(),
        "a word".to_owned(),
    ];
    assert!(program.stop().await);
    let log = store.log();
    assert!(log.contains("/v1/boxes/{id}/submit"), "{log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret}");
    }
}
