//! The lines to the relays in use, one each: the one that new requests are made on, and those that finish what was
//! made on them. A round stays on the relay it was made on.

use crate::{
    Desk, DeskError, RelayClient, Trouble,
    config::DeskConfig,
    desk::{SharedTime, guard},
    health::Health,
    relay_client::Heard,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vault::tables::relay::RelayId;
use wire::BoxId;

/// One relay, the way to it, and how that goes.
pub(crate) struct Line {
    pub(crate) id: RelayId,
    pub(crate) client: RelayClient,
    pub(crate) health: Arc<Health>,
    /// Ends the tasks of this line.
    pub(crate) stop: CancellationToken,
}

/// Every line, and which of them is current.
pub(crate) struct Lines(Mutex<(RelayId, BTreeMap<RelayId, Arc<Line>>)>);

/// What a line reports to.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) config: DeskConfig,
    pub(crate) time: SharedTime,
    pub(crate) news: watch::Sender<u64>,
    pub(crate) stop: CancellationToken,
}

impl Line {
    /// A line whose calls are followed: for its health, and, over TLS, for the time.
    pub(crate) fn new(id: RelayId, client: RelayClient, around: &Around) -> Arc<Self> {
        let health = Arc::new(Health::default());
        let (noted, encrypted) = (Arc::clone(&health), client.origin().starts_with("https://"));
        let stop = around.stop.child_token();
        let around = around.clone();
        let client = client.heard_by(Arc::new(move |heard| {
            let clock = &*around.config.clock;
            let now = {
                let mut time = guard(&around.time);
                if let (true, Heard::Answer { date: Some(date) }) = (encrypted, heard) {
                    time.hear_relay(date, clock);
                }
                time.now(clock)
            };
            if noted.note(heard, now, clock.wall()) {
                around.news.send_modify(|count| *count += 1);
            }
        }));
        Arc::new(Self { id, client, health, stop })
    }
}

impl Lines {
    pub(crate) fn new(current: RelayId, lines: Vec<Arc<Line>>) -> Self {
        Self(Mutex::new((current, lines.into_iter().map(|line| (line.id, line)).collect())))
    }

    pub(crate) fn all(&self) -> Vec<Arc<Line>> {
        guard(&self.0).1.values().cloned().collect()
    }

    pub(crate) fn get(&self, id: RelayId) -> Option<Arc<Line>> {
        guard(&self.0).1.get(&id).cloned()
    }

    pub(crate) fn current(&self) -> Option<Arc<Line>> {
        let lines = guard(&self.0);
        lines.1.get(&lines.0).cloned()
    }

    /// Adds a line, in place of an earlier one to the same relay, whose tasks end.
    pub(crate) fn add(&self, line: Arc<Line>) {
        if let Some(before) = guard(&self.0).1.insert(line.id, line) {
            before.stop.cancel();
        }
    }

    pub(crate) fn set_current(&self, id: RelayId) {
        guard(&self.0).0 = id;
    }

    pub(crate) fn remove(&self, id: RelayId) {
        if let Some(line) = guard(&self.0).1.remove(&id) {
            line.stop.cancel();
        }
    }
}

impl Desk {
    /// Where new links point.
    pub fn origin(&self) -> String {
        self.inner.lines.current().map_or_else(String::new, |line| line.client.origin().to_owned())
    }

    /// The line to the relay that new requests are made on.
    pub(crate) fn current_line(&self) -> Result<Arc<Line>, DeskError> {
        self.inner.lines.current().ok_or(DeskError::RelayGone)
    }

    /// The line to one relay.
    pub(crate) fn line(&self, id: RelayId) -> Result<Arc<Line>, DeskError> {
        self.inner.lines.get(id).ok_or(DeskError::RelayGone)
    }

    /// The line to the relay that a round was made on.
    pub(crate) async fn line_of(&self, id: BoxId) -> Result<Arc<Line>, DeskError> {
        let relay = self.vault(move |vault, _| Ok(vault.db().relay_of(id)?)).await?;
        self.line(relay)
    }

    /// Starts the tasks of a line.
    pub(crate) fn follow(&self, line: &Arc<Line>) {
        for task in [LineTask::Outbox, LineTask::Events, LineTask::Collect, LineTask::Deliveries] {
            let (desk, line) = (self.clone(), Arc::clone(line));
            self.inner.tasks.spawn(async move {
                let stop = line.stop.clone();
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = async {
                        match task {
                            LineTask::Outbox => desk.run_outbox(&line).await,
                            LineTask::Events => desk.run_events(&line).await,
                            LineTask::Collect => desk.run_collector(&line).await,
                            LineTask::Deliveries => desk.run_deliveries(&line).await,
                        }
                    } => {}
                }
            });
        }
    }

    /// What is wrong with clocks, as the relays see it.
    pub(crate) fn clock_troubles(&self) -> Vec<Trouble> {
        let lines = self.inner.lines.all();
        lines
            .iter()
            // Without TLS a date says nothing, and this machine's own clock is the same one.
            .filter(|line| line.client.origin().starts_with("https://"))
            .filter_map(|line| line.health.clock_trouble())
            .map(|text| Trouble { about: "clock", text })
            .collect()
    }
}

#[derive(Clone, Copy)]
enum LineTask {
    Outbox,
    Events,
    Collect,
    Deliveries,
}
