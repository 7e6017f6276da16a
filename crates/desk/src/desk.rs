//! One desk: its vault, its relay, and the tasks that go on while it is locked.

mod company;
mod starting;
mod unlocking;

use crate::{
    DeskConfig, DeskError, RetentionTime, Trouble,
    bell::Bell,
    embedded::Home,
    lines::{Around, Lines},
    shares::Held,
    trouble::Troubles,
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::{
    Db, Reader, Session, Vault,
    tables::{
        inbox::InboxQuery,
        request::{RequestRow, Shelf},
    },
};
use wire::BoxId;

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

/// Work that waits or computes, on a thread for it. What it left on that thread's stack is gone when it is done.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeskError> + Send + 'static,
) -> Result<T, DeskError> {
    tokio::task::spawn_blocking(move || seal::wiped_whole(work)).await.map_err(|_| DeskError::Closing)?
}

pub(crate) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves nothing half done that is not in a transaction.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
