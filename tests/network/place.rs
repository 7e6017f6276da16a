//! Three computers: the desk's, which is this one, the relay's and the customer's.

use desk::{Desk, DeskConfig, HttpTransport, NewLink, Transport};
use journeys::{
    Authority, Customer, FarRelay, Host, Network, Outcome, Scene, TestClock, ensure, hosts, relay_store,
    scene::{COMPANY, Cost},
};
use std::{path::PathBuf, sync::Arc};

/// The label of the ID slot.
pub(crate) const DOCUMENT: &str = "Passport or ID card";
/// Seconds.
pub(crate) const DAY: u64 = 86_400;
/// The grace of identity documents.
pub(crate) const GRACE: u64 = 72 * 3_600;

/// Everything a journey needs.
pub(crate) struct Place {
    pub(crate) scene: Scene,
    pub(crate) relay: FarRelay,
    pub(crate) customer: Customer,
    pub(crate) relay_host: Host,
    pub(crate) customer_host: Host,
    pub(crate) network: Network,
    folder: tempfile::TempDir,
}

impl Place {
    /// Sets everything up and enrols the desk. None where this machine has no such network; the test then says so.
    pub(crate) async fn set(test: &str) -> Outcome<Option<Self>> {
        Self::set_by(test, |way| way).await
    }

    /// The same, with something in the desk's way.
    pub(crate) async fn set_by(
        test: &str,
        between: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Outcome<Option<Self>> {
        if !hosts::has_hosts(test) {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let mut network = Network::set_up()?;
        let relay_host = network.host(&[])?;
        let customer_host = network.host(&[])?;
        let authority = Authority::make()?;
        let relay = FarRelay::start(&relay_host, &authority, &folder.path().join("relay")).await?;
        let mut config = DeskConfig::new(folder.path().join("desk"));
        config.cost = Cost::WEAK_FOR_TESTS;
        config.transport = between(Arc::new(HttpTransport::trusting(authority.file(folder.path())?)));
        let scene = Scene::found_by(config, Arc::new(TestClock::now())).await?;
        scene.unlock().await?;
        let code = relay.enrolment_code("reception").await?;
        scene.desk()?.enrol(&relay.origin_by_address(), &code).await?;
        let customer = Customer::start_on(&customer_host, relay.pin()).await?;
        Ok(Some(Self { scene, relay, customer, relay_host, customer_host, network, folder }))
    }

    /// The desk at work.
    pub(crate) fn desk(&self) -> Outcome<&Desk> {
        self.scene.desk()
    }

    /// A paper of about this many KiB, as a file of the customer's.
    pub(crate) fn paper(&self, kib: usize) -> Outcome<PathBuf> {
        let path = self.folder.path().join(format!("paper-{kib}.pdf"));
        std::fs::write(&path, paper(kib))?;
        Ok(path)
    }

    /// Opens the link and gives one paper.
    pub(crate) async fn give(&mut self, link: &NewLink, kib: usize) -> Outcome {
        let paper = self.paper(kib)?;
        self.customer.open(&link.url).await?;
        Ok(self.customer.give_file(DOCUMENT, &paper).await?)
    }

    /// Waits for the receipt that the desk's note brings.
    pub(crate) async fn received(&mut self) -> Outcome {
        self.customer.wait_status(&format!("Received by {COMPANY}")).await?;
        Ok(())
    }

    /// Nothing at the relay lets anybody open what a link of these brought, or read it: not the link's secret, not a piece
    /// of the paper of this size. A box's id is there, so the search finds what there is.
    pub(crate) fn is_blind(&self, link: &NewLink, kib: usize) -> Outcome {
        let secret = link.url.rsplit_once('#').ok_or("a link has a secret")?.1;
        let raw = bs58::decode(secret).into_vec().map_err(|error| error.to_string())?;
        let paper = paper(kib);
        let needles: [(&str, &[u8]); 3] =
            [("the link", secret.as_bytes()), ("the link's bytes", &raw), ("the paper", &paper[1000..1040])];
        let mut seen_id = false;
        for bytes in relay_store::contents(&self.relay.store())? {
            for (name, needle) in needles {
                ensure(memchr::memmem::find(&bytes, needle).is_none(), format!("{name} lies at the relay"))?;
            }
            seen_id |= memchr::memmem::find(&bytes, link.box_id.as_bytes()).is_some();
        }
        ensure(seen_id, "the search finds nothing")
    }

    /// Time passes everywhere.
    pub(crate) fn pass(&mut self, seconds: u64) -> Outcome {
        self.relay.pass(seconds)?;
        self.scene.clock.pass(seconds);
        if let Ok(desk) = self.scene.desk() {
            desk.wake();
        }
        Ok(())
    }

    /// Everybody goes home. The relay's log names nobody and nothing.
    pub(crate) async fn leave(mut self, links: &[&NewLink]) -> Outcome {
        self.customer.quit().await?;
        self.scene.close().await;
        let log = self.relay.log()?;
        for link in links {
            let id = link.box_id.to_string();
            ensure(!log.contains(&id), "the relay's log names a box")?;
        }
        for host in [&self.relay_host, &self.customer_host] {
            // Where it listens may stand there, nobody's address else.
            let named = host.address != self.relay_host.address && log.contains(&host.address.to_string());
            ensure(!named, "the relay's log names a customer's address")?;
        }
        ensure(!log.contains(&self.network.here().to_string()), "the relay's log names the desk's address")
    }
}

/// A paper of about this many KiB.
fn paper(kib: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let noise = (0..kib * 1024).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    });
    b"%PDF-1.7\n".iter().copied().chain(noise).collect()
}
