//! The relay as a whole.

use crate::{
    buffers::Buffers,
    clock::Clock,
    config::Config,
    metrics::Metrics,
    operator::{self, DeskAnswer, DeskOrder, OrderError},
    page::{Page, PageError},
    rate::Limiter,
    server::{self, ServeError},
    store::{DeskRow, Heard, Quota, Store, StoreError, StoreOpenError, Swept},
    turns::Turns,
    writable::Writable,
};
use std::{
    future::Future,
    net::IpAddr,
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, atomic::Ordering::Relaxed},
};
#[cfg(unix)]
use std::{os::unix::net::UnixListener, sync::Mutex};
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};
use tokio_util::sync::CancellationToken;
use wire::{TokenHash, limits};

/// The longest public contact, characters.
const CONTACT_MAX: usize = 500;

/// Webhooks taken at the same time, half of them through one hook at most; more wait. Bounds memory to 8 MiB.
const WEBHOOKS_AT_ONCE: usize = 32;

/// A relay: its store, and what it needs to serve it. Clones share one.
#[derive(Clone)]
pub struct Relay {
    pub(crate) app: Shared,
}

/// Why a relay could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another [`Relay`] here, has the store.
    #[error("the relay's store is in use; stop the other relay that uses it, then start again")]
    InUse,
    /// The store's schema is newer than this program.
    #[error("the relay's store was written by a newer version and was left untouched; update Cloakroom")]
    Newer,
    /// The folder or the database cannot be used. Nothing was made anew.
    #[error("the relay's store cannot be used ({0}); restore it, or check the folder's rights and the disk")]
    Store(String),
    /// The page's folder.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A setting out of its bounds.
    #[error("the chunk size must lie between 64 KiB and 4 MiB; change it in the settings")]
    ChunkSize,
    /// A contact that is no line or two of text.
    #[error("the public contact must be plain text of at most 500 characters; shorten it in the settings")]
    Contact,
}

/// What every handler sees.
pub(crate) struct App {
    pub(crate) store: Store,
    /// What answers say the time is: what ends things here.
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) page: Page,
    pub(crate) metrics: Metrics,
    pub(crate) hosts: Vec<String>,
    pub(crate) uploads: Turns,
    pub(crate) webhooks: Turns,
    pub(crate) buffers: Buffers,
    pub(crate) config: Config,
    pub(crate) stopping: CancellationToken,
    /// Says that certificates are to be read again.
    pub(crate) reload: Notify,
    pub(crate) writable: Writable,
    pub(crate) per_address: Option<Limiter>,
    pub(crate) per_box: Option<Limiter>,
    desks: RwLock<Vec<DeskRow>>,
    /// Counts the changes to who may call; one at a time, so that the newest list stands.
    admitted: watch::Sender<u64>,
    changing_desks: tokio::sync::Mutex<()>,
    contact: RwLock<Option<String>>,
    /// Where orders come in, until it is served.
    #[cfg(unix)]
    control: Mutex<Option<UnixListener>>,
    pub(crate) per_hook: Limiter,
    pub(crate) heard: Heard,
}

pub(crate) type Shared = Arc<App>;

