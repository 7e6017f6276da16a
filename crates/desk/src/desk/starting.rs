//! A desk founded, opened and closed.

use super::{Desk, Inner, SharedTime, blocking, company, guard};
use crate::{
    Company, DeskConfig, DeskError, RelayClient, RetentionTime,
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
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::{
    Founder, Reader, Vault,
    tables::relay::{RelayId, RelayRow, RelayState},
};
use wire::DeskToken;

/// How long the tasks may take to come to an end when the desk closes.
const FAREWELL: Duration = Duration::from_secs(10);

impl Desk {
    /// Founds a vault in an empty folder and starts the desk. The sheets are to be printed and then forgotten.
    pub async fn found(
        config: DeskConfig,
        name: &str,
        passphrase: Passphrase,
        company: &Company,
    ) -> Result<(Self, PersonId, (Sheet, Sheet)), DeskError> {
        let (layout, rng, cost) = (config.layout(), Arc::clone(&config.rng), config.cost);
        let (name, shown, says) = (name.to_owned(), company.clone(), company::json(company)?);
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
                change.db().set_setting(company::SETTING, &says)?;
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
fn make_folder(folder: &std::path::Path) -> Result<(), DeskError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|_| DeskError::Settings)
}
