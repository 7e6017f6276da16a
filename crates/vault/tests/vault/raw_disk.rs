//! What a raw disk gives away after a purge, to somebody who has everything but what was purged.

use super::support::{
    Extent, LOOP, Mounted, Sample, Step, Thief, create, decrypted, disk_keys, has_disks, holds, key_bytes,
    make_ext4, open, run, work,
};
use seal::{RowVersion, row::Table};
use std::{collections::HashMap, fs, path::Path, process::Command};
use wire::DataClass;
use zeroize::Zeroizing;

const DISK: u64 = 24 * 1024 * 1024;
const FOLDER: &str = "CLOAKROOM_RAW_FOLDER";

/// Requests 0 to 4 come in, then 0, 1 and 2 are purged, one by one and together, with work in between; 3 and 4 stay.
const BEFORE: [Step; 10] = [
    Step::Make(0),
    Step::Make(1),
    Step::Collect(0),
    Step::Make(2),
    Step::Collect(1),
    Step::Collect(2),
    Step::Make(3),
    Step::Collect(3),
    Step::Make(4),
    Step::Unlock,
];
const PURGES: [Step; 11] = [
    Step::Begin(0, Extent::All),
    Step::Destroy,
    Step::Finish,
    Step::Make(5),
    Step::Begin(1, Extent::All),
    Step::Begin(2, Extent::FirstClass),
    Step::Destroy,
    Step::Collect(4),
    Step::Begin(2, Extent::LastClass),
    Step::Destroy,
    Step::Finish,
];

/// What stood where before the purge.
struct Before {
    /// The keys of rows that will be purged, and the sealed bodies they open.
    rows: HashMap<RowVersion, (Zeroizing<Vec<u8>>, Vec<u8>)>,
}

