//! The power goes: a disk that wrote down every write is built anew as a cut at any of them leaves it, whole or with
//! what the drive had not flushed yet lost in part, mounted, and the vault on it opened.
//!
//! `CLOAKROOM_POINTS` says at how many writes (200), `CLOAKROOM_SEED` at which.

use super::support::{
    FUSE, Fact, Kept, LOOP, LoggedDisk, Mounted, Replay, Step, Thief, check, create, has_disks, make_ext4,
    named, open, rows_under_older_epochs, run, session, work,
};
use std::{fs, panic, path::Path, process::Command};
use vault::Vault;

const DISK: u64 = 24 * 1024 * 1024;
/// One recorded day gives this many cuts at most; a long campaign records several.
const CUTS_A_DAY: usize = 500;

#[test]
fn disk_cut_at_any_write() {
    if !has_disks("disk_cut_at_any_write", &[FUSE, LOOP]) {
        return;
    }
    let cuts = number("CLOAKROOM_POINTS", 200);
    let seed = number("CLOAKROOM_SEED", 1) as u64;
    let losses = campaign(cuts, seed);
    eprintln!("{cuts} cuts, seed {seed}, {} losses", losses.len());
    assert!(losses.is_empty(), "{losses:#?}");
}

/// The modes in which the test above must fail.
#[test]
fn disk_cut_loses_with_weaker_syncs() {
    const TEST: &str = "power::disk_cut_loses_with_weaker_syncs";
    if let Ok(cuts) = std::env::var("CLOAKROOM_WEAK_CUTS") {
        panic::set_hook(Box::new(|_| {}));
        let losses = campaign(cuts.parse().unwrap(), 2).join("\n");
        fs::write(std::env::var_os("CLOAKROOM_WEAK_LOSSES").unwrap(), losses).unwrap();
        return;
    }
    if !has_disks("disk_cut_loses_with_weaker_syncs", &[FUSE, LOOP]) {
        return;
    }
    for (variable, value) in
        [("CLOAKROOM_SYNCHRONOUS", "NORMAL"), ("CLOAKROOM_SYNCHRONOUS", "OFF"), ("CLOAKROOM_SKIP_SCRUB", "1")]
    {
        let folder = tempfile::tempdir().unwrap();
        let losses = folder.path().join("losses");
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--quiet"])
            .env(variable, value)
            .env("CLOAKROOM_WEAK_CUTS", "40")
            .env("CLOAKROOM_WEAK_LOSSES", &losses)
            .output()
            .unwrap()
            .status;
        assert!(status.success());
        let losses = fs::read_to_string(losses).unwrap();
        let first = losses.lines().next().unwrap_or_else(|| panic!("{variable}={value}: no loss was seen"));
        eprintln!(
            "{variable}={value}: {} of 40 cuts lost something, such as {first}",
            losses.lines().count()
        );
    }
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What was lost at how many of so many cuts.
fn campaign(cuts: usize, seed: u64) -> Vec<String> {
    let mut losses = Vec::new();
    let mut left = cuts;
    let mut random = Random(seed);
    while left > 0 {
        let now = left.min(CUTS_A_DAY);
        left -= now;
        losses.extend(day(now, &mut random));
    }
    losses
}

/// Records one day on a logged disk, then cuts the power so many times.
fn day(cuts: usize, random: &mut Random) -> Vec<String> {
    let folder = super::support::temp();
    let image = folder.path().join("image");
    make_ext4(&image, DISK);
    let disk = LoggedDisk::new(fs::read(&image).unwrap());
    let mut facts: Vec<(usize, Fact)> = Vec::new();
    let mounted = Mounted::image(&disk.path());
    record(&mounted.vault(), &mut |fact| facts.push((disk.events(), fact)));
    mounted.unmount();
    let (first, events) = disk.into_log();

    // Half of the cuts anywhere, half right behind an acknowledgement, where a loss would be the worst.
    let mut points: Vec<usize> = (0..cuts)
        .map(|at| match at % 2 {
            0 => random.below(events.len() + 1),
            _ => (facts[random.below(facts.len())].0 + random.below(4)).min(events.len()),
        })
        .collect();
    points.sort_unstable();
    let mut replay = Replay::new(&first, &events);
    let mut losses = Vec::new();
    for (at, point) in points.into_iter().enumerate() {
        let lossy = at % 4 != 0;
        let mut whole = true;
        let built = replay.at(point, |kept| match kept {
            _ if !lossy => true,
            Kept::Write => {
                whole = random.below(3) > 0;
                let keep = random.below(2) == 0;
                whole &= keep;
                whole
            }
            Kept::Sector => random.below(3) == 0,
        });
        fs::write(&image, &built).unwrap();
        let told: Vec<Fact> =
            facts.iter().filter(|(when, _)| *when <= point).map(|(_, fact)| fact.clone()).collect();
        let outcome = panic::catch_unwind(|| after(&image, &built, &told));
        if let Err(why) = outcome {
            let why = why
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| why.downcast_ref::<&str>().map(|s| (*s).into()));
            losses.push(format!("cut at {point} of {}, lossy {lossy}: {why:?}", events.len()));
        }
    }
    losses
}

/// A day's work, with the app started anew in between.
fn record(vault: &Path, acks: &mut dyn FnMut(Fact)) {
    let mut open_vault: Option<Vault> = None;
    for (at, step) in Step::DAY.iter().enumerate() {
        let mut vault = match open_vault.take() {
            Some(vault) => vault,
            None if at == 0 => {
                let vault = create(vault).unwrap();
                acks(Fact::Founded);
                vault
            }
            None => open(vault).unwrap(),
        };
        work(&mut vault, &[*step], acks).unwrap();
        if at % 7 != 5 {
            open_vault = Some(vault);
        }
    }
    drop(session(open_vault.as_mut().unwrap()));
}

/// The machine starts again.
fn after(image: &Path, disk: &[u8], facts: &[Fact]) {
    // What the boot does: replays the journal. Anything worse than that would be a broken test disk.
    run("e2fsck", &["-p", image.to_str().unwrap()]);
    let mounted = Mounted::image(image);
    let root = mounted.vault();
    if !root.exists() {
        assert!(!facts.contains(&Fact::Founded), "the folder of a vault is gone");
        return mounted.unmount();
    }
    if facts.contains(&Fact::Founded) {
        let given_away = rows_under_older_epochs(disk, &Thief::of(&root));
        let vault = open(&root).unwrap();
        for fact in facts {
            let Fact::Destroyed(purge) = fact else { continue };
            let rows = named(&vault, vault.db().purge(*purge).unwrap().intent_leaf);
            assert!(rows.iter().all(|row| !given_away.contains(row)), "the raw disk gives a purged key away");
        }
    }
    check(&root, facts);
    mounted.unmount();
}

/// Pseudo-random numbers that come again by their seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}
