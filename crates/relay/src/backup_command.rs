//! `cloakroom-relay backup`: a copy of the store, also while the relay serves.

use clap::Args;
use std::{error::Error, path::PathBuf};

/// Copies the store, without shares, into an empty folder. Works while the relay serves.
#[derive(Args)]
pub(crate) struct BackupCommand {
    /// The folder that holds everything the relay stores.
    #[arg(long, env = "CLOAKROOM_RELAY_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The file with the relay's settings, which names that folder.
    #[arg(long, env = "CLOAKROOM_RELAY_CONFIG")]
    config: Option<PathBuf>,
    /// Where to: a folder that is empty or not there yet. To restore, stop the relay and give it a copy of this
    /// folder, and nothing of the old one, as its data folder.
    to: PathBuf,
}

/// Carries it out, and says what was copied.
pub(crate) fn run(command: &BackupCommand) -> Result<(), Box<dyn Error>> {
    let named = || crate::program::data_dir(command.config.as_deref()?);
    let folder = command.data_dir.clone().or_else(named);
    let folder = folder.ok_or("the relay's folder is missing; give it with --data-dir or --config")?;
    let done = relay::backup(&folder, &command.to)?;
    let gone = match done.gone {
        0 => String::new(),
        gone => format!("; {gone} were collected or ended meanwhile"),
    };
    crate::say(&format!(
        "Copied the database and {} chunks, {} bytes{gone}. Shares are never copied.\n",
        done.chunks, done.bytes
    ))?;
    Ok(())
}
