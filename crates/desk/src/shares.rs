//! The relay's part in request keys (FORMATS §6): fetched to open, held in memory while somebody has unlocked the desk.

use crate::{Desk, DeskError, RelayError, desk::guard, lines::Line};
use ledger::{Code, What};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use vault::{
    Session, Vault, VaultError,
    tables::{holding::HoldingState, relay::RelayId, share::ShareState},
};
use wire::{BoxId, DataClass, RelayShare};

/// Whether request keys need the relay's part; the rule's code in the ledger as well.
const POLICY: &str = "relay-shares";
const OFF: &str = "off";
const ON: &str = "on";
/// A list waits no longer than this for a relay: what is missing is shown as missing.
const LIST: Duration = Duration::from_secs(5);

type Key = (BoxId, DataClass);

/// Why the relay's part is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The relay cannot be reached now.
    #[error(
        "the relay cannot be reached, and its part of the key is needed; nothing was lost: try again when it answers"
    )]
    Unreachable,
    /// The relay does not have it any more.
    #[error(
        "the relay no longer has its part of the key, so this cannot be opened any more; ask the customer again"
    )]
    Lost,
}

/// The shares that are held while unlocked. Each in a place of its own, wiped when it is dropped.
#[derive(Default)]
pub(crate) struct Held(Mutex<HashMap<Key, Arc<RelayShare>>>);

/// What is there of the shares of some boxes.
#[derive(Default)]
pub(crate) struct Shares {
    here: HashMap<Key, Arc<RelayShare>>,
    missing: HashMap<Key, Missing>,
}

/// How long to wait for relays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// As long as it takes: somebody asked for this very thing.
    Whole,
    /// Not for a relay that does not answer: a list.
    Briefly,
}

impl Held {
    /// Forgets all of them.
    pub(crate) fn forget(&self) {
        guard(&self.0).clear();
    }

    fn keep_only(&self, alive: &HashSet<Key>) {
        guard(&self.0).retain(|key, _| alive.contains(key));
    }

    fn keys(&self) -> Vec<Key> {
        guard(&self.0).keys().copied().collect()
    }
}

impl Shares {
    pub(crate) fn get(&self, id: BoxId, class: DataClass) -> Option<&RelayShare> {
        self.here.get(&(id, class)).map(|share| &**share)
    }

    /// Why nothing of a box opened.
    pub(crate) fn why_not(&self, id: BoxId) -> DeskError {
        let missing = self.missing.iter().find(|((missing, _), _)| *missing == id);
        missing.map_or(VaultError::NotGranted.into(), |(_, missing)| (*missing).into())
    }

    pub(crate) fn missing(&self, id: BoxId, class: DataClass) -> Option<Missing> {
        self.missing.get(&(id, class)).copied()
    }
}

impl Desk {
    /// The shares that a person needs to open what there is of some boxes, as far as they are to be had.
    pub(crate) async fn shares(
        &self,
        session: &Arc<Session>,
        boxes: Vec<BoxId>,
        wait: Wait,
    ) -> Result<Shares, DeskError> {
        let who = Arc::clone(session);
        let wanted = self.vault(move |vault, _| Ok(wanted(vault, &who, &boxes)?)).await?;
        let mut shares = Shares::default();
        let mut silent: HashSet<RelayId> = HashSet::new();
        for (relay, key) in wanted {
            let held = guard(&self.inner.shares.0).get(&key).cloned();
            let found = match held {
                Some(share) => Ok(share),
                // One that did not answer is not asked for each of very many.
                None if silent.contains(&relay) => Err(Missing::Unreachable),
                None => self.fetch_share(session, relay, key, wait).await,
            };
            match found {
                Ok(share) => drop(shares.here.insert(key, share)),
                Err(missing) => {
                    if missing == Missing::Unreachable {
                        silent.insert(relay);
                    }
                    shares.missing.insert(key, missing);
                }
            }
        }
        Ok(shares)
    }

    async fn fetch_share(
        &self,
        session: &Arc<Session>,
        relay: RelayId,
        key: Key,
        wait: Wait,
    ) -> Result<Arc<RelayShare>, Missing> {
        let line = self.line(relay).map_err(|_| Missing::Lost)?;
        let answer = match wait {
            Wait::Whole => line.client.share(key.0, key.1).await,
            Wait::Briefly if line.health.is_down() => return Err(Missing::Unreachable),
            Wait::Briefly => tokio::time::timeout(LIST, line.client.share(key.0, key.1))
                .await
                .map_err(|_| Missing::Unreachable)?,
        };
        let share = Arc::new(answer.map_err(|error| match error {
            RelayError::NotHere | RelayError::Refused(wire::ProblemCode::Ended) => Missing::Lost,
            _ => Missing::Unreachable,
        })?);
        // Locked meanwhile: it serves this one opening and is not kept. Checked under the lock that forgets.
        let mut held = guard(&self.inner.shares.0);
        if self.session().is_ok_and(|now| Arc::ptr_eq(&now, session)) {
            held.insert(key, Arc::clone(&share));
        }
        Ok(share)
    }

