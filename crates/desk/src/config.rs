//! What a desk is given at its start, and the settings file it keeps.

use crate::{Clock, DeskError, HttpTransport, Keychain, SystemClock, Transport};
use seal::{Rng, SystemRng, passphrase::Cost};
use serde::{Deserialize, Serialize};
use std::{io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf, sync::Arc};
use vault::Layout;
use wire::DeskToken;

/// How a desk is set up.
#[derive(Clone)]
pub struct DeskConfig {
    /// The folder that holds everything this desk owns.
    pub data_dir: PathBuf,
    /// The folder of the customer's page, for the embedded relay.
    pub page: Option<PathBuf>,
    /// A relay elsewhere instead of the embedded one.
    pub relay: Option<RemoteRelay>,
    /// What a guess at a new passphrase costs.
    pub cost: Cost,
    /// The machine's clocks.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Where helpdesks' credentials are kept.
    pub keychain: Keychain,
    /// The way to relays.
    pub transport: Arc<dyn Transport>,
}

impl DeskConfig {
    /// The defaults for a data folder.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            page: None,
            relay: None,
            cost: Cost::STANDARD,
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            keychain: Keychain::Absent,
            transport: Arc::new(HttpTransport::new()),
        }
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::new(&self.data_dir)
    }
}

/// A relay that is not inside the desk.
#[derive(Clone)]
pub struct RemoteRelay {
    /// Its origin, such as `https://drop.example.com`. Plain http is spoken on loopback only.
    pub origin: String,
    /// This desk's token for it.
    pub token: Arc<DeskToken>,
}

/// Who asks. Shown to every customer; nothing about any of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// The company's name.
    pub name: String,
    /// Its colour, `#rrggbb`.
    pub colour: String,
    /// Whom a customer can ask: a name, and how to reach them.
    pub help: seal::request::Help,
}

impl Default for Company {
    fn default() -> Self {
        Self {
            name: "This company".to_owned(),
            colour: "#1f5f5b".to_owned(),
            help: seal::request::Help {
                name: "the person who sent you the link".to_owned(),
                phone: None,
                email: None,
                web: None,
            },
        }
    }
}

/// `desk.toml`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The embedded relay's port, picked once: links name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) relay_port: Option<u16>,
}

impl Settings {
    pub(crate) fn read(layout: &Layout) -> Result<Self, DeskError> {
        match std::fs::read_to_string(path(layout)) {
            Ok(text) => toml::from_str(&text).map_err(|_| DeskError::Settings),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(_) => Err(DeskError::Settings),
        }
    }

    /// Replaces the file whole, so that a crash leaves the old one or the new one.
    pub(crate) fn write(&self, layout: &Layout) -> Result<(), DeskError> {
        let text = toml::to_string(self).map_err(|_| DeskError::Settings)?;
        let new = layout.root().join("desk.toml.new");
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&new, path(layout)))
            .and_then(|()| std::fs::File::open(layout.root())?.sync_all());
        written.map_err(|_| DeskError::Settings)
    }
}

fn path(layout: &Layout) -> PathBuf {
    layout.root().join("desk.toml")
}
