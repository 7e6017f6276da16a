//! The desk's first relay: the one inside, on loopback, so that no server is needed and the whole job is done on one
//! machine; or the one that its configuration names in its place.

use crate::{
    Company, DeskConfig, DeskError, RelayClient, RemoteRelay,
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

/// The first relay, running where it is inside.
pub(crate) struct Home {
    pub(crate) client: RelayClient,
    stop: CancellationToken,
    task: Option<tokio::task::JoinHandle<()>>,
    /// The relay inside, until it is to stop: whoever holds it holds its store.
    inside: Option<relay::Relay>,
}

impl Home {
    /// Connects to the relay the config names, or starts one inside.
    pub(crate) async fn start(config: &DeskConfig, time: &SharedTime) -> Result<Self, DeskError> {
        let stop = CancellationToken::new();
        let (client, inside, task) = match &config.relay {
            Some(RemoteRelay { origin, token }) => {
                (RelayClient::new(Arc::clone(&config.transport), origin, Arc::clone(token))?, None, None)
            }
            None => {
                let (client, relay, task) = embed(config, time, stop.clone()).await?;
                (client, Some(relay), Some(task))
            }
        };
        Ok(Self { client, stop, task, inside })
    }

    /// Has the relay inside say whom to ask about a link that does not work. One elsewhere has its own operator.
    pub(crate) fn show_contact(&self, company: &Company) {
        if let Some(relay) = &self.inside
            && relay.set_public_contact(Some(contact(company))).is_err()
        {
            tracing::warn!("the help contact is too long for the page of dead links");
            // None is always taken.
            let _ = relay.set_public_contact(None);
        }
    }

    /// Stops a relay inside, and waits until it has let go of its port and its store.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        self.inside = None;
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
) -> Result<(RelayClient, relay::Relay, tokio::task::JoinHandle<()>), DeskError> {
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
    let serving = relay.clone();
    let task = tokio::spawn(async move {
        if let Err(error) = serving.serve(listener, stop.cancelled_owned()).await {
            tracing::error!(%error, "the embedded relay stopped");
        }
    });
    Ok((client, relay, task))
}

/// The help contact as plain text, a line each.
fn contact(company: &Company) -> String {
    let help = &company.help;
    let lines = [Some(&help.name), help.phone.as_ref(), help.email.as_ref(), help.web.as_ref()];
    let lines: Vec<&str> = lines.into_iter().flatten().map(|line| line.trim()).collect();
    lines.join("\n")
}

fn start_error(error: impl std::fmt::Display) -> DeskError {
    DeskError::RelayStart(error.to_string())
}
