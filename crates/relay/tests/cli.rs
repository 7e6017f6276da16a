//! The program from outside: how it starts, what it says, how it stops.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod program;

use conformance::{
    calls::{CHUNK, Part, open},
    enrolment, hooks,
    shares::{ask, deposit, open_with},
};
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
    for name in ["relay.db", "relay.db-wal", "relay.db-shm", "relay.lock", "shares", "control.sock", "blobs"]
    {
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
    let share = deposit(&program.target, "identity");
    let shared = open_with(&program.target, std::slice::from_ref(&share)).await;
    assert_eq!(ask(&shared, Method::GET, "identity").await.status(), 200);
    assert_eq!(ask(&shared, Method::DELETE, "identity").await.status(), 200);
    let (code, token) =
        (enrolment::add(&program.target, "Lena").await, wire::DeskToken::from_bytes([0xa7; 32]));
    assert_eq!(enrolment::enrol(&program.target, &code, &token).await.status(), 200);
    assert_eq!(enrolment::enrol(&program.target, "nonsense", &token).await.status(), 403);
    let hook = hooks::make(&program.target).await.to_string();
    let webhook = hooks::post(&program.target, &hook).header("x-hub-signature", "a signature");
    assert_eq!(webhook.body("a webhook").send().await.unwrap().status(), 202);
    hooks::waiting(&program.target).await;
    let secrets = [
        shared.id.to_string(),
        share["share"].as_str().unwrap().to_owned(),
        code.replace('-', ""),
        code,
        token.to_bearer().to_string(),
        "Lena".to_owned(),
        hook,
        "a signature".to_owned(),
        "a webhook".to_owned(),
        customer.id.to_string(),
        part.id.to_string(),
        customer.token.clone(),
        program.target.desks[0].clone(),
        "127.0.0.1".to_owned(),
        "a word".to_owned(),
    ];
    assert!(program.stop().await);
    let log = store.log();
    for call in
        ["/v1/boxes/{id}/submit", "/v1/desk/boxes/{id}/shares/{class}", "/hooks/{hook}", "/v1/desk/enrol"]
    {
        assert!(log.contains(call), "{log}");
    }
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret}");
    }
}

/// The operator's orders, to a relay that serves and to a store that none does; each says what it did or what to do.
#[tokio::test]
async fn desks_come_and_go() {
    let store = Store::new();
    let folder = store.data_dir();
    let desk = |arguments: &[&str]| {
        let output =
            relay(&[["desk", "--data-dir", folder.to_str().unwrap()].as_slice(), arguments].concat());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let (ok, _, said) = desk(&["list"]);
    assert!(!ok && said.contains("start the relay once first"), "{said}");
    let program = store.start(None).await;
    let (ok, said, _) = desk(&["add", "front desk"]);
    let code = said.lines().next().unwrap();
    assert!(ok && code.len() == 29 && said.contains("next 24 hours"), "{said}");
    let (ok, _, error) = desk(&["add", "front desk"]);
    assert!(!ok && error.contains("known already") && error.contains("desk rotate"), "{error}");
    let (_, list, _) = desk(&["list"]);
    assert!(list.lines().any(|line| line.starts_with("front desk") && line.contains("code waits")), "{list}");
    let token = wire::DeskToken::from_bytes([0x5b; 32]);
    assert_eq!(enrolment::enrol(&program.target, code, &token).await.status(), 200);
    let (_, list, _) = desk(&["list"]);
    assert!(list.lines().any(|line| line.starts_with("front desk") && line.contains("enrolled")), "{list}");
    // Never an id, never a hash.
    assert!(list.split(|c: char| !c.is_ascii_hexdigit()).all(|run| run.len() < 16), "{list}");
    let call = |base: &str| {
        let call = reqwest::Client::new().get(format!("{base}/v1/desk"));
        call.bearer_auth(token.to_bearer().as_str()).send()
    };
    assert_eq!(call(&program.target.base).await.unwrap().status(), 200);
    let (ok, rotated, _) = desk(&["rotate", "front desk"]);
    assert!(ok && rotated.lines().next().unwrap() != code);
    assert_eq!(call(&program.target.base).await.unwrap().status(), 200);
    assert!(program.stop().await);
    // Nobody serves: the same orders, to the store itself.
    let (ok, said, _) = desk(&["revoke", "front desk"]);
    assert!(ok && said.contains("may call no more"), "{said}");
    let (ok, _, error) = desk(&["revoke", "nobody"]);
    assert!(!ok && error.contains("desk list"), "{error}");
    let program = store.start(None).await;
    assert_eq!(call(&program.target.base).await.unwrap().status(), 401);
    let (_, list, _) = desk(&["list"]);
    assert!(
        list.lines().any(|line| line.starts_with("front desk") && line.contains("may not call")),
        "{list}"
    );
    program.kill().await;
    // A socket that a crash left behind is in nobody's way.
    assert!(folder.join("control.sock").exists());
    let (ok, list, _) = desk(&["list"]);
    assert!(ok && list.contains("front desk"), "{list}");
}

#[tokio::test]
async fn a_backup_says_what_it_copied() {
    let store = Store::new();
    let program = store.start(None).await;
    open(&program.target).await.hand_in(&[Part::make(CHUNK + 1)]).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy");
    let data = store.data_dir();
    let backup = || relay(&["backup", "--data-dir", data.to_str().unwrap(), to.to_str().unwrap()]);
    let output = backup();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("2 chunks") && said.contains("Shares are never copied"), "{said}");
    let mut names: Vec<_> = std::fs::read_dir(&to)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["blobs", "relay.db"]);
    let again = backup();
    assert!(!again.status.success());
    assert!(String::from_utf8(again.stderr).unwrap().contains("is not empty"));
    program.kill().await;
}
