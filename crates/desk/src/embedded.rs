//! The relay inside the desk, on loopback: no server needed, the whole job on one machine.

use crate::{
    DeskConfig, DeskError, RelayClient, RemoteRelay,
    config::Settings,
    desk::{SharedTime, guard},
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use wire::DeskToken;
use zeroize::Zeroizing;

/// The name under which the desk is known to its own relay.
const DESK: &str = "embedded";

/// The relay goes by the desk's own time: a wall clock that jumps must not end links or erase what was sent.
struct RelayClock {
    time: SharedTime,
    clock: Arc<dyn crate::Clock>,
}

impl relay::Clock for RelayClock {
    fn now(&self) -> u64 {
        guard(&self.time).now(&*self.clock)
    }
}

/// The relay this desk speaks to: elsewhere, or inside and running.
pub(crate) struct Connected {
    pub(crate) client: RelayClient,
    pub(crate) stop: CancellationToken,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Connected {
    /// Connects to the relay the config names, or starts one inside.
    pub(crate) async fn start(config: &DeskConfig, time: &SharedTime) -> Result<Self, DeskError> {
        let stop = CancellationToken::new();
        let (client, task) = match &config.relay {
            Some(RemoteRelay { origin, token }) => {
                (RelayClient::new(Arc::clone(&config.transport), origin, Arc::clone(token))?, None)
            }
            None => {
                let (client, task) = embed(config, time, stop.clone()).await?;
                (client, Some(task))
            }
        };
        Ok(Self { client, stop, task })
    }

    /// Stops an embedded relay, and waits until it has let go of its port and its store.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

/// Starts a relay on the port it picked once, which links name; a taken port is said.
async fn embed(
    config: &DeskConfig,
    time: &SharedTime,
    stop: CancellationToken,
) -> Result<(RelayClient, tokio::task::JoinHandle<()>), DeskError> {
    let layout = config.layout();
    let mut settings = Settings::read(&layout)?;
    let listener = relay::bind_loopback(settings.relay_port).await.map_err(start_error)?;
    let port = listener.local_addr().map_err(start_error)?.port();
    if settings.relay_port != Some(port) {
        settings.relay_port = Some(port);
        settings.write(&layout)?;
    }
    let mut setup = relay::Config::new(layout.relay());
    setup.page.clone_from(&config.page);
    let clock = Arc::new(RelayClock { time: Arc::clone(time), clock: Arc::clone(&config.clock) });
    let relay = tokio::task::spawn_blocking(move || relay::Relay::open(setup, clock))
        .await
        .map_err(start_error)?
        .map_err(start_error)?;
    // The token never leaves this process: a fresh one at each start, and the earlier one ends.
    let mut bytes = Zeroizing::new([0; 32]);
    config.rng.fill(bytes.as_mut_slice()).map_err(|_| vault::VaultError::Randomness)?;
    let token = Arc::new(DeskToken::from_bytes(*bytes));
    relay.admit_desk(DESK, token.hash()).await.map_err(start_error)?;
    let client = RelayClient::new(Arc::clone(&config.transport), &format!("http://127.0.0.1:{port}"), token)?;
    let task = tokio::spawn(async move {
        if let Err(error) = relay.serve(listener, stop.cancelled_owned()).await {
            tracing::error!(%error, "the embedded relay stopped");
        }
    });
    Ok((client, task))
}

fn start_error(error: impl std::fmt::Display) -> DeskError {
    DeskError::RelayStart(error.to_string())
}
