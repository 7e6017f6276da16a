//! What was destroyed: the history, and its certificates.

use crate::{Desk, DeskError, desk::guard};
use ledger::{Certificate, Findings};
use vault::{
    PurgeId, RequestId, VaultError,
    tables::{purge::PurgeRow, round::RoundRow, ticket::TicketRow},
};

/// A purge as the history shows it.
pub type PurgeView = PurgeRow;

/// The ledger, as last read from its first entry to its last against what the database committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerSeen {
    /// Entries.
    pub entries: u64,
    /// When, UTC seconds.
    pub at: u64,
}

/// The number a certificate goes by: short enough to be read out, and found again by it.
pub fn certificate_number(purge: PurgeId) -> String {
    let hex = purge.to_string().to_uppercase();
    let short: String = hex.chars().take(10).collect();
    format!("CR-{short}")
}

impl Desk {
    /// The history, newest first, a page at a time.
    pub async fn history(
        &self,
        before: Option<(u64, PurgeId)>,
        limit: u32,
    ) -> Result<Vec<PurgeView>, DeskError> {
        self.vault(move |vault, _| Ok(vault.db().purges(before, limit)?)).await
    }

    /// A ticket's purges, newest first.
    pub async fn history_of(&self, ticket: &str) -> Result<Vec<PurgeView>, DeskError> {
        let ticket = ticket.to_owned();
        self.vault(move |vault, _| Ok(vault.db().purges_of(&ticket)?)).await
    }

    /// A certified purge's certificate, as JSON.
    pub async fn certificate(&self, purge: PurgeId) -> Result<String, DeskError> {
        self.vault(move |vault, _| Ok(vault.certificate(purge)?)).await
    }

    /// A certified purge's certificate, and what it proves: checked just now, as the shipped verifier does.
    pub async fn proof(&self, purge: PurgeId) -> Result<(String, Findings), DeskError> {
        self.vault(move |vault, _| {
            let json = vault.certificate(purge)?;
            let checked = Certificate::parse(json.as_bytes())
                .and_then(|certificate| certificate.verify(Some(&vault.verifying_key())));
            Ok((json, checked.map_err(|_| VaultError::LedgerDamaged)?))
        })
        .await
    }

    /// The ledger, as last read from end to end.
    pub fn ledger_seen(&self) -> LedgerSeen {
        *guard(&self.inner.ledger)
    }

    /// Reads the whole ledger again, without holding anything up. One that was changed or cut is an alarm.
    pub async fn verify_ledger(&self) -> Result<LedgerSeen, DeskError> {
        let check = self.vault(|vault, _| Ok(vault.ledger_check())).await?;
        let checked = crate::desk::blocking(move || Ok(check.run()?)).await;
        match checked {
            Ok(entries) => {
                let seen = LedgerSeen { entries, at: self.now() };
                *guard(&self.inner.ledger) = seen;
                self.inner.troubles.clear("alarm", "ledger");
                self.tell_news();
                Ok(seen)
            }
            Err(error) => {
                self.inner.troubles.set("alarm", "ledger", &error);
                self.tell_news();
                Err(error)
            }
        }
    }

    /// The signed head of the ledger as it stands.
    pub async fn checkpoint(&self) -> Result<String, DeskError> {
        self.vault(|vault, _| Ok(vault.checkpoint())).await
    }

    /// What certificates and checkpoints of this desk are checked with.
    pub async fn verifying_key(&self) -> Result<String, DeskError> {
        self.vault(|vault, _| Ok(vault.verifying_key().to_string())).await
    }

    /// A request's rounds, first to last.
    pub async fn rounds(&self, request: RequestId) -> Result<Vec<RoundRow>, DeskError> {
        self.vault(move |vault, _| Ok(vault.db().rounds_of(request)?)).await
    }

    /// Where a ticket stands.
    pub async fn ticket(&self, reference: &str) -> Result<TicketRow, DeskError> {
        let reference = reference.to_owned();
        self.vault(move |vault, _| Ok(vault.db().ticket(&reference)?)).await
    }
}
