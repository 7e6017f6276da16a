//! One desk: its vault, its relay, and the tasks that go on while it is locked.

use crate::{
    Company, DeskConfig, DeskError, RelayClient, RetentionTime, Trouble,
    bell::Bell,
    embedded::Home,
    helpdesks::Standings,
    lines::{Around, Line, Lines},
    purger::destroy_due,
    shares::Held,
    trouble::Troubles,
};
use seal::{PersonId, passphrase::Passphrase, recovery::Sheet};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::{
    Db, Founder, Reader, Session, Vault,
    tables::inbox::InboxQuery,
    tables::relay::{RelayId, RelayRow, RelayState},
    tables::request::{RequestRow, Shelf},
};
use wire::{BoxId, DeskToken};

const COMPANY: &str = "company";
/// How long the tasks may take to come to an end when the desk closes.
const FAREWELL: Duration = Duration::from_secs(10);

/// The desk's time, shared with its embedded relay.
pub(crate) type SharedTime = Arc<Mutex<RetentionTime>>;

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
    time: SharedTime,
    /// The ledger, as last read from end to end.
    pub(crate) ledger: Mutex<crate::LedgerSeen>,
    /// The relays in use.
    pub(crate) lines: Lines,
    pub(crate) around: Around,
    /// The first relay, while it is in use.
    pub(crate) home: tokio::sync::Mutex<Option<Home>>,
    /// One change of relays at a time.
    pub(crate) enrolling: tokio::sync::Mutex<()>,
    /// What relays keep of request keys, while somebody has unlocked.
    pub(crate) shares: Held,
    pub(crate) troubles: Troubles,
    /// Something for a relay waits.
    pub(crate) outbox_bell: Bell,
    /// Something is to be collected.
    pub(crate) collect_bell: Bell,
    /// Something is to be destroyed, or to be finished.
    pub(crate) purge_bell: Notify,
    /// A helpdesk is to be asked or told something.
    pub(crate) helpdesk_bell: Notify,
    /// Webhooks wait at a relay.
    pub(crate) delivery_bell: Bell,
    pub(crate) helpdesks: crate::helpdesks::Standings,
    /// Counts what changed, for whoever watches.
    pub(crate) news: watch::Sender<u64>,
    /// What ends soon and nobody looked at, for whoever tells a person.
    pub(crate) warnings: Mutex<Vec<vault::tables::holding::EndsUnseen>>,
    /// Boxes that are being opened at this moment.
    opening: Mutex<HashSet<BoxId>>,
    stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
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
        let (name, shown, company) = (name.to_owned(), company.clone(), company_json(company)?);
        let time: SharedTime = Arc::new(Mutex::new(RetentionTime::start(0, &*config.clock)));
        let now = guard(&time).now(&*config.clock);
        // The relay first: once there is a vault the sheets exist, and nothing may lose them any more.
        if layout.is_begun() {
            return Err(vault::VaultError::AlreadyThere.into());
        }
        make_folder(&config.data_dir)?;
        let mut home = Home::start(&config, &time).await?;
        let elsewhere = config.relay.as_ref().map(|relay| relay.origin.clone()).unwrap_or_default();
        let founded = blocking(move || {
            let founder = Founder { name: &name, passphrase: &passphrase, cost };
            let mut founded = Vault::create(layout, rng, now, &founder)?;
            founded.vault.change(now, |change| {
                change.db().set_setting(COMPANY, &company)?;
                change.db().set_home_origin(&elsewhere)
            })?;
            let reader = founded.vault.reader()?;
            Ok((founded, reader))
        })
        .await;
        match founded {
            Ok((founded, reader)) => {
                home.show_contact(&shown);
                let found =
                    Found { vault: founded.vault, reader, current: RelayId::INSIDE, elsewhere: Vec::new() };
                let desk = Self::run(config, found, time, Some(home))?;
                Ok((desk, founded.person, founded.sheets))
            }
            Err(error) => {
                home.stop().await;
                Err(error)
            }
        }
    }

    /// Opens the vault of a folder, destroys what came due while nobody ran, and starts the desk, locked.
    pub async fn open(config: DeskConfig) -> Result<Self, DeskError> {
        let (layout, rng, clock) = (config.layout(), Arc::clone(&config.rng), Arc::clone(&config.clock));
        // Before anything that may fail for another reason, such as a port that is taken.
        let home_origin = config.relay.as_ref().map(|relay| relay.origin.clone()).unwrap_or_default();
        let (found, needs_home, time, trouble) = blocking(move || {
            let mut vault = Vault::open(layout, rng)?;
            let mut time = RetentionTime::start(vault.db().time_high()?, &*clock);
            let now = time.now(&*clock);
            // A helpdesk was removed and its credential's key is not gone yet.
            vault.finish_forgetting(now)?;
            // What ends by a helpdesk's word waits until that was asked.
            let trouble = destroy_due(&mut vault, now, &Standings::default()).err();
            // A start changes nothing where there is nothing to change: the disk may be full.
            if vault.db().relay(RelayId::INSIDE)?.origin != home_origin {
                vault.change(now, |change| change.db().set_home_origin(&home_origin))?;
            }
            let current = vault.db().current_relay()?.id;
            let (mut elsewhere, mut needs_home) = (Vec::new(), false);
            for row in vault.db().relays()? {
                match row {
                    RelayRow { id: RelayId::INSIDE, .. } => needs_home = true,
                    RelayRow { state: RelayState::Enrolling, .. } => {}
                    RelayRow { id, origin, .. } => {
                        elsewhere.push((id, origin, vault.keyed().relay_token(id)?))
                    }
                }
            }
            let reader = vault.reader()?;
            Ok((Found { vault, reader, current, elsewhere }, needs_home, time, trouble))
        })
        .await?;
        let time = Arc::new(Mutex::new(time));
        let home = if needs_home { Some(Home::start(&config, &time).await?) } else { None };
        let desk = Self::run(config, found, time, home)?;
        // Nobody's page is worth not starting for.
        if let Ok(company) = desk.company().await {
            desk.show_contact(&company).await;
        }
        if let Some(error) = trouble {
            desk.inner.troubles.set("purge", "", &error);
        }
        Ok(desk)
    }

    fn run(
        config: DeskConfig,
        found: Found,
        time: SharedTime,
        home: Option<Home>,
    ) -> Result<Self, DeskError> {
        let Found { vault, reader, current, elsewhere } = found;
        let (news, stop) = (watch::Sender::new(0), CancellationToken::new());
        let around = Around {
            config: config.clone(),
            time: Arc::clone(&time),
            news: news.clone(),
            stop: stop.clone(),
        };
        let mut lines = Vec::new();
        if let Some(home) = &home {
            lines.push(Line::new(RelayId::INSIDE, home.client.clone(), &around));
        }
        for (id, origin, token) in elsewhere {
            let client = RelayClient::new(Arc::clone(&config.transport), &origin, Arc::new(token))?;
            lines.push(Line::new(id, client, &around));
        }
        // Opening a vault reads its ledger from end to end.
        let ledger = crate::LedgerSeen { entries: vault.ledger_size(), at: guard(&time).now(&*config.clock) };
        let inner = Arc::new(Inner {
            config,
            ledger: Mutex::new(ledger),
            vault: Mutex::new(Some(vault)),
            reader: Mutex::new(Some(reader)),
            session: Mutex::new(None),
            time,
            lines: Lines::new(current, lines),
            around,
            home: tokio::sync::Mutex::new(home),
            enrolling: tokio::sync::Mutex::new(()),
            shares: Held::default(),
            troubles: Troubles::default(),
            outbox_bell: Bell::default(),
            collect_bell: Bell::default(),
            purge_bell: Notify::new(),
            helpdesk_bell: Notify::new(),
            delivery_bell: Bell::default(),
            helpdesks: crate::helpdesks::Standings::default(),
            news,
            warnings: Mutex::new(Vec::new()),
            opening: Mutex::new(HashSet::new()),
            stop,
            tasks: TaskTracker::new(),
        });
        let desk = Self { inner };
        for task in [Task::Purge, Task::Helpdesks] {
            let (desk, stop) = (desk.clone(), desk.inner.stop.clone());
            desk.inner.tasks.clone().spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = async {
                        match task {
                            Task::Purge => desk.run_purger().await,
                            Task::Helpdesks => desk.run_helpdesks().await,
                        }
                    } => {}
                }
            });
        }
        for line in desk.inner.lines.all() {
            desk.follow(&line);
        }
        desk.inner.tasks.close();
        Ok(desk)
    }

    /// Stops every task, the relay last, and lets go of the vault.
    pub async fn close(self) {
        self.inner.stop.cancel();
        self.lock();
        let _ = tokio::time::timeout(FAREWELL, self.inner.tasks.wait()).await;
        if let Some(home) = self.inner.home.lock().await.as_mut() {
            home.stop().await;
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
        // Closed meanwhile: nobody is let in any more.
        if self.inner.stop.is_cancelled() {
            return Err(DeskError::Closing);
        }
        self.inner.shares.forget();
        *guard(&self.inner.session) = Some(Arc::new(session));
        self.tell_news();
        Ok(())
    }

    /// Until when nobody can try a passphrase, UTC seconds, where there were too many wrong ones.
    pub async fn locked_until(&self, person: PersonId) -> Result<Option<u64>, DeskError> {
        self.vault(move |vault, now| {
            let until = vault.keyed().person(person)?.locked_until;
            Ok((until > now).then_some(until))
        })
        .await
    }

    /// Locks: every key of the person is wiped as soon as nothing under way needs it.
    pub fn lock(&self) {
        *guard(&self.inner.session) = None;
        self.inner.shares.forget();
        self.tell_news();
    }

    /// Who unlocked it, and their name.
    pub fn person(&self) -> Option<(PersonId, String)> {
        guard(&self.inner.session).as_ref().map(|session| (session.person(), session.name().to_owned()))
    }

    /// The name of who unlocked it.
    pub fn person_name(&self) -> Option<String> {
        self.person().map(|(_, name)| name)
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
        self.session()?;
        let text = company_json(company)?;
        self.vault(
            move |vault, now| Ok(vault.change(now, |change| change.db().set_setting(COMPANY, &text))?),
        )
        .await?;
        self.show_contact(company).await;
        Ok(())
    }

    /// The relay inside says whom to ask about a link that does not work.
    pub(crate) async fn show_contact(&self, company: &Company) {
        if let Some(home) = self.inner.home.lock().await.as_ref() {
            home.show_contact(company);
        }
    }

    /// What does not go well.
    pub fn troubles(&self) -> Vec<Trouble> {
        [self.clock_troubles(), self.inner.troubles.list()].concat()
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
        self.read(move |db| Ok(db.inbox(&InboxQuery { shelf, ticket: ticket.as_deref(), after, limit })?))
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

    /// Reads by the lists' own connection, which never waits for a change.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(Db<'_>) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let reader = guard(&inner.reader);
            look(reader.as_ref().ok_or(DeskError::Closing)?.db())
        })
        .await
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

    /// Waits for the next news, or for the desk's end.
    pub(crate) async fn changed(&self, news: &mut watch::Receiver<u64>) -> Result<(), DeskError> {
        tokio::select! {
            changed = news.changed() => changed.map_err(|_| DeskError::Closing),
            () = self.inner.stop.cancelled() => Err(DeskError::Closing),
        }
    }

    /// Whoever watches is to look again: something outside of the desk changed.
    pub fn nudge(&self) {
        self.tell_news();
    }

    /// Tells whoever watches that something changed.
    pub(crate) fn tell_news(&self) {
        self.inner.news.send_modify(|count| *count += 1);
    }
}

