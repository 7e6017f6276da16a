//! A full disk, at every size of what is left: the error says so, nothing is lost, and the same step completes once
//! there is room.

use super::support::{
    Extent, Fact, LOOP, Mounted, Step, check, create, has_disks, make_ext4, open, temp, work,
};
use std::{fs, io::Write, path::Path};
use vault::VaultError;

/// A day up to what is tried, and what is tried while the disk is full.
const TRIED: [(&[Step], Step); 7] = [
    (&[], Step::Make(0)),
    (&[Step::Make(2)], Step::Collect(2)),
    (&[Step::Make(2), Step::Collect(2)], Step::Begin(2, Extent::All)),
    (&[Step::Make(2), Step::Collect(2), Step::Begin(2, Extent::All)], Step::Destroy),
    (&[Step::Make(2), Step::Collect(2), Step::Begin(2, Extent::FirstClass)], Step::Destroy),
    (&[Step::Make(2), Step::Collect(2), Step::Begin(2, Extent::All), Step::Destroy], Step::Finish),
    (&[Step::Make(2), Step::Collect(2)], Step::Unlock),
];

#[test]
fn disk_full_in_memory() {
    if !has_disks("disk_full_in_memory", &[]) {
        return;
    }
    every_step_at("tmpfs", &[0, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192], || {
        (None, Mounted::memory(6 * 1024 * 1024))
    });
}

#[test]
fn disk_full_on_ext4() {
    if !has_disks("disk_full_on_ext4", &[LOOP]) {
        return;
    }
    every_step_at("ext4", &[0, 8, 16, 32, 64, 128], || {
        let folder = temp();
        let image = folder.path().join("image");
        make_ext4(&image, 12 * 1024 * 1024);
        let mounted = Mounted::image(&image);
        (Some(folder), mounted)
    });
}

/// Tries every step with so many KiB left.
fn every_step_at(
    about: &str,
    sizes: &[usize],
    mut disk: impl FnMut() -> (Option<tempfile::TempDir>, Mounted),
) {
    let mut full = 0;
    for (before, tried) in TRIED {
        for left in sizes {
            let (_image, mounted) = disk();
            let outcome = at(&mounted, before, tried, left * 1024);
            full += usize::from(outcome.is_err());
            assert!(
                matches!(outcome, Ok(()) | Err(VaultError::DiskFull)),
                "{about}: {tried:?} with {left} KiB left: {outcome:?}"
            );
            mounted.unmount();
        }
    }
    assert!(full > TRIED.len() + 3, "{about}: the disk was full {full} times only");
}

/// Tries a step with so much left; makes room; tries it again. Returns what the first try said.
fn at(mounted: &Mounted, before: &[Step], tried: Step, left: usize) -> Result<(), VaultError> {
    let root = mounted.vault();
    let mut facts = vec![Fact::Founded];
    let mut vault = create(&root).unwrap();
    work(&mut vault, before, &mut |fact| facts.push(fact)).unwrap();
    let filler = fill(mounted.path(), left);
    let outcome = match tried {
        Step::Unlock => {
            let person = vault.db().person_ids().unwrap()[0];
            vault.begin_unlock(person, super::support::NOW).map(drop)
        }
        step => step.act(&mut vault, &mut |fact| facts.push(fact)),
    };
    if outcome.is_err() {
        // Told again, as often as it is tried.
        let again = tried != Step::Unlock && tried.act(&mut vault, &mut |fact| facts.push(fact)).is_ok();
        fs::remove_file(filler).unwrap();
        if !again {
            tried.act(&mut vault, &mut |fact| facts.push(fact)).unwrap();
        }
    } else {
        fs::remove_file(filler).unwrap();
    }
    work(&mut vault, &[Step::Make(1), Step::Collect(1)], &mut |fact| facts.push(fact)).unwrap();
    drop(vault);
    check(&root, &facts);
    outcome
}

/// The app is started on a full disk: it says so or starts, and with room it is all there.
#[test]
fn disk_full_at_the_start() {
    if !has_disks("disk_full_at_the_start", &[]) {
        return;
    }
    for crashed in [false, true] {
        let mounted = Mounted::memory(6 * 1024 * 1024);
        let root = mounted.vault();
        let mut facts = vec![Fact::Founded];
        let mut vault = create(&root).unwrap();
        work(&mut vault, &Step::DAY[..10], &mut |fact| facts.push(fact)).unwrap();
        if crashed {
            // The log as it is, not emptied into the database.
            let log = fs::read(root.join("vault.db-wal")).unwrap();
            let database = fs::read(root.join("vault.db")).unwrap();
            drop(vault);
            fs::write(root.join("vault.db"), database).unwrap();
            fs::write(root.join("vault.db-wal"), log).unwrap();
        } else {
            drop(vault);
        }
        let filler = fill(mounted.path(), 0);
        if let Err(error) = open(&root).map(drop) {
            assert!(matches!(error, VaultError::DiskFull), "{error:?}");
        }
        fs::remove_file(filler).unwrap();
        check(&root, &facts);
        mounted.unmount();
    }
}

/// Founding on a full disk leaves no vault, and founding again works.
#[test]
fn disk_full_while_founding() {
    if !has_disks("disk_full_while_founding", &[]) {
        return;
    }
    let mut full = 0;
    for left in [0, 4, 8, 16, 32, 64, 96, 128, 192, 256, 384] {
        let mounted = Mounted::memory(2 * 1024 * 1024);
        let filler = fill(mounted.path(), left * 1024);
        match create(&mounted.vault()) {
            Ok(vault) => drop(vault),
            Err(error) => {
                full += 1;
                assert!(matches!(error, VaultError::DiskFull), "{left} KiB: {error:?}");
                fs::remove_file(filler).unwrap();
                drop(create(&mounted.vault()).unwrap());
            }
        }
        mounted.unmount();
    }
    assert!(full > 3);
}

/// Fills a file system but for so many bytes.
fn fill(at: &Path, left: usize) -> std::path::PathBuf {
    let path = at.join("filler");
    let mut file = fs::File::create(&path).unwrap();
    let mut size = 1 << 20;
    while size >= 1024 {
        if file.write_all(&vec![1; size]).and_then(|()| file.sync_all()).is_err() {
            size /= 2;
        }
    }
    let filled = file.metadata().unwrap().len();
    file.set_len(filled.saturating_sub(left as u64)).unwrap();
    file.sync_all().unwrap();
    path
}
