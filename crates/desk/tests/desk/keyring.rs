//! Credentials in a real keychain: GNOME's, unlocked, in a desktop session of its own.

use crate::{
    bed::{self, PASSPHRASE},
    clock::Hands,
    tracker::{TOKEN, Tracker},
};
use desk::{Company, Desk, HelpdeskKind, HelpdeskToken, Keychain, NewHelpdesk};
use keyring_core::api::CredentialStoreApi;
use std::{
    collections::HashMap,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};
use zbus_secret_service_keyring_store::Store;

const IN_SESSION: &str = "CLOAKROOM_TEST_SESSION";

#[test]
fn a_real_keychain_keeps_a_token_and_lets_go_of_it() {
    let missing = ["dbus-run-session", "gnome-keyring-daemon"].into_iter().find(|program| {
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err()
    });
    if let Some(program) = missing {
        return not_run("a_real_keychain_keeps_a_token_and_lets_go_of_it", &format!("{program} is missing"));
    }
    let home = tempfile::tempdir().unwrap();
    let script = "printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null && \
                  exec \"$0\" --exact keyring::in_a_session --ignored --nocapture";
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c", script]).arg(std::env::current_exe().unwrap());
    for (name, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        let folder = home.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        session.env(name, folder);
    }
    session.env("HOME", home.path()).env(IN_SESSION, home.path());
    let out = session.output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test above runs it, in a session of its own"]
async fn in_a_session() {
    let home = std::env::var_os(IN_SESSION).expect("a session");
    let folder = Path::new(&home).join("desk");
    let hands = Arc::new(Hands::new());
    let config = || {
        let mut config = bed::config(&folder, &hands);
        config.keychain = Keychain::System;
        config
    };
    let (desk, person, _sheets) =
        Desk::found(config(), "Mira Berg", bed::passphrase(PASSPHRASE), &Company::default()).await.unwrap();
    desk.unlock(person, bed::passphrase(PASSPHRASE)).await.unwrap();
    let tracker = Tracker::start(&hands).await;
    let new = NewHelpdesk {
        kind: HelpdeskKind::RequestTracker,
        name: String::new(),
        address: tracker.address.clone(),
        account: String::new(),
        scope: String::new(),
        prefix: String::new(),
    };
    let id = desk.add_helpdesk(&new, Some(HelpdeskToken::parse(TOKEN).unwrap())).await.unwrap();
    assert!(desk.helpdesks().await.unwrap()[0].keychain);
    assert_eq!(kept().await, [data_encoding::BASE64.encode(TOKEN.as_bytes())]);
    desk.close().await;

    // Locked, after a restart: it is read from there.
    let desk = Desk::open(config()).await.unwrap();
    desk.pull_now(id).await.unwrap();
    desk.unlock(person, bed::passphrase(PASSPHRASE)).await.unwrap();
    desk.test_helpdesk(id).await.unwrap();
    desk.remove_helpdesk(id).await.unwrap();
    assert!(kept().await.is_empty());
    desk.close().await;
}

/// What lies in the keychain under the app's name.
async fn kept() -> Vec<String> {
    tokio::task::spawn_blocking(|| {
        let found =
            Store::new().unwrap().search(&HashMap::from([("service", "org.cloakroom.desk")])).unwrap();
        found.iter().map(|entry| entry.get_password().unwrap()).collect()
    })
    .await
    .unwrap()
}

fn not_run(test: &str, reason: &str) {
    use std::io::Write;
    let line = format!("SKIPPED-HERE: {test}: {reason}\n");
    if let Some(file) = std::env::var_os("CLOAKROOM_NOT_RUN") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
    eprint!("{line}");
}
