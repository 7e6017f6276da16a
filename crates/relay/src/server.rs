//! The HTTP/1.1 server: accepts connections, gives each a time to speak, and stops without cutting anyone off.

use crate::{relay::Shared, routes};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::MissedTickBehavior,
};

/// Bytes read ahead for one connection.
const READ_AHEAD: usize = 64 * 1024;

/// The longest request line and headers, bytes.
const HEAD_MAX: usize = 16 * 1024;

/// Why the relay does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Plain HTTP beyond this machine would show tokens to the network.
    #[error("{0} can be reached from other computers, and this relay speaks plain HTTP; listen on 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// The listener failed.
    #[error("the relay's port cannot be used ({0}); start again, or choose another port")]
    Listener(#[from] std::io::Error),
}

pub(crate) async fn serve(
    app: Shared,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let stopping = app.stopping.clone();
    tokio::spawn(async move {
        shutdown.await;
        stopping.cancel();
    });
    let sweeping = tokio::spawn(sweep(Arc::clone(&app)));
    let service = TowerToHyperService::new(routes::router(Arc::clone(&app)));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let room = Arc::new(Semaphore::new(app.config.connections));
    while let Some((stream, turn)) = accept(&app, &listener, &room).await {
        // Small answers must not wait for more to say (Nagle); a socket that refuses is already gone.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(app.config.patience)
            .max_buf_size(READ_AHEAD)
            .max_header_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service.clone());
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // A connection that breaks is the other side's business.
            let _ = connection.await;
            drop(turn);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    if tokio::time::timeout(app.config.farewell, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    // Nothing holds the store when this returns.
    connections.shutdown().await;
    let _ = sweeping.await;
    Ok(())
}

/// The next connection; none once the relay is to stop.
async fn accept(
    app: &Shared,
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let accepted = async {
        let turn = Arc::clone(room).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((stream, turn)),
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
            Ok(swept) if swept.expired + swept.forgotten + swept.shares > 0 => {
                tracing::info!(
                    expired = swept.expired,
                    forgotten = swept.forgotten,
                    shares = swept.shares,
                    "swept"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the sweep failed and will be tried again"),
        }
    }
}
