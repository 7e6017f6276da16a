//! A desk in a temporary folder, its passphrase, and what tests wait for.

use crate::{clock::Hands, customer::Customer};
use desk::{Ask, Company, Desk, DeskConfig, HttpTransport, NewLink, RemoteRelay, Template, Transport};
use seal::{
    PersonId,
    passphrase::{Cost, Passphrase},
};
use std::{future::Future, path::Path, sync::Arc, time::Duration};
use vault::{RequestId, tables::round::RoundState};
use wire::BoxId;
use zeroize::Zeroizing;

pub const PASSPHRASE: &str = "umbrella hat left glove";
/// Longer than anything here takes; a test that waits for what never comes fails by this.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Bed {
    pub desk: Desk,
    pub person: PersonId,
    pub hands: Arc<Hands>,
    pub folder: tempfile::TempDir,
}

pub fn config(folder: &Path, hands: &Arc<Hands>) -> DeskConfig {
    let mut config = DeskConfig::new(folder);
    config.cost = Cost::WEAK_FOR_TESTS;
    config.clock = Arc::clone(hands) as Arc<dyn desk::Clock>;
    config
}

pub fn passphrase(text: &str) -> Passphrase {
    Passphrase::entered(Zeroizing::new(text.to_owned()))
}

impl Bed {
    /// Founded and unlocked, with its embedded relay.
    pub async fn new() -> Self {
        Self::with(None).await
    }

    pub async fn with(relay: Option<RemoteRelay>) -> Self {
        Self::by(relay, Arc::new(HttpTransport::new())).await
    }

    /// The same, on a way of the test's own.
    pub async fn by(relay: Option<RemoteRelay>, transport: Arc<dyn Transport>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hands = Arc::new(Hands::new());
        let mut config = config(folder.path(), &hands);
        config.relay = relay;
        config.transport = transport;
        let company = Company { name: "Acme Travel".into(), ..Company::default() };
        let (desk, person, _sheets) =
            Desk::found(config, "Mira Berg", passphrase(PASSPHRASE), &company).await.unwrap();
        desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
        Self { desk, person, hands, folder }
    }

    pub async fn ask(&self, ticket: &str, template: Template) -> (NewLink, Customer) {
        let ask = Ask { ticket: ticket.into(), template, client: String::new(), until: None };
        let link = self.desk.ask(&ask).await.unwrap();
        let customer = Customer::open(&link.url).await;
        (link, customer)
    }

    /// Asked, sent and collected.
    pub async fn collected(&self, ticket: &str, template: Template) -> (NewLink, Customer) {
        let (link, mut customer) = self.ask(ticket, template).await;
        customer.send_everything().await;
        self.until_state(link.request, RoundState::Collected).await;
        (link, customer)
    }

    /// Closes the desk and opens it again on the same folder, locked.
    pub async fn reopen(self) -> Self {
        self.off(|| ()).await
    }

    /// The same; something happens while it is off.
    pub async fn off(self, meanwhile: impl FnOnce()) -> Self {
        let Self { desk, person, hands, folder } = self;
        desk.close().await;
        meanwhile();
        let desk = Desk::open(config(folder.path(), &hands)).await.unwrap();
        Self { desk, person, hands, folder }
    }

    pub async fn unlock(&self) {
        self.desk.unlock(self.person, passphrase(PASSPHRASE)).await.unwrap();
    }

    pub async fn state(&self, request: RequestId) -> RoundState {
        self.desk.rounds(request).await.unwrap().last().unwrap().state
    }

    pub async fn until_state(&self, request: RequestId, state: RoundState) {
        self.until("the round's state", || async { self.state(request).await == state }).await;
    }

    /// Waits for the desk's news until something holds.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        let mut news = self.desk.news();
        let waited = tokio::time::timeout(PATIENCE, async {
            while !holds().await {
                // News, or a look now and then: what is looked at may lie elsewhere, as at the relay.
                let _ = tokio::time::timeout(Duration::from_millis(50), news.changed()).await;
            }
        });
        assert!(waited.await.is_ok(), "{what} did not come about; troubles: {:?}", self.desk.troubles());
    }

    pub async fn problem(&self, id: BoxId, request: RequestId) -> Option<String> {
        let rounds = self.desk.rounds(request).await.unwrap();
        rounds.into_iter().find(|round| round.box_id == id).unwrap().problem
    }

    /// The whole ledger verifies against its signed head and the desk's key.
    pub async fn ledger_verifies(&self) {
        let checkpoint = ledger::Checkpoint::parse(&self.desk.checkpoint().await.unwrap()).unwrap();
        let key: ledger::VerifyingKey = self.desk.verifying_key().await.unwrap().parse().unwrap();
        let file = std::fs::File::open(ledger_file(self.folder.path())).unwrap();
        ledger::verify_log(file, &checkpoint, Some(&key), ledger::Depth::Entries).unwrap();
    }

    /// What the ledger says happened, in order.
    pub fn ledger_kinds(&self) -> Vec<String> {
        let bytes = std::fs::read(ledger_file(self.folder.path())).unwrap();
        ledger::leaves(&bytes)
            .map(|leaf| {
                let line = leaf.unwrap().split(|byte| *byte == b'\n').next().unwrap().to_vec();
                let body: serde_json::Value = serde_json::from_slice(&line).unwrap();
                body["what"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}

/// The ledger, in the folder itself or in `data` below it.
fn ledger_file(folder: &Path) -> std::path::PathBuf {
    let nested = folder.join("data/ledger.log");
    if nested.exists() { nested } else { folder.join("ledger.log") }
}
