//! `cloakroom-relay backup`: a copy of the store, also while the relay serves.

use clap::Args;
use std::{error::Error, path::PathBuf};

/// Copies the store, without shares, into an empty folder. Works while the relay serves.
#[derive(Args)]
pub(crate) struct BackupCommand {
    /// The folder that holds everything the relay stores.
    #[arg(long, env = "CLOAKROOM_RELAY_DATA_DIR")]
    data_dir: PathBuf,
    /// Where to: a folder that is empty or not there yet. To restore, stop the relay and give it a copy of this
    /// folder, and nothing of the old one, as its data folder.
    to: PathBuf,
}

/// Carries it out, and says what was copied.
pub(crate) fn run(command: &BackupCommand) -> Result<(), Box<dyn Error>> {
    let done = relay::backup(&command.data_dir, &command.to)?;
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
