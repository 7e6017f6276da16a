//! How a relay is set up.

use std::{path::PathBuf, time::Duration};
use wire::limits;

/// How a relay is set up. [`Config::new`] gives the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that holds everything the relay stores. Made when missing.
    pub store: PathBuf,
    /// The folder of the customer's page, read once at start. None: no page is served.
    pub page: Option<PathBuf>,
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
    /// Bytes of ciphertext and webhooks that may wait for one desk.
    pub desk_bytes: u64,
    /// Whether `cloakroom-relay desk` may reach this relay while it serves, through a socket in its folder (Unix).
    pub control: bool,
    /// How often expired boxes are looked for.
    pub sweep_every: Duration,
    /// Uploads written at the same time, half of them for one box at most; more wait. Bounds memory.
    pub uploads_at_once: usize,
    /// Connections at the same time; more wait to be accepted.
    pub connections: usize,
    /// How long a request's header, or the next piece of its body, may take. A whole body has four times as long, the
    /// rest of one that was refused a quarter.
    pub patience: Duration,
    /// How long requests under way may still take once the relay is told to stop.
    pub farewell: Duration,
}

impl Config {
    /// The defaults, storing in `store`.
    pub fn new(store: impl Into<PathBuf>) -> Self {
        Self {
            store: store.into(),
            page: None,
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
            patience: Duration::from_secs(30),
            farewell: Duration::from_secs(10),
        }
    }
}