impl Desk {
    /// Marks a box as being opened, until the mark is dropped: nobody abandons it meanwhile.
    pub(crate) fn opening(&self, id: BoxId) -> Opening {
        guard(&self.inner.opening).insert(id);
        Opening { inner: Arc::clone(&self.inner), id }
    }

    pub(crate) fn is_opening(&self, id: BoxId) -> bool {
        guard(&self.inner.opening).contains(&id)
    }
}

/// A box is being opened.
pub(crate) struct Opening {
    inner: Arc<Inner>,
    id: BoxId,
}

impl Drop for Opening {
    fn drop(&mut self) {
        guard(&self.inner.opening).remove(&self.id);
    }
}

/// What is in a vault at a start: itself, the current relay, and those elsewhere with their tokens.
struct Found {
    vault: Vault,
    reader: Reader,
    current: RelayId,
    elsewhere: Vec<(RelayId, String, DeskToken)>,
}

#[derive(Clone, Copy)]
enum Task {
    Purge,
    Helpdesks,
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeskError> + Send + 'static,
) -> Result<T, DeskError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| DeskError::Closing)?
}

pub(crate) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves nothing half done that is not in a transaction.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every customer is shown holds no card number.
fn company_json(company: &Company) -> Result<String, DeskError> {
    let help = &company.help;
    let ways = [&help.phone, &help.email, &help.web].into_iter().flatten().map(String::as_str);
    crate::requests::outgoing([company.name.as_str(), &help.name].into_iter().chain(ways))?;
    serde_json::to_string(company).map_err(|_| DeskError::Settings)
}

fn make_folder(folder: &std::path::Path) -> Result<(), DeskError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|_| DeskError::Settings)
}
