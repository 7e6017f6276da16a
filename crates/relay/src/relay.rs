//! The relay as a whole.

use crate::{
    clock::Clock,
    config::Config,
    metrics::Metrics,
    page::{Page, PageError},
    server::{self, ServeError},
    store::{DeskRow, Heard, Store, StoreError, StoreOpenError, Swept},
    turns::Turns,
};
use std::{
    future::Future,
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wire::{TokenHash, limits};

/// A relay: its store, and what it needs to serve it. Clones share one.
#[derive(Clone)]
pub struct Relay {
    app: Shared,
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
}

/// What every handler sees.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) page: Page,
    pub(crate) metrics: Metrics,
    pub(crate) hosts: Vec<String>,
    pub(crate) uploads: Turns,
    pub(crate) config: Config,
    pub(crate) stopping: CancellationToken,
    desks: RwLock<Vec<DeskRow>>,
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
        let page =
            config.page.as_deref().map_or_else(|| Ok(Page::default()), |folder: &Path| Page::read(folder))?;
        let store = Store::open(&config.store, clock, config.chunk_size, config.lifetime_max)?;
        let desks = store.desks();
        Ok(Self {
            app: Arc::new(App {
                store,
                page,
                metrics: Metrics::default(),
                hosts: config.hosts.clone(),
                uploads: Turns::new(config.uploads_at_once),
                stopping: CancellationToken::new(),
                desks: RwLock::new(desks),
                heard: Heard::default(),
                config,
            }),
        })
    }

    /// Lets in whoever holds the token of this hash, as the desk `name`. A name keeps its boxes when its token
    /// changes; the earlier token ends at once.
    pub async fn admit_desk(&self, name: &str, token: TokenHash) -> Result<(), StoreError> {
        let desks = self.app.store.admit_desk(name.to_owned(), token).await?;
        *self.app.desks.write().unwrap_or_else(PoisonError::into_inner) = desks;
        Ok(())
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

    /// Serves a listener until `shutdown` resolves; then finishes the requests under way. Plain HTTP is spoken on
    /// loopback addresses only. Served once: afterwards, open the store again.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        server::serve(Arc::clone(&self.app), listener, shutdown).await
    }
}

impl App {
    /// The desks known now.
    pub(crate) fn desks(&self) -> RwLockReadGuard<'_, Vec<DeskRow>> {
        self.desks.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn sweep(&self) -> Result<Swept, StoreError> {
        let swept = self.store.sweep(self.heard.take()).await?;
        self.metrics.expired.fetch_add(swept.expired as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(swept)
    }
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