impl Relay {
    /// Opens the store, making it when missing, and reads the page. Takes no longer than a few file operations;
    /// removes chunk files a crash left behind.
    pub fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        if !(limits::CHUNK_MIN..=limits::CHUNK_MAX).contains(&config.chunk_size) {
            return Err(OpenError::ChunkSize);
        }
        if !config.public_contact.as_deref().is_none_or(is_public_contact) {
            return Err(OpenError::Contact);
        }
        let page =
            config.page.as_deref().map_or_else(|| Ok(Page::default()), |folder: &Path| Page::read(folder))?;
        let store = Store::open(
            &config.store,
            Arc::clone(&clock),
            config.chunk_size,
            config.lifetime_max,
            Quota { boxes: config.desk_boxes, bytes: config.desk_bytes },
        )?;
        let desks = store.desks();
        // A relay that cannot make it serves all the same.
        #[cfg(unix)]
        let control = config.control.then(|| crate::control::bind(&config.store)).and_then(|made| {
            made.inspect_err(
                |error| tracing::error!(kind = ?error.kind(), "the socket for orders was not made"),
            )
            .ok()
        });
        Ok(Self {
            app: Arc::new(App {
                store,
                clock,
                page,
                metrics: Metrics::default(),
                hosts: config.hosts.clone(),
                uploads: Turns::new(config.uploads_at_once),
                webhooks: Turns::new(WEBHOOKS_AT_ONCE),
                buffers: Buffers::default(),
                stopping: CancellationToken::new(),
                reload: Notify::new(),
                writable: Writable::default(),
                per_address: config.per_address.map(Limiter::new),
                per_box: config.per_box.map(Limiter::new),
                desks: RwLock::new(desks),
                admitted: watch::channel(0).0,
                changing_desks: tokio::sync::Mutex::new(()),
                contact: RwLock::new(config.public_contact.clone()),
                #[cfg(unix)]
                control: Mutex::new(control),
                per_hook: Limiter::new(config.per_hook),
                heard: Heard::default(),
                config,
            }),
        })
    }

    /// Lets in whoever holds the token of this hash, as the desk `name`. A name keeps its boxes when its token
    /// changes; the earlier token ends at once.
    pub async fn admit_desk(&self, name: &str, token: TokenHash) -> Result<(), StoreError> {
        let admitting = self.app.store.admit_desk(name.to_owned(), token);
        self.app.change_desks(async { admitting.await.map(|desks| ((), Some(desks))) }).await
    }

    /// Whom to ask about a link that does not work, from now on: plain text, at most 500 characters, shown to anyone.
    pub fn set_public_contact(&self, contact: Option<String>) -> Result<(), OpenError> {
        if !contact.as_deref().is_none_or(is_public_contact) {
            return Err(OpenError::Contact);
        }
        *self.app.contact.write().unwrap_or_else(PoisonError::into_inner) = contact;
        Ok(())
    }

    /// Carries out what the operator asks about desks.
    pub async fn order(&self, order: DeskOrder) -> Result<DeskAnswer, OrderError> {
        operator::carry_out(&self.app, order).await
    }

    /// Ends boxes past their time, and those collected by a desk not heard of for 90 days; forgets what ended 90 days
    /// ago. [`Relay::serve`] does this by itself.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        self.app.sweep().await
    }

    /// Every call, to be answered without a connection: for a test that owns the way to a relay. Sweeping is up to
    /// the caller.
    pub fn router(&self) -> axum::Router {
        crate::routes::router(Arc::clone(&self.app))
    }

    /// Serves a listener until `shutdown` resolves; then finishes the requests under way. How is the configuration's
    /// [`Transport`](crate::Transport): plain HTTP is spoken on loopback addresses only, or to a trusted proxy. Served
    /// once: afterwards, open the store again.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        #[cfg(unix)]
        let control = self.app.take_control().map(|socket| crate::control::listen(self.clone(), socket));
        let served = server::serve(Arc::clone(&self.app), listener, shutdown).await;
        #[cfg(unix)]
        if let Some(control) = control {
            // Also when it never began to serve.
            self.app.stopping.cancel();
            let _ = control.await;
        }
        served
    }

    /// Serves health and counts, and nothing else, in plain HTTP until [`Relay::serve`] ends. Whoever reaches the
    /// listener may read them.
    pub async fn serve_operator(&self, listener: TcpListener) {
        server::serve_operator(Arc::clone(&self.app), listener).await;
    }

    /// Has the certificate's files read again now.
    pub fn reload(&self) {
        self.app.reload.notify_one();
    }
}

impl App {
    /// An address as the log may name it.
    pub(crate) fn named(&self, address: IpAddr) -> Option<String> {
        self.config.log_addresses.then(|| address.to_string())
    }

    /// The desks known now.
    pub(crate) fn desks(&self) -> RwLockReadGuard<'_, Vec<DeskRow>> {
        self.desks.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that who may call has changed.
    pub(crate) fn admitted(&self) -> watch::Receiver<u64> {
        self.admitted.subscribe()
    }

    /// Changes who may call, when `change` answers with a new list.
    pub(crate) async fn change_desks<T, E>(
        &self,
        change: impl Future<Output = Result<(T, Option<Vec<DeskRow>>), E>>,
    ) -> Result<T, E> {
        let _turn = self.changing_desks.lock().await;
        let (done, desks) = change.await?;
        if let Some(desks) = desks {
            *self.desks.write().unwrap_or_else(PoisonError::into_inner) = desks;
            self.admitted.send_modify(|count| *count += 1);
        }
        Ok(done)
    }

    #[cfg(unix)]
    fn take_control(&self) -> Option<UnixListener> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whom to ask about a link that does not work.
    pub(crate) fn contact(&self) -> Option<String> {
        self.contact.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn sweep(&self) -> Result<Swept, StoreError> {
        let swept = self.store.sweep(self.heard.take()).await?;
        self.metrics.expired.fetch_add(swept.expired as u64, Relaxed);
        self.metrics.shares_erased.fetch_add(swept.shares as u64, Relaxed);
        self.metrics.deliveries_dropped.fetch_add(swept.deliveries as u64, Relaxed);
        Ok(swept)
    }
}

/// Whether a text can be a public contact: plain text that fits on a page, without control characters but line ends.
pub fn is_public_contact(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= CONTACT_MAX
        && !text.chars().any(|character| character.is_control() && character != '\n')
}

impl From<StoreOpenError> for OpenError {
    fn from(error: StoreOpenError) -> Self {
        match error {
            StoreOpenError::InUse => Self::InUse,
            StoreOpenError::Newer => Self::Newer,
            other => Self::Store(other.to_string()),
        }
    }
}
