//! What a desk does with a vault, step by step, saying what it acknowledges.

use super::{Acks, Fact, NOW, Sample, session};
use vault::{PurgeId, Vault, VaultError, tables::purge::PurgeState};
use wire::DataClass;

/// One thing a desk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Makes a round.
    Make(u32),
    /// Takes its submission in.
    Collect(u32),
    /// Records the intent to purge all of it, or its first class only.
    Begin(u32, Extent),
    /// Destroys the keys of what was begun.
    Destroy,
    /// Removes the bytes, and completes what the relay confirmed.
    Finish,
    /// Hands a signed head out.
    Head,
    /// Unlocks and locks.
    Unlock,
}

/// How much of a round is purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    FirstClass,
    LastClass,
    Status,
}

impl Step {
    /// A day's work: everything a vault does, some of it in between the steps of a purge.
    pub(crate) const DAY: [Self; 23] = [
        Self::Make(0),
        Self::Make(1),
        Self::Collect(0),
        Self::Make(2),
        Self::Collect(1),
        Self::Collect(2),
        Self::Head,
        Self::Begin(0, Extent::All),
        Self::Begin(2, Extent::FirstClass),
        Self::Make(3),
        Self::Destroy,
        Self::Collect(3),
        Self::Finish,
        Self::Unlock,
        Self::Make(4),
        Self::Begin(0, Extent::Status),
        Self::Begin(2, Extent::LastClass),
        Self::Destroy,
        Self::Begin(4, Extent::All),
        Self::Finish,
        Self::Destroy,
        Self::Finish,
        Self::Head,
    ];

    /// Does it, and says what is acknowledged.
    pub(crate) fn act(self, vault: &mut Vault, acks: Acks<'_>) -> Result<(), VaultError> {
        match self {
            Self::Make(k) => {
                Sample(k).make(vault)?;
                acks(Fact::Made(k));
            }
            Self::Collect(k) => {
                Sample(k).collect(vault)?;
                acks(Fact::Collected(k));
            }
            Self::Begin(k, extent) => begin(vault, k, extent, acks)?,
            Self::Destroy => {
                vault.destroy_keys(NOW + 110)?.into_iter().for_each(|id| acks(Fact::Destroyed(id)))
            }
            Self::Finish => finish(vault, acks)?,
            Self::Head => acks(Fact::Head(vault.checkpoint())),
            Self::Unlock => drop(session(vault)),
        }
        Ok(())
    }
}

/// Works through steps.
pub(crate) fn work(vault: &mut Vault, steps: &[Step], acks: Acks<'_>) -> Result<(), VaultError> {
    steps.iter().try_for_each(|step| step.act(vault, acks))
}

fn begin(vault: &mut Vault, k: u32, extent: Extent, acks: Acks<'_>) -> Result<(), VaultError> {
    let sample = Sample(k);
    let status = extent == Extent::Status;
    let classes: Vec<DataClass> = match (extent, sample.classes()) {
        (Extent::All, all) => all.to_vec(),
        (Extent::FirstClass, [first, ..]) => vec![*first],
        (Extent::LastClass, [.., last]) => vec![*last],
        _ => Vec::new(),
    };
    acks(Fact::Tries { sample: k, classes: classes.clone(), status });
    let purge = if status { sample.end_status(vault)? } else { sample.begin_purge(vault, &classes)? };
    acks(Fact::Begun { sample: k, classes, status, purge });
    Ok(())
}

fn finish(vault: &mut Vault, acks: Acks<'_>) -> Result<(), VaultError> {
    vault.remove_bytes(NOW + 120)?;
    let removed: Vec<PurgeId> = vault
        .db()
        .unfinished_purges()?
        .into_iter()
        .filter(|purge| purge.state == PurgeState::Removed)
        .map(|purge| purge.id)
        .collect();
    for purge in removed {
        acks(Fact::Removed(purge));
        vault.complete_purge(purge, NOW + 130)?;
        acks(Fact::Certified(purge, vault.certificate(purge)?));
    }
    Ok(())
}
