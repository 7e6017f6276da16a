//! Webhooks that were judged, so that a replay is known; and those that were not believed, counted.

use super::{Db, Raw};
use crate::{HelpdeskId, VaultError};

/// As many judged webhooks of one helpdesk are remembered.
const REMEMBERED: u32 = 10_000;
/// A kind of disbelief has a line in the ledger once in this many seconds at most.
const QUIET: u64 = 86_400;

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
    /// Remembers a webhook by its hash; `false` when it was judged before. The oldest are forgotten.
    pub fn judge_delivery(self, id: HelpdeskId, hash: &[u8; 32]) -> Result<bool, VaultError> {
        let new = self.execute(
            "INSERT INTO delivery (helpdesk, hash) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            (Raw(id), hash),
        )?;
        if new == 1 {
            self.execute(
                "DELETE FROM delivery WHERE helpdesk = ?1 AND seq <= (
                     SELECT seq FROM delivery WHERE helpdesk = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
                (Raw(id), REMEMBERED),
            )?;
        }
        Ok(new == 1)
    }

    /// Counts a webhook that was not believed; `true` where the ledger has had no line of its kind for a day.
    pub fn disbelieve(self, id: HelpdeskId, code: &str, now: u64) -> Result<bool, VaultError> {
        let recorded = self.first(
            "SELECT recorded FROM disbelief WHERE helpdesk = ?1 AND code = ?2",
            (Raw(id), code),
            |row| row.get::<_, u64>(0),
        )?;
        let record = recorded.is_none_or(|at| now >= at + QUIET);
        self.execute(
            "INSERT INTO disbelief (helpdesk, code, count, last, recorded) VALUES (?1, ?2, 1, ?3, ?3)
             ON CONFLICT (helpdesk, code) DO UPDATE
             SET count = count + 1, last = ?3, recorded = iif(?4, ?3, recorded)",
            (Raw(id), code, now, record),
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
