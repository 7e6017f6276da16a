//! How `cloakroom-relay desk` reaches a relay that serves: one line of JSON each way through a socket in its folder,
//! which only the relay's own user and root can open. When no relay serves, the store is opened here instead.

use crate::{
    clock::SystemClock,
    config::Config,
    operator::{DeskAnswer, DeskOrder, OrderError},
    relay::{OpenError, Relay},
};
use std::{
    fs, io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        net::UnixListener as StdListener,
    },
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    task::{JoinHandle, JoinSet},
};

const SOCKET: &str = "control.sock";

/// The longest order, bytes.
const ORDER_MAX: u64 = 4096;

/// How long one order may take, its way included.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a relay that starts or stops is waited for.
const BETWEEN: Duration = Duration::from_secs(5);

/// Why an order did not reach the relay's store.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No store in that folder.
    #[error("there is no relay's store in this folder; check --data-dir, or start the relay once first")]
    NoStore,
    /// Another user's store: files made in it could not be used by the relay.
    #[error("this folder belongs to another user; run this as the relay's user, for example with sudo -u")]
    NotOurs,
    /// A relay has the store and no socket answers.
    #[error(
        "a relay has this store and cannot be reached; it may be starting or stopping: try again in a moment"
    )]
    Unreachable,
    /// The store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The order itself.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The way to the relay.
    #[error("the way to the relay failed ({0}); run this as the relay's user, and try again")]
    Way(#[from] io::Error),
}

/// Carries out an order about the store in `folder`: by the relay that serves it, or else directly.
pub async fn operate(folder: &Path, order: DeskOrder) -> Result<DeskAnswer, ControlError> {
    if !folder.join("relay.db").is_file() {
        return Err(ControlError::NoStore);
    }
    let until = Instant::now() + BETWEEN;
    loop {
        let done = match UnixStream::connect(&Reachable::path(folder)?.path).await {
            Ok(stream) => tokio::time::timeout(PATIENCE, ask(stream, &order))
                .await
                .map_err(|_| ControlError::Unreachable)?,
            // Nobody listens: a socket may still lie there after a crash.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) =>
            {
                directly(folder, order.clone()).await
            }
            Err(error) => Err(error.into()),
        };
        // Between taking the store and listening, and between the last order and letting the store go.
        if !matches!(done, Err(ControlError::Unreachable)) || Instant::now() >= until {
            return done;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn directly(folder: &Path, order: DeskOrder) -> Result<DeskAnswer, ControlError> {
    if fs::metadata(folder)?.uid() != rustix::process::geteuid().as_raw() {
        return Err(ControlError::NotOurs);
    }
    let config = Config::new(folder);
    let relay = match Relay::open(config, Arc::new(SystemClock)) {
        Err(OpenError::InUse) => return Err(ControlError::Unreachable),
        opened => opened?,
    };
    Ok(relay.order(order).await?)
}

async fn ask(stream: UnixStream, order: &DeskOrder) -> Result<DeskAnswer, ControlError> {
    let (from, mut to) = stream.into_split();
    let mut line = serde_json::to_vec(order).map_err(io::Error::other)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    let mut answer = Vec::new();
    BufReader::new(from).read_until(b'\n', &mut answer).await?;
    let answer: Result<DeskAnswer, OrderError> = serde_json::from_slice(&answer).map_err(io::Error::other)?;
    Ok(answer?)
}

/// Makes the socket; whoever holds the store's lock may replace one that lies there.
pub(crate) fn bind(folder: &Path) -> io::Result<StdListener> {
    let reachable = Reachable::path(folder)?;
    match fs::remove_file(&reachable.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = StdListener::bind(&reachable.path)?;
    fs::set_permissions(&reachable.path, fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Takes orders until the relay stops.
pub(crate) fn listen(relay: Relay, listener: StdListener) -> JoinHandle<()> {
    tokio::spawn(async move {
        match UnixListener::from_std(listener) {
            Ok(listener) => take_orders(&relay, listener).await,
            Err(error) => tracing::error!(kind = ?error.kind(), "no orders can be taken"),
        }
        // The next relay makes its own; one that stays is in nobody's way.
        let _ = fs::remove_file(relay.app.config.store.join(SOCKET));
    })
}

async fn take_orders(relay: &Relay, listener: UnixListener) {
    let mut orders = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = relay.app.stopping.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if is_ours(&stream) => {
                let relay = relay.clone();
                orders.spawn(async move {
                    // Whoever asked hears nothing when the way fails, and asks again.
                    let _ = tokio::time::timeout(PATIENCE, answer(&relay, stream)).await;
                });
            }
            Ok(_) => tracing::warn!("another user tried the socket for orders"),
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "an order could not be heard");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        while orders.try_join_next().is_some() {}
    }
    // Nothing holds the store when the relay has stopped.
    orders.shutdown().await;
}

/// The relay's own user, or root.
fn is_ours(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == 0 || peer.uid() == rustix::process::geteuid().as_raw())
}

async fn answer(relay: &Relay, stream: UnixStream) -> io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut line = Vec::new();
    BufReader::new(from.take(ORDER_MAX)).read_until(b'\n', &mut line).await?;
    let Ok(order) = serde_json::from_slice::<DeskOrder>(&line) else { return Ok(()) };
    let done = relay.order(order).await;
    let mut answer = serde_json::to_vec(&done).map_err(io::Error::other)?;
    answer.push(b'\n');
    to.write_all(&answer).await
}

/// The socket's path, short enough for a socket: through the open folder, where the system has such paths.
struct Reachable {
    path: PathBuf,
    _folder: Option<fs::File>,
}

/// What every Unix takes.
const PATH_MAX: usize = 100;

impl Reachable {
    fn path(folder: &Path) -> io::Result<Self> {
        let path = folder.join(SOCKET);
        if !cfg!(target_os = "linux") || path.as_os_str().len() <= PATH_MAX {
            return Ok(Self { path, _folder: None });
        }
        use std::os::fd::AsRawFd;
        let folder = fs::File::open(folder)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(SOCKET);
        Ok(Self { path, _folder: Some(folder) })
    }
}
