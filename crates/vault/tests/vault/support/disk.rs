//! Disks of their own for a vault: an image with ext4 in it, mounted through a loop device.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Whether this machine lets a test have disks. Where not, the test says so, for the summary to count.
pub(crate) fn has_disks(test: &str, needs: &[&str]) -> bool {
    let root = rustix::process::geteuid().is_root();
    let missing: Vec<&str> = needs.iter().copied().filter(|path| !Path::new(path).exists()).collect();
    if root && missing.is_empty() {
        return true;
    }
    let why = if root { missing.join(", ") } else { "root".to_owned() };
    let line = format!("vault {test}: needs {why}\n");
    eprint!("not run: {line}");
    if let Some(path) = std::env::var_os("CLOAKROOM_NOT_RUN") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
    false
}

pub(crate) const LOOP: &str = "/dev/loop-control";
pub(crate) const FUSE: &str = "/dev/fuse";

/// Runs a program of the system; what it said is shown where it fails.
pub(crate) fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
}

/// Makes an image of this many bytes with an empty ext4 in it.
pub(crate) fn make_ext4(image: &Path, bytes: u64) {
    let file = fs::File::create(image).unwrap();
    file.set_len(bytes).unwrap();
    let options =
        ["-q", "-F", "-b", "4096", "-m", "0", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0"];
    run("mkfs.ext4", &[&options[..], &[image.to_str().unwrap()]].concat());
}

/// A mounted file system; unmounted on drop.
pub(crate) struct Mounted {
    at: TempDir,
    up: bool,
}

impl Mounted {
    /// Mounts an image through a loop device.
    pub(crate) fn image(image: &Path) -> Self {
        let at = tempfile::tempdir().unwrap();
        run("mount", &["-o", "loop,noatime", image.to_str().unwrap(), at.path().to_str().unwrap()]);
        Self { at, up: true }
    }

    /// A file system in memory of this many bytes.
    pub(crate) fn memory(bytes: u64) -> Self {
        let at = tempfile::tempdir().unwrap();
        let size = format!("size={bytes}");
        run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", at.path().to_str().unwrap()]);
        Self { at, up: true }
    }

    /// A folder in it, for the vault.
    pub(crate) fn vault(&self) -> PathBuf {
        self.at.path().join("vault")
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> &Path {
        self.at.path()
    }

    /// Unmounts: everything is on the image then.
    pub(crate) fn unmount(mut self) {
        self.up = false;
        run("umount", &[self.at.path().to_str().unwrap()]);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if self.up {
            // A test that failed may still have files open.
            let _ = Command::new("umount").arg("-l").arg(self.at.path()).status();
        }
    }
}
