//! A real relay that is not the desk's own: by its own clock, with a store of its own, to be switched off and on.

use crate::clock::Hands;
use desk::{Clock, RemoteRelay};
use relay::{DeskAnswer, DeskOrder};
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio::{sync::Mutex, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use wire::{BoxId, DataClass, DeskToken, ProblemCode, api::ShareView};

pub struct Elsewhere {
    pub hands: Arc<Hands>,
    pub token: Arc<DeskToken>,
    store: tempfile::TempDir,
    at: SocketAddr,
    running: Mutex<Option<Running>>,
}

struct Running {
    relay: relay::Relay,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

struct ByHand(Arc<Hands>);

impl relay::Clock for ByHand {
    fn now(&self) -> u64 {
        self.0.wall()
    }
}

impl Elsewhere {
    pub async fn start() -> Self {
        let store = tempfile::tempdir().unwrap();
        let hands = Arc::new(Hands::new());
        let token = Arc::new(DeskToken::from_bytes(crate::customer::random()));
        let listener = relay::bind_loopback(None).await.unwrap();
        let at = listener.local_addr().unwrap();
        let relay = open(store.path(), &hands).await;
        relay.admit_desk("desk", token.hash()).await.unwrap();
        let running = Mutex::new(Some(serve(relay, listener)));
        Self { hands, token, store, at, running }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.at)
    }

    pub fn for_desk(&self) -> RemoteRelay {
        RemoteRelay { origin: self.origin(), token: Arc::clone(&self.token) }
    }

    /// Gone, as when its machine is off.
    pub async fn switch_off(&self) {
        let Running { stop, task, .. } = self.running.lock().await.take().unwrap();
        stop.cancel();
        task.await.unwrap();
    }

    pub async fn switch_on(&self) {
        let relay = open(self.store.path(), &self.hands).await;
        let listener = relay::bind_loopback(Some(self.at.port())).await.unwrap();
        *self.running.lock().await = Some(serve(relay, listener));
    }

    /// Does what it does every few seconds.
    pub async fn sweep(&self) {
        let running = self.running.lock().await;
        running.as_ref().unwrap().relay.sweep().await.unwrap();
    }

    /// Its store is as a backup would bring it back: everything but the shares.
    pub async fn lose_shares(&self) {
        self.switch_off().await;
        std::fs::remove_file(self.store.path().join("shares")).unwrap();
        self.switch_on().await;
    }

    /// The code its operator gets for a desk: a new one, or one that is known.
    pub async fn code(&self, name: &str, is_new: bool) -> String {
        let name = name.to_owned();
        let order = if is_new { DeskOrder::Add { name } } else { DeskOrder::Rotate { name } };
        match self.running.lock().await.as_ref().unwrap().relay.order(order).await.unwrap() {
            DeskAnswer::Code(made) => made.code,
            _ => panic!("an order for a code is answered with one"),
        }
    }

    /// What it keeps of a box, asked with the desk's own token.
    pub async fn share(&self, id: BoxId, class: DataClass) -> Result<ShareView, ProblemCode> {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}/v1/desk/boxes/{id}/shares/{}", self.origin(), class.name());
        let answer = http.get(url).bearer_auth(&*self.token.to_bearer()).send().await.unwrap();
        if answer.status().is_success() {
            Ok(answer.json().await.unwrap())
        } else {
            Err(answer.json::<wire::Problem>().await.unwrap().code)
        }
    }
}

async fn open(store: &Path, hands: &Arc<Hands>) -> relay::Relay {
    let (mut config, clock) = (relay::Config::new(store), Arc::new(ByHand(Arc::clone(hands))));
    // Called by this machine's own name as well.
    config.hosts.push(std::fs::read_to_string("/etc/hostname").unwrap().trim().to_owned());
    // A relay that was switched off lets go of its store a moment after its last answer.
    tokio::task::spawn_blocking(move || {
        loop {
            match relay::Relay::open(config.clone(), Arc::clone(&clock) as Arc<dyn relay::Clock>) {
                Err(relay::OpenError::InUse) => std::thread::yield_now(),
                opened => return opened.unwrap(),
            }
        }
    })
    .await
    .unwrap()
}

fn serve(relay: relay::Relay, listener: tokio::net::TcpListener) -> Running {
    let stop = CancellationToken::new();
    let (serving, stopped) = (relay.clone(), stop.clone().cancelled_owned());
    let task = tokio::spawn(async move { serving.serve(listener, stopped).await.unwrap() });
    Running { relay, stop, task }
}
