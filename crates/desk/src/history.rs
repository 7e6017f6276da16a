//! What was destroyed: the history, and its certificates.

use crate::{Desk, DeskError};
use vault::{
    PurgeId, RequestId,
    tables::{purge::PurgeRow, round::RoundRow, ticket::TicketRow},
};

/// A purge as the history shows it.
pub type PurgeView = PurgeRow;

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
