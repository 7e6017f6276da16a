//! The program from outside: how it starts, what it says, how it stops.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod conformance;
mod encrypted;
mod program;
mod running;

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
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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

/// A commit that failed may or may not stand: the relay does not go on half dead, it ends, and says so.
#[tokio::test]
async fn a_failed_commit_ends_it() {
    let store = Store::new();
    let program = store.start_with(Some(("CLOAKROOM_FAIL_COMMIT", "note"))).await;
    let customer = open(&program.target).await;
    let note = program.target.desk(Method::PUT, &customer.desk_path("/notes/0")).body("note");
    // The answer, if the relay still gives it, is not that it was kept.
    assert!(!note.send().await.is_ok_and(|answer| answer.status().is_success()));
    program.died().await;
    assert!(store.log().contains("look at the disk"), "{}", store.log());
    let program = store.start(None).await;
    assert_eq!(customer.at(&program.target).state().await, "waiting");
}

/// Whoever knows no hook, or only one, fills no memory with bodies that never end; another hook's webhooks come through.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn webhooks_under_way_take_bounded_memory() {
    let store = Store::new();
    let program = store.start(None).await;
    let (known, other) = (hooks::make(&program.target).await, hooks::make(&program.target).await);
    let address = program.target.base.strip_prefix("http://").unwrap().to_owned();
    let before = program.resident();
    let mut under_way = tokio::task::JoinSet::new();
    let (sent, mut hanging) = tokio::sync::mpsc::channel(200);
    for n in 0..200 {
        // Half of them through a hook that there is, as many as may come at once.
        let hook = if n % 2 == 0 { known.to_string() } else { format!("{n:032x}") };
        let (address, sent) = (address.clone(), sent.clone());
        under_way.spawn(async move {
            let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
            let head =
                format!("POST /hooks/{hook} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 262144\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let _ = stream.write_all(&vec![b'x'; 262_143]).await;
            let _ = sent.send(n).await;
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer).await;
        });
    }
    // All that no desk waits for is taken off the wire.
    for _ in 0..100 {
        while hanging.recv().await.unwrap() % 2 == 0 {}
    }
    for _ in 0..20 {
        let answer = hooks::post(&program.target, &other.to_string()).body("{}").send().await.unwrap();
        assert_eq!(answer.status(), 202);
    }
    let grown = program.resident() - before;
    // Kept, all of them would take fifty or more; connections alone take some.
    assert!(grown < 40 * 1024 * 1024, "grew by {grown}");
    program.kill().await;
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

