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
            sweep_every: Duration::from_secs(5),
            uploads_at_once: 128,
            connections: 4096,
            patience: Duration::from_secs(30),
            farewell: Duration::from_secs(10),
        }
    }
}
