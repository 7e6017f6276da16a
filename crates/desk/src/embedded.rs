//! The desk's first relay: the one inside, on loopback, so that no server is needed and the whole job is done on one
//! machine; or the one that its configuration names in its place.

use crate::{
    Company, DeskConfig, DeskError, RelayClient, RemoteRelay,
    config::Settings,
    desk::{SharedTime, guard},
};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wire::DeskToken;
use zeroize::Zeroizing;

/// Between attempts to start a relay that stopped by itself: at first, and at most.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_MOST: Duration = Duration::from_secs(60);

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
    inside: Option<Arc<Inside>>,
}

impl Home {
    /// Connects to the relay the config names, or starts one inside.
    pub(crate) async fn start(config: &DeskConfig, time: &SharedTime) -> Result<Self, DeskError> {
        let stop = CancellationToken::new();
        if let Some(RemoteRelay { origin, token }) = &config.relay {
            let client = RelayClient::new(Arc::clone(&config.transport), origin, Arc::clone(token))?;
            return Ok(Self { client, stop, task: None, inside: None });
        }
        let (inside, listener) = Inside::prepare(config, time).await?;
        let origin = format!("http://{}", listener.local_addr().map_err(start_error)?);
        let client = RelayClient::new(Arc::clone(&config.transport), &origin, Arc::clone(&inside.token))?;
        let relay = inside.open().await?;
        let inside = Arc::new(inside);
        let task = tokio::spawn(Arc::clone(&inside).serve(relay, listener, stop.clone()));
        Ok(Self { client, stop, task: Some(task), inside: Some(inside) })
    }

    /// Has the relay inside say whom to ask about a link that does not work. One elsewhere has its own operator.
    pub(crate) fn show_contact(&self, company: &Company) {
        if let Some(inside) = &self.inside {
            inside.show_contact(contact(company));
        }
    }

    /// Stops a relay inside, and waits until it has let go of its port and its store.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
        if let Some(inside) = &self.inside {
            guard(&inside.shown).running = None;
        }
    }
}

/// What a relay inside is started with: at first, and again should its disk fail it.
struct Inside {
    setup: relay::Config,
    clock: Arc<RelayClock>,
    /// Never leaves this process: a fresh one at each start, and the earlier one ends.
    token: Arc<DeskToken>,
    port: u16,
    shown: Mutex<Shown>,
}

/// The one that runs, and whom it names to customers. Whoever holds a relay holds its store.
#[derive(Default)]
struct Shown {
    running: Option<relay::Relay>,
    contact: Option<String>,
}

impl Inside {
    /// With the port it picked once, which links name; a taken port is said.
    async fn prepare(config: &DeskConfig, time: &SharedTime) -> Result<(Self, TcpListener), DeskError> {
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
        let mut bytes = Zeroizing::new([0; 32]);
        config.rng.fill(bytes.as_mut_slice()).map_err(|_| vault::VaultError::Randomness)?;
        let token = Arc::new(DeskToken::from_bytes(*bytes));
        Ok((Self { setup, clock, token, port, shown: Mutex::default() }, listener))
    }

    async fn open(&self) -> Result<relay::Relay, DeskError> {
        let (setup, clock) = (self.setup.clone(), Arc::clone(&self.clock));
        let relay = tokio::task::spawn_blocking(move || relay::Relay::open(setup, clock))
            .await
            .map_err(start_error)?
            .map_err(start_error)?;
        relay.admit_desk(DESK, self.token.hash()).await.map_err(start_error)?;
        let mut shown = guard(&self.shown);
        if let Some(contact) = &shown.contact {
            name(&relay, contact);
        }
        shown.running = Some(relay.clone());
        Ok(relay)
    }

    fn show_contact(&self, contact: String) {
        let mut shown = guard(&self.shown);
        if let Some(relay) = &shown.running {
            name(relay, &contact);
        }
        shown.contact = Some(contact);
    }

    /// Serves until it is to stop. A relay that ended by itself, because its disk failed, is started again: links work
    /// once the disk does.
    async fn serve(self: Arc<Self>, relay: relay::Relay, listener: TcpListener, stop: CancellationToken) {
        let mut next = Some((relay, listener));
        let mut pause = AGAIN;
        loop {
            if let Some((relay, listener)) = next.take() {
                let since = Instant::now();
                let served = relay.serve(listener, stop.clone().cancelled_owned()).await;
                guard(&self.shown).running = None;
                drop(relay);
                if let Err(error) = served {
                    tracing::error!(%error, "the embedded relay stopped");
                }
                // A disk that fails again and again is left alone for longer and longer.
                pause = if since.elapsed() > AGAIN_MOST { AGAIN } else { (2 * pause).min(AGAIN_MOST) };
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            match self.again().await {
                Ok(again) => next = Some(again),
                Err(error) => {
                    tracing::error!(%error, "the embedded relay did not start again");
                    pause = (2 * pause).min(AGAIN_MOST);
                }
            }
        }
    }

    async fn again(&self) -> Result<(relay::Relay, TcpListener), DeskError> {
        // Where its folder went with its disk, an empty one in its place would say of everything that it is not there.
        if !self.setup.has_store() {
            return Err(start_error("its folder is not there"));
        }
        let listener = relay::bind_loopback(Some(self.port)).await.map_err(start_error)?;
        Ok((self.open().await?, listener))
    }
}

/// Has a relay say whom to ask.
fn name(relay: &relay::Relay, contact: &str) {
    if relay.set_public_contact(Some(contact.to_owned())).is_err() {
        tracing::warn!("the help contact is too long for the page of dead links");
        // None is always taken.
        let _ = relay.set_public_contact(None);
    }
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
