//! The helpdesks this desk listens to: their news end and reopen, and they are told what became of a request.
//!
//! - connections: here, and `secrets` for what they are spoken to with; `mapping` from references to connections
//! - asking them: `visits` (when), `calling` (how), `hearing` (what follows)
//! - webhooks: `hooks`, `deliveries`; telling them: `notes`

mod calling;
mod deliveries;
mod hearing;
mod hooks;
mod mapping;
mod notes;
mod secrets;
mod setup;
mod visits;

pub use calling::helpdesk_failure;
pub use deliveries::{HookSecret, disbelief_words, is_loud};
pub(crate) use hearing::{ask_about, is_over_there, tell_helpdesk};
pub use hooks::HookSetup;
pub(crate) use mapping::helpdesk_of;
pub use setup::{HelpdeskKind, NewHelpdesk};
pub(crate) use visits::Standings;

use crate::{Desk, DeskError};
use helpdesk::{Credential, Helpdesk, Unheeded};
use ledger::{What, Who};
use vault::{
    Change, HelpdeskId, VaultError,
    tables::{credential::CredentialKind, delivery::Disbelief, helpdesk::HelpdeskRow},
};
use wire::HookId;
use zeroize::Zeroizing;

/// Connections of one desk.
const CONNECTIONS_MAX: usize = 20;

/// A connection, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpdeskView {
    /// The connection.
    pub id: HelpdeskId,
    /// What kind of helpdesk it is.
    pub kind: HelpdeskKind,
    /// What people here call it.
    pub name: String,
    /// Where it is; empty for one that only sends webhooks.
    pub address: String,
    /// What references of its tickets begin with; empty: any.
    pub prefix: String,
    /// Nothing is asked of it for now.
    pub paused: bool,
    /// Whether it is told what became of a request.
    pub notes: bool,
    /// When it last answered, UTC seconds.
    pub answered: Option<u64>,
    /// Why it does not, in words, and since when.
    pub failing: Option<(&'static str, u64)>,
    /// Where its webhooks arrive at the relay.
    pub hook: Option<HookId>,
    /// Whether that was at another relay than the one of now, as far as is known: the address there is to be changed.
    pub hook_moved: bool,
    /// Whether its token lies in the keychain; else it is sealed in the vault.
    pub keychain: bool,
    /// How many notes wait to be told.
    pub waiting: u64,
    /// How many notes it refused for good.
    pub refused: u64,
    /// When it refused the last, UTC seconds.
    pub refused_at: Option<u64>,
    /// What was not believed of its webhooks.
    pub disbeliefs: Vec<Disbelief>,
}

impl Desk {
    /// Every connection, oldest first.
    pub async fn helpdesks(&self) -> Result<Vec<HelpdeskView>, DeskError> {
        self.read(|db| {
            let views = db.helpdesks()?.into_iter().map(|row| {
                let (setup, hook_moved) = (mapping::setup(&row)?, hooks::hook_moved(db, &row)?);
                Ok(HelpdeskView {
                    id: row.id,
                    kind: HelpdeskKind::from_code(&row.kind).ok_or(VaultError::Internal("helpdesk kind"))?,
                    address: setup.map(|setup| setup.address().to_string()).unwrap_or_default(),
                    failing: row
                        .failing
                        .map(|since| (helpdesk_failure(row.failure.as_deref().unwrap_or_default()), since)),
                    waiting: db.ticket_notes(row.id, u32::MAX)?.len() as u64,
                    disbeliefs: db.disbeliefs(row.id)?,
                    refused: row.refused,
                    refused_at: row.refused_at,
                    name: row.name,
                    prefix: row.prefix,
                    paused: row.paused,
                    notes: row.notes,
                    answered: row.answered,
                    hook_moved,
                    hook: row.hook,
                    keychain: row.keychain,
                })
            });
            views.collect()
        })
        .await
    }

    /// Adds a connection, once its helpdesk has answered with this token. Nothing is kept of one that did not.
    pub async fn add_helpdesk(
        &self,
        new: &NewHelpdesk,
        token: Option<Credential>,
    ) -> Result<HelpdeskId, DeskError> {
        let who = self.session()?.who();
        let (setup, name, prefix) = new.parse()?;
        if let Some(setup) = &setup {
            let token = token.as_ref().ok_or(DeskError::Helpdesk("the token is empty; paste it"))?;
            self.check(setup, token).await?;
        }
        let rows = self.read(|db| Ok(db.helpdesks()?)).await?;
        if rows.len() >= CONNECTIONS_MAX {
            return Err(DeskError::Helpdesk("there are 20 helpdesks already; remove one first"));
        }
        if rows.iter().any(|row| row.prefix.eq_ignore_ascii_case(&prefix)) {
            return Err(DeskError::Helpdesk(
                "another helpdesk has the references that begin like this; give each its own beginning, such as RT-",
            ));
        }
        let id = HelpdeskId::make(&*self.inner.config.rng)?;
        let json = setup.map(|setup| serde_json::to_string(&setup)).transpose();
        let row = HelpdeskRow {
            id,
            kind: new.kind.code().to_owned(),
            name,
            setup: json.map_err(|_| VaultError::Internal("helpdesk setup"))?,
            prefix,
            created: self.now(),
            // Until its credential is kept.
            paused: true,
            notes: true,
            cursor: None,
            answered: None,
            failure: None,
            failing: None,
            hook: None,
            hook_relay: None,
            keychain: true,
            refused: 0,
            refused_at: None,
        };
        let kind = new.kind.code();
        self.vault(move |vault, now| {
            vault.change(now, |change| {
                change.db().insert_helpdesk(&row)?;
                let helpdesk = ledger::Id::from_bytes(*id.as_bytes());
                let kind = kind.parse().map_err(|_| VaultError::Internal("helpdesk kind"))?;
                change.record(who, What::HelpdeskAdded { helpdesk, kind })?;
                Ok::<_, DeskError>(())
            })
        })
        .await?;
        vault::fault::point("helpdesk.added");
        if let Some(token) = token {
            let secret = Zeroizing::new(token.expose().as_bytes().to_vec());
            self.keep_credential(id, CredentialKind::Token, secret).await?;
        }
        self.set_helpdesk(id, false, true).await?;
        Ok(id)
    }

