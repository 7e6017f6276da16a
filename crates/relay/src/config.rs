//! How a relay is set up.

use crate::transport::Transport;
use std::{path::PathBuf, time::Duration};
use wire::limits;

/// How a relay is set up. [`Config::new`] gives the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that holds everything the relay stores. Made when missing.
    pub store: PathBuf,
    /// The folder of the customer's page, read once at start. None: no page is served.
    pub page: Option<PathBuf>,
    /// How the relay is reached. Anything but [`Transport::Loopback`] may listen beyond this machine.
    pub transport: Transport,
    /// Bytes of a chunk when a desk asks for no other size; 64 KiB to 4 MiB.
    pub chunk_size: u32,
    /// How long a link may work at most, seconds.
    pub lifetime_max: u64,
    /// Host names answered to, besides the loopback ones.
    pub hosts: Vec<String>,
    /// Whom to ask about a link that does not work: plain text for anyone who asks, at most 500 characters.
    pub public_contact: Option<String>,
    /// Boxes one desk may have open at the same time: collected and ended ones do not count.
    pub desk_boxes: u64,
    /// Bytes of ciphertext and webhooks that may wait for one desk, and of what stays of its boxes.
    pub desk_bytes: u64,
    /// Whether `cloakroom-relay desk` may reach this relay while it serves, through a socket in its folder (Unix).
    pub control: bool,
    /// How often expired boxes are looked for.
    pub sweep_every: Duration,
    /// Uploads written at the same time, half of them for one box at most; more wait. Bounds memory.
    pub uploads_at_once: usize,
    /// Connections at the same time; more wait to be accepted.
    pub connections: usize,
    /// Connections of one address at the same time; more are closed. None: as many as there are.
    pub connections_per_address: Option<usize>,
    /// Requests that one address may make. None: as many as it likes.
    pub per_address: Option<Rate>,
    /// Requests about one box, whoever makes them, and whether there is such a box or not.
    pub per_box: Option<Rate>,
    /// Webhooks through one hook.
    pub per_hook: Rate,
    /// How long the TLS handshake or a request's header may take.
    pub header_patience: Duration,
    /// How long the next piece of a body may take. A whole body has four times as long, the rest of one that was
    /// refused a quarter; half of it is how long a connection may fall behind a kilobyte a second.
    pub patience: Duration,
    /// How long a connection may say nothing between two requests.
    pub idle: Duration,
    /// How long requests under way may still take once the relay is told to stop.
    pub farewell: Duration,
    /// Whether the log may name the addresses of callers.
    pub log_addresses: bool,
}

/// So many a second in the long run, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// A second, at least one.
    pub per_second: u32,
    /// At once, at least one.
    pub burst: u32,
}

impl Config {
    /// Whether there is a store where it says.
    pub fn has_store(&self) -> bool {
        self.store.join("relay.db").is_file()
    }

    /// The defaults of a relay on loopback, storing in `store`: nobody is counted by address, all have the same.
    pub fn new(store: impl Into<PathBuf>) -> Self {
        Self {
            store: store.into(),
            page: None,
            transport: Transport::Loopback,
            chunk_size: limits::CHUNK_DEFAULT,
            lifetime_max: limits::LIFETIME_MAX,
            hosts: Vec::new(),
            public_contact: None,
            desk_boxes: 100_000,
            desk_bytes: 100 << 30,
            control: false,
            sweep_every: Duration::from_secs(5),
            uploads_at_once: 128,
            connections: 4096,
            connections_per_address: None,
            per_address: None,
            per_box: None,
            per_hook: Rate { per_second: 50, burst: 300 },
            header_patience: Duration::from_secs(5),
            patience: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            farewell: Duration::from_secs(10),
            log_addresses: false,
        }
    }
}