/// Root can: what it made there, the relay's own user could not read.
#[test]
fn serves_no_store_of_another_user() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("relay.db");
    std::fs::write(&database, "").unwrap();
    // Only root can give a file away.
    if std::os::unix::fs::chown(&database, Some(65_534), None).is_err() {
        return;
    }
    let output = relay(&["serve", "--data-dir", folder.path().to_str().unwrap()]);
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("belongs to another user"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// `--check-config` says all that is wrong, where, and never what was written there; and touches nothing.
#[test]
fn settings_are_checked_without_serving() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("relay.toml"));
    let secret = "4111111111111111";
    let check = |text: &str, more: &[&str], variable: Option<(&str, &str)>| {
        std::fs::write(&file, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_cloakroom-relay"))
            .args(["serve", "--check-config", "--config"])
            .arg(&file)
            .args(more)
            .envs(variable)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let sound = format!("data_dir = {data:?}\nlisten = \"127.0.0.1:0\"\n[log]\nlevel = \"debug\"\n");
    assert_eq!(check(&sound, &[], None), (true, "the configuration is fine\n".to_owned()));
    let broken = format!("{sound}color = \"{secret}\"\n[limits]\nconnections = \"{secret}x\"\n");
    let (fine, said) = check(&broken, &["--listen", "nowhere"], Some(("CLOAKROOM_RELAY_PAGES", secret)));
    assert!(!fine);
    assert!(said.contains("line 5: log.color is no setting"), "{said}");
    assert!(said.contains("--listen must be an address"), "{said}");
    assert!(said.contains("CLOAKROOM_RELAY_PAGES is no setting"), "{said}");
    assert!(!said.contains(secret), "{said}");
    let (fine, said) = check(&format!("{sound}[limits]\nconnections = \"{secret}x\"\n"), &[], None);
    assert!(!fine && said.contains("line 6: limits.connections must be a number"), "{said}");
    assert!(!said.contains(secret), "{said}");
    for (more, expected) in [
        (
            &["--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem", "--host", "a.example"][..],
            "cannot be read",
        ),
        (&["--page", "/nowhere"], "has no index.html"),
        (&["--listen", "0.0.0.0:80"], "plain HTTP"),
        (&["--proxy-trusted", "10.0.0.1"], "hosts is not set"),
        (&["--proxy-trusted", "0.0.0.0/0", "--host", "a.example"], "name the proxy"),
        (&["--proxy-trusted", "::/0", "--host", "a.example"], "name the proxy"),
        (
            &["--proxy-trusted", "10.0.0.1", "--host", "a.example", "--desk-token-file", "/nowhere/token"],
            "desk_token_file is for a desk on this machine",
        ),
    ] {
        let (fine, said) = check(&sound, more, None);
        assert!(!fine && said.contains(expected), "{said}");
    }
    // Of a file that cannot be read nothing is missing.
    let (fine, said) = check(&format!("{sound}level = \"info\"\n"), &[], None);
    assert!(
        !fine && said.ends_with("line 5: this stands in the file twice; keep one of the two\n"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    // The later weighs more.
    assert!(check(&sound.replace("debug", "loud"), &[], None).1.contains("line 4: log.level must be"));
    assert!(!check(&sound, &[], Some(("CLOAKROOM_RELAY_LISTEN", "loud"))).0);
    assert!(check(&sound, &["--listen", "127.0.0.1:1"], Some(("CLOAKROOM_RELAY_LISTEN", "loud"))).0);
    assert!(!data.exists());
}

/// The program as an operator sets it up: from a file, behind TLS, with counts on a port of their own.
#[tokio::test]
async fn serves_as_its_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let files = encrypted::issue(folder.path(), &["localhost"]);
    let file = folder.path().join("relay.toml");
    let text = format!(
        "data_dir = {:?}\nlisten = \"127.0.0.1:0\"\nhosts = [\"localhost\"]\n[tls]\ncert = {:?}\nkey = {:?}\n\
         [metrics]\nlisten = \"127.0.0.1:0\"\n",
        folder.path().join("data"),
        files.certificate,
        files.key
    );
    std::fs::write(&file, text).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_cloakroom-relay"))
        .args(["serve", "--config"])
        .arg(&file)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    let relay = encrypted::Encrypted {
        address: said["listening"].as_str().unwrap().strip_prefix("https://").unwrap().to_owned(),
        files,
    };
    let mut stream = relay.connect(b"http/1.1").await.unwrap();
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security"), "{answer}");
    let metrics = reqwest::get(format!("{}/metrics", said["metrics"].as_str().unwrap())).await.unwrap();
    assert!(metrics.text().await.unwrap().contains("cloakroom_relay_certificate_left_seconds"));
    // A signal has the certificate read again.
    let id = program.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    let taken = async {
        loop {
            let metrics =
                reqwest::get(format!("{}/metrics", said["metrics"].as_str().unwrap())).await.unwrap();
            if metrics.text().await.unwrap().contains("cloakroom_relay_certificates_taken_total 1") {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), taken).await.unwrap();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(program.wait().unwrap().success());
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

/// The most talkative log names no box, no part, no token and no address, whatever is asked and however broken; and
/// addresses only when it is told to.
#[tokio::test]
async fn the_log_names_nobody() {
    for addresses in [false, true] {
        let store = Store::new();
        let program =
            if addresses { store.start_telling("trace").await } else { store.start_logged("trace").await };
        let customer = open(&program.target).await;
        let part = Part::make(100);
        let body = customer.hand_in(std::slice::from_ref(&part)).await;
        customer.call(Method::POST, "/words").body("a word").send().await.unwrap();
        customer.put(part.id, 1, b"late").await;
        customer.call(Method::GET, "/parts?4111111111111111").send().await.unwrap();
        program
            .target
            .desk(Method::GET, &customer.desk_path(&format!("/parts/{}", part.id)))
            .send()
            .await
            .unwrap();
        customer.collected(&body).await;
        customer.end("purged").await;
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
        let address = program.target.base.strip_prefix("http://").unwrap().to_owned();
        for request in [
            format!("GET {} HTTP/1.1\nHost: localhost\n\n", customer.path("")),
            "SECRETMETHOD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
            format!("GET /{} HTTP/1.1\r\nHost: evil.example\r\n\r\n", customer.id),
        ] {
            let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            assert!(answer.starts_with(b"HTTP/1.1 4"));
        }
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
            "a word".to_owned(),
            "4111111111111111".to_owned(),
            "SECRETMETHOD".to_owned(),
            "evil".to_owned(),
        ];
        assert!(program.stop().await);
        let log = store.log();
        for call in ["/v1/boxes/{id}/submit", "/v1/desk/boxes/{id}/shares/{class}", "/hooks/{hook}"] {
            assert!(log.contains(call), "{log}");
        }
        assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{log}");
        assert_eq!(log.contains("127.0.0.1"), addresses, "{log}");
        for secret in secrets {
            assert!(!log.contains(&secret), "{secret}");
        }
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
