//! Webhooks that were judged, so that a replay is known; and those that were not believed, counted.

use super::{Db, Raw};
use crate::{HelpdeskId, VaultError};

/// As many judged webhooks of one helpdesk are remembered.
const REMEMBERED: u32 = 10_000;
/// A kind of disbelief has a line in the ledger once in this many seconds at most.
const QUIET: u64 = 86_400;

/// Whether a webhook was here before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Never.
    New,
    /// This very one was judged, and the relay has not deleted it yet.
    Judged,
    /// Its bytes were, under another number.
    Replayed,
}

/// Webhooks of one kind that were not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disbelief {
    /// Why, by code.
    pub code: String,
    /// How many.
    pub count: u64,
    /// The last one, UTC seconds.
    pub last: u64,
}

impl Db<'_> {
    /// Remembers a webhook by its hash and its number at the relay. The oldest are forgotten.
    pub fn judge_delivery(self, id: HelpdeskId, hash: &[u8; 32], number: u64) -> Result<Before, VaultError> {
        let known = self.first(
            "SELECT number FROM delivery WHERE helpdesk = ?1 AND hash = ?2",
            (Raw(id), hash),
            |row| row.get::<_, u64>(0),
        )?;
        if let Some(known) = known {
            return Ok(if known == number { Before::Judged } else { Before::Replayed });
        }
        self.execute(
            "INSERT INTO delivery (helpdesk, hash, number) VALUES (?1, ?2, ?3)",
            (Raw(id), hash, number),
        )?;
        self.execute(
            "DELETE FROM delivery WHERE helpdesk = ?1 AND seq <= (
                 SELECT seq FROM delivery WHERE helpdesk = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
            (Raw(id), REMEMBERED),
        )?;
        Ok(Before::New)
    }

    /// Counts webhooks that were not believed; `true` where the ledger has had no line of their kind for a day.
    pub fn disbelieve(self, id: HelpdeskId, code: &str, count: u64, now: u64) -> Result<bool, VaultError> {
        let recorded = self.first(
            "SELECT recorded FROM disbelief WHERE helpdesk = ?1 AND code = ?2",
            (Raw(id), code),
            |row| row.get::<_, u64>(0),
        )?;
        let record = recorded.is_none_or(|at| now >= at + QUIET);
        self.execute(
            "INSERT INTO disbelief (helpdesk, code, count, last, recorded) VALUES (?1, ?2, ?5, ?3, ?3)
             ON CONFLICT (helpdesk, code) DO UPDATE
             SET count = count + ?5, last = ?3, recorded = iif(?4, ?3, recorded)",
            (Raw(id), code, now, record, count),
        )?;
        Ok(record)
    }

    /// What was not believed of a helpdesk, by kind.
    pub fn disbeliefs(self, id: HelpdeskId) -> Result<Vec<Disbelief>, VaultError> {
        self.all(
            "SELECT code, count, last FROM disbelief WHERE helpdesk = ?1 ORDER BY last DESC, code",
            [Raw(id)],
            |row| Ok(Disbelief { code: row.get(0)?, count: row.get(1)?, last: row.get(2)? }),
        )
    }

    /// A person has seen them.
    pub fn forget_disbeliefs(self, id: HelpdeskId) -> Result<(), VaultError> {
        self.execute("DELETE FROM disbelief WHERE helpdesk = ?1", [Raw(id)])?;
        Ok(())
    }
}
