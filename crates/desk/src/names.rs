//! Names that say nothing: random ones, and ones that stand for something without naming it.

use crate::{DeskConfig, DeskError};
use vault::VaultError;

/// 32 random hexadecimal digits.
pub fn random_name(config: &DeskConfig) -> Result<String, DeskError> {
    let mut bytes = [0; 16];
    config.rng.fill(&mut bytes).map_err(|_| VaultError::Randomness)?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

/// The first 16 hexadecimal digits of SHA-256 (FIPS 180-4).
pub fn short_hash(bytes: &[u8]) -> String {
    wire::sha256(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
