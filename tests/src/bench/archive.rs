//! A desk that has been at work for long: very many requests, and a ledger entry for each.

use journeys::{Outcome, Scene, scene::Cost};
use ledger::{Class, Hash, Id, Notice, What, Who};
use seal::SystemRng;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use vault::{
    Change, Layout, RequestId, VaultError,
    tables::request::{RequestRow, Shelf},
};

/// Requests written in one change.
const BATCH: u64 = 20_000;
/// Seconds from one request to the next.
const PACE: u64 = 30;

/// The closed desk.
pub(crate) struct Archive {
    /// Its folder, person and clock.
    pub(crate) scene: Scene,
    /// How many requests its inbox has.
    pub(crate) requests: u64,
    /// The signed head of its ledger.
    pub(crate) checkpoint: String,
}

impl Archive {
    /// Founds and fills one.
    pub(crate) async fn fill(folder: &Path, requests: u64) -> Outcome<Self> {
        let mut scene = Scene::found_in(&folder.join("archive"), Cost::STANDARD, Arc::new(SystemRng)).await?;
        scene.close().await;
        let (mut vault, session) = scene.vault()?;
        let (now, owner) = (scene.now(), session.person().to_string());
        for start in (0..requests).step_by(usize::try_from(BATCH)?) {
            vault.change(now, |change| {
                (start..requests.min(start + BATCH)).try_for_each(|n| {
                    let created = now - (requests - n) * PACE;
                    insert(change, n, created, &owner)
                })
            })?;
        }
        let checkpoint = vault.checkpoint();
        Ok(Self { scene, requests, checkpoint })
    }

    /// Where it lies.
    pub(crate) fn layout(&self) -> Layout {
        Layout::new(self.scene.data_dir())
    }

    /// The ledger's file.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.layout().ledger()
    }
}

/// The ticket of the n-th request.
pub(crate) fn ticket(n: u64) -> String {
    format!("#{}", 1_000_000 + n)
}

fn insert(change: &mut Change<'_>, n: u64, created: u64, owner: &str) -> Result<(), VaultError> {
    let id = RequestId::make(change.rng())?;
    change.db().insert_request(&RequestRow {
        id,
        ticket: ticket(n),
        template: "id-document".to_owned(),
        owner: owner.to_owned(),
        client: String::new(),
        created,
        shelf: shelf(n),
        // Some hours later, and so not in the order in which they were made.
        moved: created + n * 7919 % 86_400,
        due: None,
    })?;
    let what = What::CreatedRequest {
        request: Id::from_bytes(*id.as_bytes()),
        box_id: Id::from_bytes(*RequestId::make(change.rng())?.as_bytes()),
        ticket: ticket(n).parse().map_err(|_| VaultError::Internal("ticket"))?,
        classes: vec![Class::Identity],
        notice: Notice { version: "1".to_owned(), hash: Hash::from_bytes([7; 32]) },
    };
    change.record(Who::Desk, what)?;
    Ok(())
}

/// Most of what a desk ever asked is done.
fn shelf(n: u64) -> Shelf {
    match n % 100 {
        0 | 1 => Shelf::Arrived,
        2..=6 => Shelf::Waiting,
        7 | 8 => Shelf::Open,
        9 => Shelf::Closing,
        10 => Shelf::Problem,
        _ => Shelf::Done,
    }
}
