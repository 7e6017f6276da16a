//! One desk: its vault, its relay, and the tasks that go on while it is locked.

use crate::{
    Company, DeskConfig, DeskError, RelayClient, RemoteRelay, RetentionTime, Trouble, embedded::Embedded,
    trouble::Troubles,
};
use seal::{PersonId, passphrase::Passphrase, recovery::Sheet};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::{
    Founder, Reader, Session, Vault,
    tables::inbox::InboxQuery,
    tables::request::{RequestRow, Shelf},
};

const COMPANY: &str = "company";
/// How long the tasks may take to come to an end when the desk closes.
const FAREWELL: Duration = Duration::from_secs(10);

/// A running desk. Clones share it.
#[derive(Clone)]
pub struct Desk {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: DeskConfig,
    vault: Mutex<Option<Vault>>,
    reader: Mutex<Option<Reader>>,
    session: Mutex<Option<Arc<Session>>>,
    time: Mutex<RetentionTime>,
    pub(crate) relay: RelayClient,
    pub(crate) troubles: Troubles,
    /// Something for the relay waits.
    pub(crate) outbox_bell: Notify,
    /// Something is to be collected.
    pub(crate) collect_bell: Notify,
    /// Something is to be destroyed, or to be finished.
    pub(crate) purge_bell: Notify,
    /// Counts what changed, for whoever watches.
    pub(crate) news: watch::Sender<u64>,
    stop: CancellationToken,
    tasks: TaskTracker,
    relay_task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Desk {
    /// Founds a vault in an empty folder and starts the desk. The sheets are to be printed and then forgotten.
    pub async fn found(
        config: DeskConfig,
        name: &str,
        passphrase: Passphrase,
        company: &Company,
    ) -> Result<(Self, PersonId, (Sheet, Sheet)), DeskError> {
        let (layout, rng, cost) = (config.layout(), Arc::clone(&config.rng), config.cost);
        let (name, company) = (name.to_owned(), company_json(company)?);
        let now = config.clock.wall();
        let founded = tokio::task::spawn_blocking(move || {
            let founder = Founder { name: &name, passphrase: &passphrase, cost };
            let mut founded = Vault::create(layout, rng, now, &founder)?;
            founded.vault.change(now, |change| change.db().set_setting(COMPANY, &company))?;
            Ok::<_, DeskError>(founded)
        })
        .await
        .map_err(|_| DeskError::Closing)??;
        let desk = Self::start(config, founded.vault).await?;
        Ok((desk, founded.person, founded.sheets))
    }

    /// Opens the vault of a folder, finishes what a crash or a closed app left undone, and starts the desk, locked.
    pub async fn open(config: DeskConfig) -> Result<Self, DeskError> {
        let (layout, rng) = (config.layout(), Arc::clone(&config.rng));
        let vault = tokio::task::spawn_blocking(move || Vault::open(layout, rng))
            .await
            .map_err(|_| DeskError::Closing)??;
        Self::start(config, vault).await
    }

    async fn start(config: DeskConfig, vault: Vault) -> Result<Self, DeskError> {
        let stop = CancellationToken::new();
        let time = RetentionTime::start(vault.db().time_high()?, &*config.clock);
        let (client, task) = match &config.relay {
            Some(RemoteRelay { origin, token }) => (RelayClient::new(origin, Arc::clone(token))?, None),
            None => {
                let Embedded { client, task } = Embedded::start(&config, stop.clone()).await?;
                (client, Some(task))
            }
        };
        let reader = vault.reader()?;
        let inner = Arc::new(Inner {
            config,
            vault: Mutex::new(Some(vault)),
            reader: Mutex::new(Some(reader)),
            session: Mutex::new(None),
            time: Mutex::new(time),
            relay: client,
            troubles: Troubles::default(),
            outbox_bell: Notify::new(),
            collect_bell: Notify::new(),
            purge_bell: Notify::new(),
            news: watch::Sender::new(0),
            stop,
            tasks: TaskTracker::new(),
            relay_task: Mutex::new(task),
        });
        let desk = Self { inner };
        // What was due while nobody ran is destroyed before anything else happens.
        if let Err(error) = desk.purge_due().await {
            desk.inner.troubles.set("purge", "", &error);
        }
        desk.abandon_unopened().await?;
        for task in [Task::Purge, Task::Outbox, Task::Events, Task::Collect] {
            let (desk, stop) = (desk.clone(), desk.inner.stop.clone());
            desk.inner.tasks.clone().spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = async {
                        match task {
                            Task::Purge => desk.run_purger().await,
                            Task::Outbox => desk.run_outbox().await,
                            Task::Events => desk.run_events().await,
                            Task::Collect => desk.run_collector().await,
                        }
                    } => {}
                }
            });
        }
        desk.inner.tasks.close();
        Ok(desk)
    }

    /// Stops every task, the relay last, and lets go of the vault.
    pub async fn close(self) {
        self.lock();
        self.inner.stop.cancel();
        let _ = tokio::time::timeout(FAREWELL, self.inner.tasks.wait()).await;
        let relay = guard(&self.inner.relay_task).take();
        if let Some(relay) = relay {
            let _ = relay.await;
        }
        *guard(&self.inner.reader) = None;
        *guard(&self.inner.vault) = None;
    }

    /// Unlocks as a person. A wrong passphrase takes as long as a right one, and is counted.
    pub async fn unlock(&self, person: PersonId, passphrase: Passphrase) -> Result<(), DeskError> {
        let attempt = self.vault(move |vault, now| Ok(vault.begin_unlock(person, now)?)).await?;
        // Without the vault: collecting and purging go on meanwhile.
        let (attempt, keys) = tokio::task::spawn_blocking(move || {
            let keys = attempt.open(&passphrase);
            (attempt, keys)
        })
        .await
        .map_err(|_| DeskError::Closing)?;
        let session = self
            .vault(move |vault, now| match keys {
                Ok(keys) => Ok(vault.finish_unlock(&attempt, keys, now)?),
                Err(wrong) => {
                    vault.fail_unlock(&attempt, now)?;
                    Err(wrong.into())
                }
            })
            .await?;
        *guard(&self.inner.session) = Some(Arc::new(session));
        Ok(())
    }

    /// Locks: every key of the person is wiped as soon as nothing under way needs it.
    pub fn lock(&self) {
        *guard(&self.inner.session) = None;
    }

    /// Whether a person unlocked it.
    pub fn is_unlocked(&self) -> bool {
        guard(&self.inner.session).is_some()
    }

    /// Everyone in the vault.
    pub async fn people(&self) -> Result<Vec<PersonId>, DeskError> {
        self.vault(|vault, _| Ok(vault.db().person_ids()?)).await
    }

    /// Who asks, as customers read it.
    pub async fn company(&self) -> Result<Company, DeskError> {
        let text = self.vault(|vault, _| Ok(vault.db().setting(COMPANY)?)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Changes who asks.
    pub async fn set_company(&self, company: &Company) -> Result<(), DeskError> {
        let company = company_json(company)?;
        self.vault(move |vault, now| {
            Ok(vault.change(now, |change| change.db().set_setting(COMPANY, &company))?)
        })
        .await
    }

    /// Where links point.
    pub fn origin(&self) -> &str {
        self.inner.relay.origin()
    }

    /// What does not go well.
    pub fn troubles(&self) -> Vec<Trouble> {
        self.inner.troubles.list()
    }

    /// Changes whenever something did: for lists that follow.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.inner.news.subscribe()
    }

    /// One page of the inbox, by its own connection: a purge under way does not hold it up.
    pub async fn inbox(
        &self,
        shelf: Option<Shelf>,
        ticket: Option<String>,
        after: Option<(u64, vault::RequestId)>,
        limit: u32,
    ) -> Result<Vec<RequestRow>, DeskError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let reader = guard(&inner.reader);
            let db = reader.as_ref().ok_or(DeskError::Closing)?.db();
            Ok(db.inbox(&InboxQuery { shelf, ticket: ticket.as_deref(), after, limit })?)
        })
        .await
    }

    /// Retention time now, UTC seconds.
    pub fn now(&self) -> u64 {
        guard(&self.inner.time).now(&*self.inner.config.clock)
    }

    /// A clock that is not believed yet.
    pub fn clock_jump(&self) -> Option<crate::Jump> {
        let mut time = guard(&self.inner.time);
        let _ = time.now(&*self.inner.config.clock);
        time.jump()
    }

    /// A person says that the machine's clock is right: written into the ledger, then believed.
    pub async fn believe_clock(&self) -> Result<(), DeskError> {
        let Some(jump) = self.clock_jump() else { return Ok(()) };
        let who = self.session()?.who();
        let what = ledger::What::TimeJump { from: jump.confirmed, to: jump.claimed };
        self.vault(move |vault, now| Ok(vault.change(now, |change| change.record(who, what).map(drop))?))
            .await?;
        guard(&self.inner.time).believe(&*self.inner.config.clock);
        self.inner.purge_bell.notify_one();
        Ok(())
    }

    pub(crate) fn session(&self) -> Result<Arc<Session>, DeskError> {
        guard(&self.inner.session).clone().ok_or(DeskError::Vault(vault::VaultError::Locked))
    }

    /// Works with the vault, away from the async threads, one at a time.
    pub(crate) async fn vault<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vault, u64) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let desk = self.clone();
        blocking(move || {
            let mut vault = guard(&desk.inner.vault);
            let now = desk.now();
            work(vault.as_mut().ok_or(DeskError::Closing)?, now)
        })
        .await
    }

    /// Tells whoever watches that something changed.
    pub(crate) fn tell_news(&self) {
        self.inner.news.send_modify(|count| *count += 1);
    }
}

#[derive(Clone, Copy)]
enum Task {
    Purge,
    Outbox,
    Events,
    Collect,
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeskError> + Send + 'static,
) -> Result<T, DeskError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| DeskError::Closing)?
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves nothing half done that is not in a transaction.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn company_json(company: &Company) -> Result<String, DeskError> {
    serde_json::to_string(company).map_err(|_| DeskError::Settings)
}
