//! A relay in this process, on SQLite and files, with a clock to turn.
#![allow(dead_code, reason = "each test program uses a part of it")]

use crate::conformance::{
    Target,
    calls::{clients_can_be_made, random},
};
use relay::{Clock, Config, Relay, bind_loopback};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::oneshot, task::JoinHandle};
use wire::DeskToken;

/// When hand clocks begin.
pub(crate) const START: u64 = 1_800_000_000;

/// A machine's clocks, which stand still until they are moved.
#[derive(Default)]
pub(crate) struct HandClock {
    passed: AtomicU64,
    set: AtomicI64,
}

impl HandClock {
    /// Time passes: both clocks move.
    pub(crate) fn pass(&self, seconds: u64) {
        self.passed.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock, so far from what it was.
    pub(crate) fn set(&self, seconds: i64) {
        self.set.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> u64 {
        (START + self.passed.load(Ordering::SeqCst)).saturating_add_signed(self.set.load(Ordering::SeqCst))
    }

    fn boot(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.passed.load(Ordering::SeqCst)))
    }
}

/// What keeps the relay alive.
pub(crate) struct Running {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) relay: Relay,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<()>,
}

/// A fresh relay with a page and two desks.
pub(crate) async fn start() -> (Target, Running) {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    fs::create_dir_all(page.join("assets")).unwrap();
    fs::write(page.join("index.html"), "<!doctype html><title>page</title>").unwrap();
    fs::write(page.join("assets/page.js"), "export {}").unwrap();
    let mut config = Config::new(folder.path().join("store"));
    config.page = Some(page);
    start_with(config, folder).await
}

pub(crate) async fn start_with(config: Config, folder: tempfile::TempDir) -> (Target, Running) {
    start_by(Arc::default(), config, folder).await
}

/// The same, by a clock that may have moved already.
pub(crate) async fn start_by(
    clock: Arc<HandClock>,
    config: Config,
    folder: tempfile::TempDir,
) -> (Target, Running) {
    clients_can_be_made();
    let relay = Relay::open(config, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let desks = [random(), random()].map(DeskToken::from_bytes);
    for (name, token) in ["one", "two"].into_iter().zip(&desks) {
        relay.admit_desk(name, token.hash()).await.unwrap();
    }
    let listener = bind_loopback(None).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = relay.clone();
    let served = tokio::spawn(async move {
        serving.serve(listener, async move { drop(stopped.await) }).await.unwrap();
    });
    let ordering = relay.clone();
    let (turned, sweeping) = (Arc::clone(&clock), relay.clone());
    let target = Target {
        base,
        desks: desks.map(|token| token.to_bearer().to_string()),
        advance: Arc::new(move |seconds| {
            turned.pass(seconds);
            let sweeping = sweeping.clone();
            Box::pin(async move {
                sweeping.sweep().await.unwrap();
            })
        }),
        operator: Arc::new(move |order| {
            let ordering = ordering.clone();
            Box::pin(async move { ordering.order(order).await })
        }),
        now: Arc::new(move || clock.now()),
    };
    (target, Running { folder, relay, stop, served })
}

/// Chunk files in a store.
pub(crate) fn chunk_files(store: &Path) -> usize {
    fs::read_dir(store.join("blobs")).unwrap().count()
}
