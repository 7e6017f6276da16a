//! A desk at work: its folder, its person, its clock.

use crate::{Outcome, TestClock, page};
use desk::{Ask, Company, Desk, DeskConfig, MaskedItem, NewLink, PurgeView, Template};
use seal::{PersonId, Rng, SystemRng, passphrase::Passphrase, request::Help};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;
use vault::{
    RequestId,
    tables::{
        purge::PurgeState,
        round::{RoundRow, RoundState},
    },
};
use wire::BoxId;
use zeroize::Zeroizing;

pub use seal::passphrase::Cost;

/// How long anything a desk does by itself may take here, with a busy machine allowed for.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the person unlocks it with.
pub const PASSPHRASE: &str = "four wooden hangers by the door";
/// The company's name on the page.
pub const COMPANY: &str = "Hotel Adler";

/// A desk, its person and its clock.
pub struct Scene {
    config: DeskConfig,
    /// Moved by hand.
    pub clock: Arc<TestClock>,
    person: PersonId,
    desk: Option<Desk>,
    _folder: Option<tempfile::TempDir>,
}

impl Scene {
    /// Founds a desk in a folder that goes away, at little cost, and unlocks it.
    pub async fn found() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let mut scene =
            Self::found_in(&folder.path().join("desk"), Cost::WEAK_FOR_TESTS, Arc::new(SystemRng)).await?;
        scene._folder = Some(folder);
        scene.unlock().await?;
        Ok(scene)
    }

    /// Founds a desk in a folder that stays; it is locked.
    pub async fn found_in(data_dir: &Path, cost: Cost, rng: Arc<dyn Rng>) -> Outcome<Self> {
        let mut config = DeskConfig::new(data_dir);
        config.cost = cost;
        config.rng = rng;
        Self::found_by(config, Arc::new(TestClock::now())).await
    }

    /// The same, set up otherwise but for the page and the clock.
    pub async fn found_by(mut config: DeskConfig, clock: Arc<TestClock>) -> Outcome<Self> {
        config.page = Some(page::folder()?);
        config.clock = Arc::clone(&clock) as Arc<dyn desk::Clock>;
        let company = Company {
            name: COMPANY.to_owned(),
            help: Help {
                name: "the front desk".to_owned(),
                phone: Some("+43 1 555 0100".to_owned()),
                email: None,
                web: None,
            },
            ..Company::default()
        };
        let (desk, person, _sheets) =
            Desk::found(config.clone(), "Mira Lang", passphrase(), &company).await?;
        Ok(Self { config, clock, person, desk: Some(desk), _folder: None })
    }

    /// How it is set up: for a second desk on the same folder, and the like.
    pub fn config(&self) -> DeskConfig {
        self.config.clone()
    }

    /// Its folder.
    pub fn data_dir(&self) -> PathBuf {
        self.config.data_dir.clone()
    }

    /// The running desk.
    pub fn desk(&self) -> Outcome<&Desk> {
        Ok(self.desk.as_ref().ok_or("the desk is closed")?)
    }

    /// The person unlocks it.
    pub async fn unlock(&self) -> Outcome {
        Ok(self.desk()?.unlock(self.person, passphrase()).await?)
    }

    /// The app is closed, the embedded relay with it.
    pub async fn close(&mut self) {
        if let Some(desk) = self.desk.take() {
            desk.close().await;
        }
    }

    /// The app is started again; it is locked.
    pub async fn open(&mut self) -> Outcome {
        self.desk = Some(Desk::open(self.config()).await?);
        Ok(())
    }

    /// The closed vault, opened by the person without a desk.
    pub fn vault(&self) -> Outcome<(vault::Vault, vault::Session)> {
        let mut vault =
            vault::Vault::open(vault::Layout::new(self.data_dir()), Arc::clone(&self.config.rng))?;
        let now = desk::Clock::wall(&*self.clock);
        let attempt = vault.begin_unlock(self.person, now)?;
        let keys = attempt.open(&passphrase())?;
        let session = vault.finish_unlock(&attempt, keys, now)?;
        Ok((vault, session))
    }

    /// Asks the customer of a ticket.
    pub async fn ask(&self, template: Template, ticket: &str) -> Outcome<NewLink> {
        let ask = Ask { ticket: ticket.to_owned(), template, client: String::new(), until: None };
        Ok(self.desk()?.ask(&ask).await?)
    }

    /// Time passes, and the desk looks at the clock.
    pub fn pass(&self, seconds: u64) -> Outcome {
        self.clock.pass(seconds);
        self.desk()?.wake();
        Ok(())
    }

    /// The time it is, UTC seconds.
    pub fn now(&self) -> u64 {
        desk::Clock::wall(&*self.clock)
    }

    /// Waits until a round is in this state.
    pub async fn round_is(&self, link: &NewLink, state: RoundState) -> Outcome<RoundRow> {
        self.until(&format!("the round is {state:?}"), async || {
            Ok(self.round(link.request, link.box_id).await?.filter(|round| round.state == state))
        })
        .await
    }

    /// A round as it stands.
    pub async fn round(&self, request: RequestId, id: BoxId) -> Outcome<Option<RoundRow>> {
        Ok(self.desk()?.rounds(request).await?.into_iter().find(|round| round.box_id == id))
    }

    /// Waits until all of a ticket's purges, at least `count`, are certified.
    pub async fn certified(&self, ticket: &str, count: usize) -> Outcome<Vec<PurgeView>> {
        self.until("the purges are certified", async || {
            let purges = self.desk()?.history_of(ticket).await?;
            let done =
                purges.len() >= count && purges.iter().all(|purge| purge.state == PurgeState::Certified);
            Ok(done.then_some(purges))
        })
        .await
    }

    /// The masked list of what a request brought in.
    pub async fn items(&self, request: RequestId) -> Outcome<Vec<MaskedItem>> {
        Ok(self.desk()?.items(request).await?)
    }

    /// Waits until `look` finds something, each time the desk has news.
    pub async fn until<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Outcome<Option<T>>,
    ) -> Outcome<T> {
        let desk = self.desk()?;
        let mut news = desk.news();
        let in_time = timeout(PATIENCE, async {
            loop {
                news.mark_unchanged();
                if let Some(found) = look().await? {
                    return Ok(found);
                }
                news.changed().await?;
            }
        });
        match in_time.await {
            Ok(found) => found,
            Err(_) => Err(format!("not in time: {what}; what is wrong: {:?}", desk.troubles()).into()),
        }
    }
}

fn passphrase() -> Passphrase {
    Passphrase::entered(Zeroizing::new(PASSPHRASE.to_owned()))
}