#[test]
fn raw_disk_gives_nothing_away_after_a_purge() {
    if !has_disks("raw_disk_gives_nothing_away_after_a_purge", &[LOOP]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    make_ext4(&image, DISK);

    let mounted = Mounted::image(&image);
    let root = mounted.vault();
    let mut vault = create(&root).unwrap();
    work(&mut vault, &BEFORE, &mut |_| {}).unwrap();
    drop(vault);
    let thief = Thief::of(&root);
    let before = doomed(&root, &thief);
    assert_eq!(before.rows.len(), 4 + 3);
    mounted.unmount();
    finds_the_chain(&fs::read(&image).unwrap(), &thief, &before);

    let mounted = Mounted::image(&image);
    let mut vault = open(&mounted.vault()).unwrap();
    work(&mut vault, &PURGES, &mut |_| {}).unwrap();
    // A loop device stands on something else, and nobody knows what that does: best effort is all the record says.
    let purges = vault.db().purges(None, 10).unwrap();
    assert!(
        purges.iter().all(|purge| purge.method.as_deref() == Some("B")),
        "more was promised than is known"
    );
    // As it stands while the app still runs, with what is only in the log and the journal.
    run("sync", &[]);
    let running = fs::read(&image).unwrap();
    drop(vault);
    mounted.unmount();
    let closed = fs::read(&image).unwrap();
    for (disk, about) in [(running, "running"), (closed, "closed")] {
        finds_nothing(&disk, &thief, &before, about);
    }
}

/// The mode in which the scan must find a key: the old slot left as it was.
#[test]
fn raw_disk_without_the_overwrite_gives_keys_away() {
    const TEST: &str = "raw_disk::raw_disk_without_the_overwrite_gives_keys_away";
    if let Ok(root) = std::env::var(FOLDER) {
        let mut vault = open(root.as_ref()).unwrap();
        return work(&mut vault, &PURGES[..3], &mut |_| {}).unwrap();
    }
    if !has_disks("raw_disk_without_the_overwrite_gives_keys_away", &[LOOP]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    make_ext4(&image, DISK);
    let mounted = Mounted::image(&image);
    let root = mounted.vault();
    let mut vault = create(&root).unwrap();
    work(&mut vault, &BEFORE, &mut |_| {}).unwrap();
    drop(vault);
    let thief = Thief::of(&root);
    let before = doomed(&root, &thief);
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--quiet"])
        .env(FOLDER, &root)
        .env("CLOAKROOM_SKIP_SCRUB", "1")
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    mounted.unmount();
    let disk = fs::read(&image).unwrap();
    let found = disk_keys(&disk, &thief);
    assert_eq!(found.epochs.len(), 2, "{:?}", found.epochs);
    let purged = before.rows.keys().filter(|row| found.entries.contains_key(row)).count();
    assert!(purged > 0, "the scan saw no key of a purged row");
}

/// The rows that the purges will name, with their keys and bodies: requests 0, 1 and 2.
fn doomed(root: &Path, thief: &Thief) -> Before {
    let keyring = thief.keyring(root).1;
    let db = thief.database(root);
    let mut rows = HashMap::new();
    for table in ["request_wrap", "remark"] {
        let sql = format!("SELECT version, body FROM {table} WHERE box_id = ?1");
        for k in 0..3 {
            let mut select = db.prepare(&sql).unwrap();
            let found =
                select.query_map([Sample(k).box_id().as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)));
            for row in found.unwrap() {
                let (version, body): ([u8; 16], Vec<u8>) = row.unwrap();
                let version = RowVersion::from_bytes(version);
                rows.insert(version, (key_bytes(&keyring, version), body));
            }
        }
    }
    Before { rows }
}

/// Before the purge the same scan walks the whole chain: epoch, entry, row, request key, file.
fn finds_the_chain(disk: &[u8], thief: &Thief, before: &Before) {
    let found = disk_keys(disk, thief);
    assert_eq!(found.epochs.len(), 1);
    let plain = decrypted(disk, thief);
    for (row, (_, body)) in &before.rows {
        assert!(found.entries.contains_key(row), "a key that is there was not found");
        assert!(plain.iter().any(|plain| holds(plain, body)), "a row that is there was not found");
    }
    let sample = Sample(0);
    let (row, (_, body)) = before
        .rows
        .iter()
        .find(|(row, (_, body))| wrap_of(&found.entries[row], **row, sample, body).is_some())
        .expect("no wrap opened");
    let wrap = wrap_of(&found.entries[row], *row, sample, body).unwrap();
    assert!(wrap.starts_with(b"age-encryption.org/v1"));
    // What the database says in the clear is plain: the scan reads pages.
    assert!(plain.iter().any(|plain| holds(plain, sample.ticket().as_bytes())));
}

fn wrap_of(
    key: &seal::row::EntryKey,
    row: RowVersion,
    sample: Sample,
    body: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let columns = seal::row::Columns::new().blob(sample.box_id().as_bytes()).integer(1).integer(1);
    key.open(Table::RequestWrap, row, &columns, body).ok()
}

fn finds_nothing(disk: &[u8], thief: &Thief, before: &Before, about: &str) {
    let found = disk_keys(disk, thief);
    assert_eq!(found.epochs.len(), 1, "{about}: an old epoch key is on the disk");
    let plain = decrypted(disk, thief);
    let streams = [disk, &plain[0], &plain[1]];
    for (row, (key, _)) in &before.rows {
        assert!(!found.entries.contains_key(row), "{about}: a purged key still opens");
        assert!(!streams.iter().any(|stream| holds(stream, key)), "{about}: a purged key lies open");
    }
    assert!(
        !streams.iter().any(|stream| holds(stream, b"AGE-SECRET-KEY-1")),
        "{about}: an identity lies open"
    );
    for k in 0..6 {
        let sample = Sample(k);
        for marker in secrets(sample) {
            assert!(!streams.iter().any(|stream| holds(stream, &marker)), "{about}: round {k} is readable");
        }
    }
    // Those that stay are still there to be found.
    assert!(!found.entries.is_empty());
}

/// What nobody may read anywhere, of living rounds neither.
fn secrets(sample: Sample) -> Vec<Vec<u8>> {
    let mut secrets = vec![
        sample.card_number().into_bytes(),
        sample.marker().into_bytes(),
        sample.file_name().into_bytes(),
        sample.link().encode().as_bytes().to_vec(),
        sample.link().box_keys().encode()[..32].to_vec(),
    ];
    for class in DataClass::ALL {
        let text = sample.identity(class).to_text();
        secrets.push(text.as_bytes()[16..].to_vec());
    }
    secrets
}
