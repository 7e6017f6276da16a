//! A full disk: the relay keeps its copy, the person is told, and it completes once there is room.

use crate::{bed::Bed, clock::HOUR, liar::Lying};
use desk::{Company, Desk, DeskError, Template};
use helpdesk::TicketSignal;
use seal::note::Says;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};
use vault::{VaultError, tables::round::RoundState};

/// A small disk of memory, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where this user may not mount, which is said and counted.
    fn mount(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m,mode=700", "none"])
            .arg(folder)
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder.to_owned()));
        }
        eprintln!("not run here: a full disk under the desk needs root to mount a small one");
        if let Some(list) = std::env::var_os("CLOAKROOM_NOT_RUN") {
            let mut list = std::fs::OpenOptions::new().create(true).append(true).open(list).unwrap();
            writeln!(
                list,
                "desk: a full disk while collecting and purging (needs root to mount a small one)"
            )
            .unwrap();
        }
        None
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    fn fill(&self) {
        let mut filler = std::fs::File::create(self.filler()).unwrap();
        let block = [7; 4096];
        while filler.write_all(&block).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn told(bed: &Bed, about: &str) -> bool {
    let troubles = bed.desk.troubles();
    troubles.iter().any(|trouble| trouble.about == about && trouble.text.contains("disk is full"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_delays_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("small")) else { return };
    let relay = Lying::new().await;
    let hands = Arc::new(crate::clock::Hands::new());
    let mut config = crate::bed::config(&disk.0, &hands);
    config.relay = Some(relay.relay.clone());
    let passphrase = || crate::bed::passphrase(crate::bed::PASSPHRASE);
    let (desk, person, _) = Desk::found(config, "Mira", passphrase(), &Company::default()).await.unwrap();
    desk.unlock(person, passphrase()).await.unwrap();
    let bed = Bed { desk, person, hands, folder };

    let (link, mut customer) = bed.ask("#1", Template::CardOnce).await;
    disk.fill();
    customer.send_everything().await;
    bed.until("being told", || async { told(&bed, "collect") || told(&bed, "relay") }).await;
    assert_ne!(bed.state(link.request).await, RoundState::Collected);
    assert_eq!(customer.view().await.state, wire::api::BoxState::Sent, "the relay keeps its copy");
    disk.make_room();
    bed.until_state(link.request, RoundState::Collected).await;
    bed.until("no trouble", || async { bed.desk.troubles().is_empty() }).await;

    disk.fill();
    let refused = bed.desk.charged(link.request).await;
    assert!(matches!(refused, Err(DeskError::Vault(VaultError::DiskFull))), "said, not done");
    bed.hands.pass(73 * HOUR);
    // The purger wakes up and finds no room for the intent.
    let _ = bed.desk.hear_ticket("#0", TicketSignal::Open, "test").await;
    bed.until("being told", || async { told(&bed, "purge") }).await;
    disk.make_room();
    bed.until_state(link.request, RoundState::Purged).await;
    bed.until("the note", || async { matches!(customer.notes().await.last(), Some(Says::Deleted { .. })) })
        .await;
    bed.until("no trouble", || async { bed.desk.troubles().is_empty() }).await;
    let Bed { desk, .. } = bed;
    desk.close().await;
}
