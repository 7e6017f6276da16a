//! The real program as a child process.
#![allow(dead_code, reason = "each test program uses a part of it")]

use crate::conformance::{Operator, Target, calls::clients_can_be_made};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A store that outlives the programs that use it.
pub(crate) struct Store {
    folder: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

/// A running program.
pub(crate) struct Program {
    pub(crate) target: Target,
    child: Child,
}

impl Store {
    pub(crate) fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Self { folder: temporary.path().to_owned(), _temporary: Some(temporary) }
    }

    /// In a folder that someone else takes away.
    pub(crate) fn within(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), _temporary: None }
    }

    /// Starts the program; it is to die at `crash_at`.
    pub(crate) async fn start(&self, crash_at: Option<&str>) -> Program {
        self.run(crash_at.map(|point| ("CLOAKROOM_CRASH_AT", point))).await
    }

    /// Starts the program with its log in a file.
    pub(crate) async fn start_logged(&self, level: &str) -> Program {
        self.run(Some(("CLOAKROOM_LOG", level))).await
    }

    /// Starts the program with its log in a file, and callers' addresses in it.
    pub(crate) async fn start_telling(&self, level: &str) -> Program {
        self.run([("CLOAKROOM_LOG", level), ("CLOAKROOM_RELAY_LOG_ADDRESSES", "true")]).await
    }

    /// What the program logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Starts the program with one more setting.
    pub(crate) async fn start_with(&self, setting: Option<(&str, &str)>) -> Program {
        self.run(setting).await
    }

    /// Whether the bytes of a share are in any file.
    pub(crate) fn holds(&self, share: &Value) -> bool {
        let needle = data_encoding::HEXLOWER.decode(share["share"].as_str().unwrap().as_bytes()).unwrap();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file()
                    && fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle)
                {
                    return true;
                }
            }
        }
        false
    }

    /// Starts the program with these in its environment.
    pub(crate) async fn run(&self, settings: impl IntoIterator<Item = (&str, &str)>) -> Program {
        clients_can_be_made();
        let token_file = self.folder.join("token");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloakroom-relay"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(self.folder.join("store"))
            .arg("--desk-token-file")
            .arg(&token_file)
            .stdout(Stdio::piped())
            .stderr(fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap())
            .kill_on_drop(true)
            .envs(settings);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let said: Value = serde_json::from_str(&line).expect("the program says where it listens");
        let token = fs::read_to_string(&token_file).unwrap().trim().to_owned();
        let target = Target {
            base: said["listening"].as_str().unwrap().to_owned(),
            desks: [token.clone(), token],
            advance: Arc::new(|_| unreachable!("the program has the machine's clock")),
            operator: self.operator(),
            now: Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()),
        };
        Program { target, child }
    }

    /// The folder the program stores in.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// Orders through the socket of the program that serves, or to the store when none does.
    pub(crate) fn operator(&self) -> Operator {
        let store = self.folder.join("store");
        Arc::new(move |order| {
            let store = store.clone();
            Box::pin(async move {
                relay::operate(&store, order).await.map_err(|error| match error {
                    relay::ControlError::Order(error) => error,
                    other => panic!("{other}"),
                })
            })
        })
    }

    pub(crate) fn chunk_files(&self) -> usize {
        fs::read_dir(self.folder.join("store/blobs")).unwrap().count()
    }
}

impl Program {
    /// SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGKILL once so many chunks were stored.
    pub(crate) async fn kill_after(self, chunks: u64) {
        loop {
            let metrics = reqwest::get(self.target.url("/metrics")).await.unwrap().text().await.unwrap();
            let line =
                metrics.lines().find_map(|line| line.strip_prefix("cloakroom_relay_chunks_stored_total "));
            if line.unwrap().parse::<u64>().unwrap() >= chunks {
                return self.kill().await;
            }
        }
    }

    /// Waits for the program to have died by itself.
    pub(crate) async fn died(mut self) {
        let status = tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await.unwrap().unwrap();
        assert!(!status.success());
    }

    /// SIGTERM; whether it then ended well.
    pub(crate) async fn stop(mut self) -> bool {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        let status = tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await.unwrap().unwrap();
        status.success()
    }

    /// Resident memory now, bytes.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}