    /// Asks a helpdesk whether address and token are right.
    pub async fn test_helpdesk(&self, id: HelpdeskId) -> Result<(), DeskError> {
        self.session()?;
        let row = self.read(move |db| Ok(db.helpdesk(id)?)).await?;
        let Some(setup) = mapping::setup(&row)? else { return Err(VaultError::WrongState.into()) };
        let token = self.credential(id, CredentialKind::Token).await?;
        let text = token.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let token = text.and_then(|text| Credential::parse(text).ok());
        self.check(&setup, &token.ok_or(DeskError::Helpdesk(helpdesk_failure("no-credential")))?).await
    }

    async fn check(&self, setup: &Helpdesk, token: &Credential) -> Result<(), DeskError> {
        let failed = |code| DeskError::Helpdesk(helpdesk_failure(code));
        let answer = self.call_helpdesk(setup, token, setup.check()).await;
        let answer = answer.map_err(|why| failed(why.code()))?;
        setup.checked(&answer).map_err(|trouble| failed(trouble.code()))
    }

    /// Whether it is asked anything, and whether it is told anything.
    pub async fn set_helpdesk(&self, id: HelpdeskId, paused: bool, notes: bool) -> Result<(), DeskError> {
        self.session()?;
        self.vault(move |vault, now| {
            vault.change(now, |change| {
                if !notes {
                    change.db().drop_ticket_notes(id)?;
                }
                change.db().set_helpdesk_use(id, paused, notes)
            })?;
            Ok(())
        })
        .await?;
        if paused {
            self.forget_troubles(id);
        }
        self.inner.helpdesk_bell.notify_one();
        self.tell_news();
        Ok(())
    }

    /// Removes a connection, with its credential wherever that lies. Its tickets are then closed by hand.
    pub async fn remove_helpdesk(&self, id: HelpdeskId) -> Result<(), DeskError> {
        let who = self.session()?.who();
        self.forget_credentials(id).await?;
        self.remove_hook(id).await?;
        self.vault(move |vault, now| Ok(vault.remove_helpdesk(id, who, now)?)).await?;
        self.inner.helpdesks.forget(id);
        self.forget_troubles(id);
        self.tell_news();
        Ok(())
    }

    /// A person has seen what was not believed.
    pub async fn forget_disbeliefs(&self, id: HelpdeskId) -> Result<(), DeskError> {
        self.session()?;
        let desk = self.clone();
        self.vault(move |vault, now| {
            vault.change(now, |change| change.db().forget_disbeliefs(id))?;
            desk.inner.troubles.clear("webhook", &id.to_string());
            Ok(())
        })
        .await?;
        self.tell_news();
        Ok(())
    }

    fn forget_troubles(&self, id: HelpdeskId) {
        for about in ["helpdesk", "helpdesk-note", "webhook", hooks::MOVED] {
            self.inner.troubles.clear(about, &id.to_string());
        }
    }
}

/// Counts something that was not believed; the ledger has a line of each kind once a day at most.
pub(crate) fn disbelieve(change: &mut Change<'_>, id: HelpdeskId, code: &str) -> Result<(), DeskError> {
    disbelieve_all(change, id, code, 1)
}

pub(crate) fn disbelieve_all(
    change: &mut Change<'_>,
    id: HelpdeskId,
    code: &str,
    count: u64,
) -> Result<(), DeskError> {
    if change.db().disbelieve(id, code, count, change.now())? {
        let code = format!("webhook-{code}").parse().map_err(|_| VaultError::Internal("code"))?;
        change.record(Who::Desk, What::Alarm { code })?;
    }
    Ok(())
}

/// What is counted of news that changed nothing.
pub(crate) fn unheeded_code(why: Unheeded) -> Option<&'static str> {
    match why {
        // Usual, or shown on the request itself.
        Unheeded::Again | Unheeded::Unproven => None,
        Unheeded::Late => Some("late"),
        Unheeded::Unknown => Some("unknown-state"),
        Unheeded::MergedSomewhere => Some("merged-somewhere"),
    }
}
