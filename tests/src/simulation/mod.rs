//! Whole histories in one process: a real relay, a real desk and customers, on a way that loses, delays, doubles, cuts
//! and answers for others, in a time that stands until nothing is left to do. A seed decides what happens; after it,
//! every promise of DESIGN §4, §5 and §9 is checked.
//!
//! - [`History`]: one of them, from its first day past every promise to the last look
//! - [`run`]: many of them, on several threads
//! - [`Disturbing`]: what a stream of events meets here, on a real way
//! - inside: what happens (`steps`, `acts`), where (`world`, `far`, `way`, `stream`, `sender`), what must hold (`book`,
//!   `judge`, `last`), and rules broken on purpose ([`Mischief`])
//!
//! **What a seed decides:** every step, every fault, every length of time, the desk's randomness, what customers do.
//! Time moves only when the runtime has nothing to do, and each call of the relay is answered whole before anything
//! else. **What it does not:** which of two of the desk's tasks goes on first when the vault's thread answers while
//! others are ready, and the random bytes that age, TLS-free as this is, and the relay draw by themselves. So a seed
//! that failed nearly always fails again, and where it does not, its trace still says what happened.

mod acts;
mod book;
mod boxes;
mod dice;
mod disturbing;
mod far;
mod founded;
mod history;
mod judge;
mod last;
mod mischief;
mod run;
mod sealing;
mod sender;
mod steps;
mod stream;
mod way;
mod world;

pub use disturbing::Disturbing;
pub use founded::Founded;
pub use history::{Failure, History, Seen};
pub use last::Found;
pub use mischief::Mischief;
pub use run::{Tally, run};

use std::path::{Path, PathBuf};

/// Where folders cost no disk, if there is such a place: what a power cut does is tested elsewhere.
fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}
