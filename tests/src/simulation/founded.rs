//! A vault, founded once and copied for every history: founding makes keys, sheets and a passphrase's hash.

use super::{dice::SeededRng, far::ORIGIN, world::START};
use crate::{Outcome, TestClock, scene::Cost};
use desk::{Answer, Call, Company, Desk, DeskConfig, NoAnswer, RemoteRelay, Transport};
use futures_util::future::BoxFuture;
use seal::{PersonId, passphrase::Passphrase};
use std::{fs, os::unix::fs::DirBuilderExt, path::Path, sync::Arc};
use tempfile::TempDir;
use wire::DeskToken;
use zeroize::Zeroizing;

const PASSPHRASE: &str = "seventeen grey umbrellas";

/// A founded vault.
pub struct Founded {
    folder: TempDir,
    /// Who unlocks it.
    pub(crate) person: PersonId,
}

impl Founded {
    /// Founds it.
    pub async fn make() -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("cloakroom-sim-").tempdir_in(super::memory())?;
        let mut config = DeskConfig::new(folder.path().join("desk"));
        let token = Arc::new(DeskToken::from_bytes([0; 32]));
        config.relay = Some(RemoteRelay { origin: ORIGIN.to_owned(), token });
        config.cost = Cost::WEAK_FOR_TESTS;
        config.clock = Arc::new(TestClock::at(START));
        config.rng = Arc::new(SeededRng::new(0, "founded"));
        config.transport = Arc::new(Nowhere);
        let (desk, person, _sheets) =
            Desk::found(config, "Mira Lang", passphrase(), &Company::default()).await?;
        desk.close().await;
        Ok(Self { folder, person })
    }

    /// Copies it to where nothing is yet.
    pub(crate) fn copy(&self, to: &Path) -> Outcome {
        copy(&self.folder.path().join("desk"), to)
    }
}

/// What the person types.
pub(crate) fn passphrase() -> Passphrase {
    Passphrase::entered(Zeroizing::new(PASSPHRASE.to_owned()))
}

/// No relay is there yet.
struct Nowhere;

impl Transport for Nowhere {
    fn call(&self, _: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        Box::pin(std::future::ready(Err(NoAnswer::Name)))
    }
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
