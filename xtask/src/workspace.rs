use std::path::{Path, PathBuf};

/// The folder of the workspace's `Cargo.toml`: above this package's, which cargo names when it runs us.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package.as_deref().and_then(Path::parent).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Where cargo builds, and where our own scratch files go.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(elsewhere) => root().join(elsewhere),
        None => root().join("target"),
    }
}

/// A program as it is built for development.
pub(crate) fn debug(program: &str) -> PathBuf {
    target().join("debug").join(program)
}

/// A folder for our own scratch files.
pub(crate) fn scratch() -> Result<PathBuf, String> {
    let folder = target().join("xtask");
    std::fs::create_dir_all(&folder)
        .map_err(|why| format!("Cannot make {} ({why}). Free some room there.", folder.display()))?;
    Ok(folder)
}
