//! Randomness as an argument, so that a test can own it.

use ring::rand::{SecureRandom, SystemRandom};

/// A source of bytes nobody can foresee.
pub trait Rng: Send + Sync {
    /// Fills `dest` entirely, or fails.
    fn fill(&self, dest: &mut [u8]) -> Result<(), RngFailed>;
}

/// The operating system's source.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRng;

/// The operating system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes; try again, and restart the computer if it stays so")]
pub struct RngFailed;

impl Rng for SystemRng {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RngFailed> {
        SystemRandom::new().fill(dest).map_err(|_| RngFailed)
    }
}

/// `N` random bytes that may be public.
pub fn make_array<const N: usize>(rng: &dyn Rng) -> Result<[u8; N], RngFailed> {
    let mut out = [0; N];
    rng.fill(&mut out)?;
    Ok(out)
}
