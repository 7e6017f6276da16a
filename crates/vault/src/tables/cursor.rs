//! How far a relay's events were heard.

use super::Db;
use crate::VaultError;

impl Db<'_> {
    /// The number of the last event that was dealt with; 0 before the first.
    pub fn cursor(self, relay: &str) -> Result<u64, VaultError> {
        let after = self.first("SELECT after FROM cursor WHERE relay = ?1", [relay], |row| row.get(0))?;
        Ok(after.unwrap_or(0))
    }

    /// Notes that everything up to `after` was dealt with.
    pub fn set_cursor(self, relay: &str, after: u64) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO cursor (relay, after) VALUES (?1, ?2) ON CONFLICT (relay) DO UPDATE SET after = ?2",
            (relay, after),
        )?;
        Ok(())
    }
}
