//! The program's own part: its settings, its log, and how it serves.

mod check;
mod log;
mod serve;
mod settings;
mod sources;
mod table;

use std::path::{Path, PathBuf};

pub(crate) use serve::{Serve, serve};

/// The folder that a file of settings names.
pub(crate) fn data_dir(config: &Path) -> Option<PathBuf> {
    let (given, _) = sources::file(config);
    settings::Settings::take(&given).0.data_dir
}