    /// Forgets the shares of what is being destroyed.
    pub(crate) async fn sweep_shares(&self) -> Result<(), DeskError> {
        let keys = self.inner.shares.keys();
        if keys.is_empty() {
            return Ok(());
        }
        let alive = self
            .vault(move |vault, _| {
                let mut alive = HashSet::new();
                for key in keys {
                    let held = vault.db().holdings(key.0)?;
                    if held.iter().any(|held| held.class == key.1 && held.state == HoldingState::Alive) {
                        alive.insert(key);
                    }
                }
                Ok(alive)
            })
            .await?;
        self.inner.shares.keep_only(&alive);
        Ok(())
    }

    /// Moves the terms of shares to what their ends have become. One that the relay does not move now keeps no other
    /// from being moved: what is not told in time is lost.
    pub(crate) async fn move_shares(&self, line: &Line) -> Result<(), DeskError> {
        let (relay, mut first_error) = (line.id, None);
        let moves = self.vault(move |vault, now| Ok(vault.db().share_moves(relay, now)?)).await?;
        for moved in moves {
            let lost = match line.client.move_share(moved.box_id, moved.class, moved.term).await {
                // A term that passed by the relay's clock is no term to move to: the end is here, too.
                Ok(()) | Err(RelayError::Refused(wire::ProblemCode::BadRequest)) => false,
                Err(RelayError::NotHere | RelayError::Refused(wire::ProblemCode::Ended)) => true,
                Err(error @ RelayError::Unreachable(_)) => return Err(error.into()),
                Err(error) => {
                    first_error = first_error.or(Some(error));
                    continue;
                }
            };
            vault::fault::point("share.moved");
            self.vault(move |vault, now| {
                vault.change(now, |change| {
                    if lost {
                        return change.db().set_share_state(moved.box_id, moved.class, ShareState::Lost);
                    }
                    change.db().set_share_term(moved)
                })?;
                Ok(())
            })
            .await?;
        }
        first_error.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Whether new requests need the relay's part to be opened.
    pub async fn relay_shares(&self) -> Result<bool, DeskError> {
        self.vault(|vault, _| Ok(is_wanted(vault)?)).await
    }

    /// Sets whether new requests need the relay's part; those that were made stay as they are. Without it a desk opens
    /// while its relay is out of reach, and so does whoever takes it away, as long as a passphrase is known.
    pub async fn set_relay_shares(&self, wanted: bool) -> Result<(), DeskError> {
        let session = self.supervisor()?;
        self.vault(move |vault, now| {
            if is_wanted(vault)? == wanted {
                return Ok(());
            }
            let id = vault.id();
            let value = if wanted { ON } else { OFF };
            vault.change(now, |change| {
                change.db().set_setting(POLICY, value)?;
                let what = What::PolicySet { policy: code(POLICY)?, value: code(value)? };
                change.record_act(id, session.person(), session.act(), what)
            })?;
            Ok(())
        })
        .await?;
        self.tell_news();
        Ok(())
    }
}

/// Whether a key that is made now shall need the relay's part: never that of the relay inside this very machine.
pub(crate) fn is_wanted(vault: &Vault) -> Result<bool, VaultError> {
    Ok(vault.db().setting(POLICY)?.as_deref() != Some(OFF))
}

pub(crate) fn code(text: &str) -> Result<Code, VaultError> {
    text.parse().map_err(|_| VaultError::Internal("code"))
}

fn wanted(vault: &Vault, session: &Session, boxes: &[BoxId]) -> Result<Vec<(RelayId, Key)>, VaultError> {
    let db = vault.db();
    let mut wanted = Vec::new();
    for id in boxes {
        for held in db.holdings(*id)? {
            let opens = held.state == HoldingState::Alive && session.holds(held.class);
            if opens && db.share(*id, held.class)?.is_some() {
                wanted.push((db.relay_of(*id)?, (*id, held.class)));
            }
        }
    }
    Ok(wanted)
}
