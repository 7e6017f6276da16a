//! The server: accepts connections, and stops without cutting anyone off.

#[cfg(feature = "internet")]
use crate::tls::{Tls, TlsError};
use crate::{
    front::{Entrance, attend},
    relay::Shared,
    routes,
    store::Swept,
    transport::Transport,
};
use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::MissedTickBehavior,
};

/// Connections of operators at the same time.
const OPERATORS: usize = 16;

/// Why the relay does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Plain HTTP beyond this machine would show tokens to the network.
    #[error(
        "{0} can be reached from other computers, and this relay speaks plain HTTP; listen on 127.0.0.1, or set up a \
         certificate (tls.cert and tls.key, or acme.domains), or name the proxy that does TLS for it (proxy.trusted)"
    )]
    NotLoopback(SocketAddr),
    /// A write failed, and nobody can know what of it stands until the store is opened again.
    #[error(
        "a write to the store failed, so the relay stopped; look at the disk and its file system, then start it again"
    )]
    Store,
    /// The listener failed.
    #[error("the relay's port cannot be used ({0}); start again, or choose another port")]
    Listener(#[from] std::io::Error),
    /// The certificate.
    #[cfg(feature = "internet")]
    #[error(transparent)]
    Tls(#[from] TlsError),
}

pub(crate) async fn serve(
    app: Shared,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if matches!(app.config.transport, Transport::Loopback) && !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let entrance = Entrance::new(Arc::clone(&app), routes::router(Arc::clone(&app)));
    #[cfg(feature = "internet")]
    let entrance = entrance.with_tls(Tls::start(&app)?);
    let stopping = app.stopping.clone();
    let broken = app.store.broken().clone();
    tokio::spawn(async move {
        tokio::select! {
            () = shutdown => {}
            () = broken.cancelled() => {}
        }
        stopping.cancel();
    });
    let sweeping = tokio::spawn(sweep(Arc::clone(&app)));
    let most = app.config.connections;
    let mut connections = accept_all(Arc::new(entrance), &listener, most).await;
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(app.config.farewell, ended).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    // Nothing holds the store when this returns.
    connections.shutdown().await;
    let _ = sweeping.await;
    if app.store.broken().is_cancelled() { Err(ServeError::Store) } else { Ok(()) }
}

pub(crate) async fn serve_operator(app: Shared, listener: TcpListener) {
    let entrance = Entrance::for_operators(Arc::clone(&app), routes::operator(app));
    accept_all(Arc::new(entrance), &listener, OPERATORS).await.shutdown().await;
}

/// Accepts until the relay is to stop; what is still open then.
async fn accept_all(entrance: Arc<Entrance>, listener: &TcpListener, most: usize) -> JoinSet<()> {
    let mut connections = JoinSet::new();
    let room = Arc::new(Semaphore::new(most));
    while let Some((stream, from, turn)) = accept(&entrance.app, listener, &room).await {
        let entrance = Arc::clone(&entrance);
        connections.spawn(async move {
            let app = Arc::clone(&entrance.app);
            app.metrics.connections.fetch_add(1, Relaxed);
            attend(entrance, stream, from.ip()).await;
            app.metrics.connections.fetch_sub(1, Relaxed);
            drop(turn);
        });
        while connections.try_join_next().is_some() {}
    }
    connections
}

/// The next connection; none once the relay is to stop.
async fn accept(
    app: &Shared,
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accepted = async {
        let turn = Arc::clone(room).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, from)) => return Some((stream, from, turn)),
                // Out of descriptors, or the caller hung up at once: neither ends the relay.
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = app.stopping.cancelled() => None,
        accepted = accepted => accepted,
    }
}

async fn sweep(app: Shared) {
    let mut ticks = tokio::time::interval(app.config.sweep_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match app.sweep().await {
            Ok(swept) if swept != Swept::default() => {
                tracing::info!(
                    expired = swept.expired,
                    forgotten = swept.forgotten,
                    shares = swept.shares,
                    deliveries = swept.deliveries,
                    "swept"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the sweep failed and will be tried again"),
        }
    }
}
