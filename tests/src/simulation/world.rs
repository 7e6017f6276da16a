//! The stage of one history: a relay, a desk that comes and goes, the ways between, the time.

use super::{
    book::{Book, Ticket},
    dice::{Dice, SeededRng},
    far::{Far, ORIGIN},
    founded::Founded,
    mischief::Mischief,
    sender::Sender,
    way::Way,
};
use crate::{Outcome, TestClock, scene::Cost};
use desk::{Desk, DeskConfig, RemoteRelay};
use seal::{Link, PersonId};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;
use vault::tables::ticket::TicketRow;
use wire::DeskToken;

/// When every history begins, UTC seconds.
pub(crate) const START: u64 = 1_795_000_000;

/// How far the relay's clock is from the desk's at most, seconds: less than the desk allows for.
pub(crate) const APART: u64 = 200;

/// One history's stage.
pub(crate) struct World {
    /// The seed.
    pub(crate) seed: u64,
    folder: TempDir,
    /// The time, for everyone but the relay.
    pub(crate) clock: Arc<TestClock>,
    /// What the desk believes to be the time, where that is something else.
    desks_clock: Arc<TestClock>,
    /// The relay's clock: a little ahead or behind.
    relays_clock: Arc<TestClock>,
    /// The relay.
    pub(crate) far: Arc<Far>,
    /// The desk's way to it.
    pub(crate) way: Way,
    /// The customers' way to it.
    pub(crate) street: Way,
    /// The desk, while it runs.
    pub(crate) desk: Option<Desk>,
    person: PersonId,
    token: Arc<DeskToken>,
    /// What happened.
    pub(crate) book: Book,
    /// What to do next.
    pub(crate) dice: Dice,
    /// A change of tickets that was not seen to its end.
    pub(crate) unsure: Option<(u64, Vec<String>)>,
    /// What was played false.
    pub(crate) mischief: Option<Mischief>,
    /// Line by line, for whoever looks for a mistake.
    pub(crate) trace: Vec<String>,
    starts: u64,
    browsers: u64,
}

impl World {
    /// Everything as it is on the first day: the vault founded, the desk not started yet.
    pub(crate) async fn new(seed: u64, founded: &Founded, mischief: Option<Mischief>) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("cloakroom-sim-").tempdir_in(super::memory())?;
        founded.copy(&folder.path().join("desk"))?;
        let clock = Arc::new(TestClock::at(START));
        let desks_clock = match mischief {
            Some(Mischief::ClockStands) => Arc::new(TestClock::at(START)),
            _ => Arc::clone(&clock),
        };
        let mut bytes = [0; 32];
        Dice::new(seed, "token").fill(&mut bytes);
        let token = Arc::new(DeskToken::from_bytes(bytes));
        let apart = Dice::new(seed, "clocks").below(2 * APART);
        let relays_clock = Arc::new(TestClock::at(START - APART + apart));
        let store = folder.path().join("relay");
        let far = Arc::new(Far::start(&store, Arc::clone(&relays_clock), &token).await?);
        Ok(Self {
            seed,
            way: Way::new(Arc::clone(&far), seed, "desk", mischief),
            street: Way::new(Arc::clone(&far), seed, "street", mischief),
            folder,
            clock,
            desks_clock,
            relays_clock,
            far,
            desk: None,
            person: founded.person,
            token,
            book: Book::default(),
            dice: Dice::new(seed, "history"),
            unsure: None,
            mischief,
            trace: Vec::new(),
            starts: 0,
            browsers: 0,
        })
    }

    /// The vault's folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("desk")
    }

    /// The relay's folder.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("relay")
    }

    /// The time it is, UTC seconds.
    pub(crate) fn now(&self) -> u64 {
        desk::Clock::wall(&*self.clock)
    }

    /// Writes a line.
    pub(crate) fn note(&mut self, line: impl std::fmt::Display) {
        let seconds = self.now() - START;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        self.trace.push(format!("day {days:>2} {hours:02}:{minutes:02}:{:02}  {line}", seconds % 60));
    }

    /// The running desk.
    pub(crate) fn desk(&self) -> Outcome<&Desk> {
        Ok(self.desk.as_ref().ok_or("the desk is closed")?)
    }

    /// Whether it runs and a person unlocked it.
    pub(crate) fn is_unlocked(&self) -> bool {
        self.desk.as_ref().is_some_and(Desk::is_unlocked)
    }

    /// How the desk is set up.
    pub(crate) fn config(&self) -> DeskConfig {
        let mut config = DeskConfig::new(self.data_dir());
        config.relay = Some(RemoteRelay { origin: ORIGIN.to_owned(), token: Arc::clone(&self.token) });
        config.cost = Cost::WEAK_FOR_TESTS;
        config.clock = Arc::clone(&self.desks_clock) as Arc<dyn desk::Clock>;
        config.rng = Arc::new(SeededRng::new(self.seed, &format!("desk {}", self.starts)));
        config.transport = Arc::new(self.way.clone());
        config
    }

    /// The app is started. What a change under way at its end came to is looked up.
    pub(crate) async fn open(&mut self) -> Outcome {
        self.starts += 1;
        let desk = Desk::open(self.config()).await?;
        if let Some((at, names)) = self.unsure.take() {
            for name in names {
                let row = desk.ticket(&name).await?;
                self.book.found(&name, at, then(&row));
            }
        }
        self.desk = Some(desk);
        Ok(())
    }

    /// A person unlocks it, and says that the clock is right where the desk doubts it.
    pub(crate) async fn unlock(&self) -> Outcome {
        let desk = self.desk()?;
        if !desk.is_unlocked() {
            desk.unlock(self.person, super::founded::passphrase()).await?;
        }
        if desk.clock_jump().is_some() {
            desk.believe_clock().await?;
        }
        Ok(())
    }

    /// The closed vault, opened without a desk by its person.
    pub(crate) fn vault(&self) -> Outcome<(vault::Vault, vault::Session)> {
        let mut vault = vault::Vault::open(
            vault::Layout::new(self.data_dir()),
            Arc::new(SeededRng::new(self.seed, "look")),
        )?;
        let now = self.now();
        let attempt = vault.begin_unlock(self.person, now)?;
        let keys = attempt.open(&super::founded::passphrase())?;
        let session = vault.finish_unlock(&attempt, keys, now)?;
        Ok((vault, session))
    }

    /// Time passes.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.pass(seconds);
        self.relays_clock.pass(seconds);
    }

    /// Another browser opens a link.
    pub(crate) fn browser(&mut self, code: &str) -> Outcome<Sender> {
        self.browsers += 1;
        Ok(Sender::new(Link::parse(code)?, self.street.clone(), self.seed, self.browsers))
    }

    /// Somebody looks at a link's page, and does nothing else.
    pub(crate) fn reader(&self, code: &str) -> Outcome<Sender> {
        Ok(Sender::new(Link::parse(code)?, self.street.clone(), self.seed, 0))
    }

    /// The relay looks after what is past its time, for as long as this runtime lives.
    pub(crate) fn sweep_now_and_then(&self) {
        let far = Arc::clone(&self.far);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                if far.sweep().is_err() {
                    return;
                }
            }
        });
    }
}

/// A ticket's row, as the book has it.
pub(crate) fn then(row: &TicketRow) -> Ticket {
    Ticket {
        state: row.state,
        since: row.solved.or(row.closed),
        closed: row.closed,
        merged: row.merged_into.clone(),
    }
}
