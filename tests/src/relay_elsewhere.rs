//! A relay that is not the desk's own, and a line between the two that can be cut. Customers reach it past the line.

use crate::{Outcome, TestClock, page};
use desk::RemoteRelay;
use relay::{Config, Relay};
use seal::{Link, SystemRng};
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use wire::DeskToken;

/// The relay and the line.
pub struct RelayElsewhere {
    at: SocketAddr,
    line: SocketAddr,
    whole: watch::Sender<bool>,
    token: Arc<DeskToken>,
    stop: CancellationToken,
    tasks: [JoinHandle<()>; 2],
}

impl RelayElsewhere {
    /// Starts it, storing in `store`.
    pub async fn start(store: &Path, clock: Arc<TestClock>) -> Outcome<Self> {
        let mut config = Config::new(store);
        config.page = Some(page::folder()?);
        let relay = tokio::task::spawn_blocking(move || Relay::open(config, clock)).await??;
        let token = Arc::new(DeskToken::from_bytes(seal::rng::make_array(&SystemRng)?));
        relay.admit_desk("desk", token.hash()).await?;
        let stop = CancellationToken::new();
        let listener = relay::bind_loopback(None).await?;
        let at = listener.local_addr()?;
        let stopped = stop.clone().cancelled_owned();
        let serving = tokio::spawn(async move { drop(relay.serve(listener, stopped).await) });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let line = listener.local_addr()?;
        let whole = watch::Sender::new(true);
        let passing = tokio::spawn(pass(listener, at, whole.subscribe(), stop.clone()));
        Ok(Self { at, line, whole, token, stop, tasks: [serving, passing] })
    }

    /// What a desk is told: it talks through the line.
    pub fn for_desk(&self) -> RemoteRelay {
        RemoteRelay { origin: format!("http://{}", self.line), token: Arc::clone(&self.token) }
    }

    /// A link as a customer has it, who does not talk through the desk's line.
    pub fn for_customer(&self, url: &str) -> Outcome<String> {
        Ok(Link::parse(url)?.url(&format!("http://{}", self.at)).to_string())
    }

    /// Cuts the line: what is open breaks, nothing new comes through.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// The line is whole again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }

    /// Ends the relay.
    pub async fn stop(self) -> Outcome {
        self.stop.cancel();
        for task in self.tasks {
            task.await?;
        }
        Ok(())
    }
}

async fn pass(from: TcpListener, to: SocketAddr, whole: watch::Receiver<bool>, stop: CancellationToken) {
    loop {
        let near = tokio::select! {
            () = stop.cancelled() => return,
            near = from.accept() => near,
        };
        let Ok((mut near, _)) = near else { continue };
        let (mut whole, stop) = (whole.clone(), stop.clone());
        tokio::spawn(async move {
            // Cut, it is closed unheard.
            if !*whole.borrow() {
                return;
            }
            let Ok(mut far) = TcpStream::connect(to).await else { return };
            tokio::select! {
                () = stop.cancelled() => {}
                _ = whole.wait_for(|whole| !whole) => {}
                _ = copy_bidirectional(&mut near, &mut far) => {}
            }
        });
    }
}
