//! How well this disk forgets what is overwritten in place (DESIGN §3). Unknown is best effort.

use ledger::Erasure;
use std::{fs, os::unix::fs::MetadataExt, path::Path};

const EXT4: i64 = 0xEF53;
const XFS: i64 = 0x5846_5342;

/// What an overwrite in this folder is worth: in place on a file system, mount and device known to do so, or best
/// effort.
pub(crate) fn class_of(folder: &Path) -> Erasure {
    if overwrites_in_place(folder).unwrap_or(false) { Erasure::Overwritten } else { Erasure::BestEffort }
}

fn overwrites_in_place(folder: &Path) -> Option<bool> {
    let kind = rustix::fs::statfs(folder).ok()?.f_type;
    if ![EXT4, XFS].contains(&kind) {
        return Some(false);
    }
    let device = fs::metadata(folder).ok()?.dev();
    let number = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    // Journalled data is written twice.
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let mount = mounts.lines().find(|line| line.split(' ').nth(2) == Some(number.as_str()))?;
    if mount.contains("data=journal") {
        return Some(false);
    }
    // Flash moves blocks about; mapped and loop devices stand on something else that may.
    let block = Path::new("/sys/dev/block").join(&number);
    let stacked = block.join("loop").exists()
        || fs::read_dir(block.join("slaves")).is_ok_and(|mut slaves| slaves.next().is_some());
    let queue = [block.join("queue/rotational"), block.join("../queue/rotational")]
        .into_iter()
        .find_map(|path| fs::read_to_string(path).ok())?;
    // A machine that is itself a guest does not know what its disk lies on.
    let device = fs::canonicalize(&block).ok()?;
    let device = device.to_string_lossy();
    let guest = ["/virtio", "/virtual/", "/vbd-", "/vmbus", "/xen"].iter().any(|bus| device.contains(bus));
    Some(!stacked && !guest && queue.trim() == "1")
}

/// The letters as the store keeps them.
pub(crate) fn letters(classes: &[Erasure]) -> String {
    classes.iter().map(|class| class.as_str()).collect()
}
