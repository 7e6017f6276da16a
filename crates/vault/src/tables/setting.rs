//! Settings that belong to the vault: company, agent, help contact. Nothing about customers.

use super::Db;
use crate::VaultError;

impl Db<'_> {
    /// A setting's value.
    pub fn setting(self, name: &str) -> Result<Option<String>, VaultError> {
        self.first("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))
    }

    /// Sets a setting.
    pub fn set_setting(self, name: &str, value: &str) -> Result<(), VaultError> {
        self.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            (name, value),
        )?;
        Ok(())
    }
}
