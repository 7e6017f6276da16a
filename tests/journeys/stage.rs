//! A desk, a customer, and a paper to give.

use desk::{DeskConfig, NewLink};
use journeys::{
    Customer, Outcome, RelayElsewhere, Scene, TestClock, ensure,
    scene::{COMPANY, Cost},
};
use seal::SystemRng;
use std::{path::PathBuf, sync::Arc};

/// The label of the ID slot.
pub(crate) const DOCUMENT: &str = "Passport or ID card";
/// Seconds.
pub(crate) const DAY: u64 = 86_400;
/// The grace of identity documents.
pub(crate) const GRACE: u64 = 72 * 3_600;

/// Everything a journey needs.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) customer: Customer,
    folder: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn set() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let scene =
            Scene::found_in(&folder.path().join("desk"), Cost::WEAK_FOR_TESTS, Arc::new(SystemRng)).await?;
        Self::with(folder, scene).await
    }

    /// The desk's line to its relay can be cut; the customer's cannot.
    pub(crate) async fn set_with_relay_elsewhere() -> Outcome<(Self, RelayElsewhere)> {
        let folder = tempfile::tempdir()?;
        let clock = Arc::new(TestClock::now());
        let relay = RelayElsewhere::start(&folder.path().join("relay"), Arc::clone(&clock)).await?;
        let mut config = DeskConfig::new(folder.path().join("desk"));
        config.cost = Cost::WEAK_FOR_TESTS;
        config.relay = Some(relay.for_desk());
        let scene = Scene::found_by(config, clock).await?;
        Ok((Self::with(folder, scene).await?, relay))
    }

    async fn with(folder: tempfile::TempDir, scene: Scene) -> Outcome<Self> {
        scene.unlock().await?;
        Ok(Self { scene, customer: Customer::start().await?, folder })
    }

    /// A file of the customer's.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> Outcome<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// A paper of about this many KiB.
    pub(crate) fn paper(&self, name: &str, kib: usize) -> Outcome<PathBuf> {
        self.file(name, &paper(kib))
    }

    /// Opens the link, gives one paper and sends it, to the receipt.
    pub(crate) async fn deliver(&mut self, link: &NewLink) -> Outcome {
        let paper = self.paper("paper.pdf", 300)?;
        self.customer.open(&link.url).await?;
        self.customer.give_file(DOCUMENT, &paper).await?;
        self.customer.send().await?;
        self.received().await
    }

    /// Waits for the receipt.
    pub(crate) async fn received(&mut self) -> Outcome {
        self.customer.wait_status(&format!("Received by {COMPANY}")).await?;
        Ok(())
    }

    /// The page's text must hold, or not hold, this.
    pub(crate) async fn page_says(&mut self, text: &str, wanted: bool) -> Outcome {
        let page = self.customer.text().await?;
        ensure(page.contains(text) == wanted, format!("about {text:?} the page says: {page}"))
    }

    /// Everybody goes home; the browser had nothing to complain of but answers that the relay meant.
    pub(crate) async fn leave(mut self) -> Outcome {
        let console = self.customer.console().await?;
        let bad: Vec<_> =
            console.iter().filter(|line| !line.starts_with("error: Failed to load resource:")).collect();
        ensure(bad.is_empty(), format!("the console says {bad:?}"))?;
        self.customer.quit().await?;
        self.scene.close().await;
        Ok(())
    }
}

/// A paper of about this many KiB.
pub(crate) fn paper(kib: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let noise = (0..kib * 1024).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    });
    b"%PDF-1.7\n".iter().copied().chain(noise).collect()
}
