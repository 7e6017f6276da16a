//! The steps of a purge (FORMATS §5): intent in the ledger, keys destroyed, recorded, bytes removed, relay
//! confirmed, certified. Each is durable before the next begins, and resumed where it stopped.

use crate::{
    BlobName, Change, PurgeId, Vault, VaultError, db, erasure, fault, ids,
    ledger_file::LedgerFile,
    tables::{
        Db,
        holding::HoldingState,
        outbox::Message,
        purge::{PurgeHead, PurgeRow, PurgeState},
        round::{RoundState, Way},
        share::ShareState,
    },
};
use ledger::{
    Certificate, Class, ClassCount, Code, Epochs, Id, Leaf, LeafBytes, Outcome, Proven, TicketRef, What, Who,
};
use seal::{PersonId, RowVersion};
use std::collections::{BTreeMap, HashSet};
use wire::{BoxId, DataClass, PartSlot, limits};

/// What to destroy, and why.
#[derive(Debug, Clone)]
pub struct PurgeOrder<'a> {
    /// The ticket.
    pub ticket: &'a str,
    /// The rule that made it due, by code.
    pub rule: &'a str,
    /// Who asked for it, if not the rule alone.
    pub person: Option<PersonId>,
    /// When it was due, UTC seconds.
    pub due: u64,
    /// Classes of rounds.
    pub targets: Vec<(BoxId, DataClass)>,
    /// Rounds whose status page ended: the last that is kept of a link goes too.
    pub status_ended: Vec<BoxId>,
}

impl Change<'_> {
    /// Begins a purge: the intent, naming every row that loses its key, in one transaction with the state. From here
    /// on nothing stops it.
    pub fn begin_purge(&mut self, order: &PurgeOrder<'_>) -> Result<(PurgeId, Vec<RowVersion>), VaultError> {
        let id = PurgeId::from_bytes(ids::random(self.rng())?);
        let db = self.db();
        let mut rows = Vec::new();
        let mut counts: BTreeMap<DataClass, u32> = BTreeMap::new();
        let mut bytes = 0;
        for (box_id, class) in &order.targets {
            db.set_holding_destroying(*box_id, *class, id)?;
            rows.extend(db.wrap_versions(*box_id, *class)?);
            let parts = db.parts(*box_id)?;
            let parts = parts.iter().filter(|part| part.class == *class);
            for part in parts {
                bytes += part.length;
                if part.slot != PartSlot::Manifest {
                    *counts.entry(*class).or_default() += 1;
                }
            }
            // Whatever keeps this disk from being rotated, the relay's part goes.
            if db.share(*box_id, *class)?.is_some_and(|share| share != ShareState::Gone) {
                db.tell(*box_id, &Message::ShareGone { class: *class })?;
            }
            let last = db.holdings(*box_id)?.iter().all(|held| held.state != HoldingState::Alive);
            rows.extend(db.remark_versions(*box_id, *class, last)?);
        }
        for box_id in &order.status_ended {
            rows.extend(db.box_version(*box_id)?);
        }
        let rows: Vec<RowVersion> = rows.into_iter().collect::<HashSet<_>>().into_iter().collect();
        let boxes: HashSet<BoxId> =
            order.targets.iter().map(|(id, _)| *id).chain(order.status_ended.iter().copied()).collect();
        let epoch = self.epoch();
        let now = self.now();
        let intent = What::PurgeIntent {
            purge: ledger_id(id),
            ticket: ticket_ref(order.ticket)?,
            boxes: boxes.iter().map(|id| Id::from_bytes(*id.as_bytes())).collect(),
            classes: counts
                .iter()
                .map(|(class, items)| ClassCount { class: ledger_class(*class), items: *items })
                .collect(),
            rule: code(order.rule)?,
            due: order.due,
            rows: rows.iter().map(|row| Id::from_bytes(*row.as_bytes())).collect(),
            epoch: Epochs { from: epoch, to: epoch + 1 },
        };
        let who = order.person.map_or(Who::Desk, |id| Who::Person(Id::from_bytes(*id.as_bytes())));
        let intent_leaf = self.record(who, intent)?;
        db.insert_purge(&PurgeRow {
            id,
            ticket: order.ticket.to_owned(),
            rule: order.rule.to_owned(),
            person: order.person,
            due: order.due,
            begun: now,
            state: PurgeState::Destroying,
            epoch_from: epoch,
            epoch_to: None,
            items: counts.values().sum(),
            bytes,
            method: None,
            intent_leaf,
            destroyed_leaf: None,
            completed_leaf: None,
            completed: None,
        })?;
        Ok((id, rows))
    }

    /// Completes a purge whose relay has confirmed, or was given up on: the third entry, which says which, and with it
    /// the certificate. Only now is it known whether the relay's shares are gone as well. How well it was erased, as
    /// letters.
    pub fn complete_purge(&mut self, id: PurgeId) -> Result<String, VaultError> {
        let purge = self.db().purge(id)?;
        if purge.state != PurgeState::Removed {
            return Err(VaultError::WrongState);
        }
        let shares = if self.db().shares_gone(id)? { vec![ledger::Erasure::RelayShare] } else { Vec::new() };
        let completed = What::PurgeCompleted {
            purge: ledger_id(id),
            bytes: purge.bytes,
            relay_confirmed: !self.db().purge_lost_its_relay(id)?,
            outcome: Outcome::Done,
            erasure: shares.clone(),
        };
        let leaf = self.record(Who::Desk, completed)?;
        let method = erasure::letters(&shares) + purge.method.as_deref().unwrap_or_default();
        self.db().set_purge_certified(id, leaf, self.now(), Some(&method))?;
        Ok(method)
    }
}

impl Vault {
    /// Begins several purges in one change.
    pub fn begin_purges(&mut self, now: u64, orders: &[PurgeOrder<'_>]) -> Result<Vec<PurgeId>, VaultError> {
        let begun = self.change(now, |change| {
            orders.iter().map(|order| change.begin_purge(order)).collect::<Result<Vec<_>, VaultError>>()
        })?;
        fault::point("purge.intended");
        Ok(self.remember_named(begun))
    }

    /// Remembers what purges begun in a change named, so that the ledger need not be read again.
    pub fn remember_named(&mut self, begun: Vec<(PurgeId, Vec<RowVersion>)>) -> Vec<PurgeId> {
        let purges = begun.iter().map(|(id, _)| *id).collect();
        self.named.extend(begun);
        purges
    }

    /// Destroys the keys of every purge that was begun, in one rotation, and records it. When this returns, nothing
    /// on this disk opens what they named.
    pub fn destroy_keys(&mut self, now: u64) -> Result<Vec<PurgeId>, VaultError> {
        let purges = self.db().purges_at(PurgeState::Destroying)?;
        if purges.is_empty() {
            return Ok(Vec::new());
        }
        let mut named = Vec::with_capacity(purges.len());
        for purge in &purges {
            named.push(self.named_rows(*purge)?);
        }
        let drop: HashSet<RowVersion> = named.iter().flatten().copied().collect();
        // After a crash the rotation may have happened and only its record be missing.
        if drop.iter().any(|row| self.keys.contains(*row)) || self.epoch() == purges_from(&purges) {
            self.keys.rotate(&*self.rng, &drop)?;
        }
        self.keys.finish_rotation(&*self.rng)?;
        let erased = vec![erasure::class_of(&self.layout.keys())];
        let (epoch, method) = (self.epoch(), erasure::letters(&erased));
        self.change(now, |change| {
            let mut recorded = Vec::with_capacity(purges.len());
            for (purge, rows) in purges.iter().zip(&named) {
                let destroyed = What::KeysDestroyed {
                    purge: ledger_id(purge.id),
                    epoch,
                    dropped: u32::try_from(rows.len()).unwrap_or(u32::MAX),
                    erasure: erased.clone(),
                };
                recorded.push((*purge, change.record(Who::Desk, destroyed)?));
            }
            change.db().set_purges_recorded(epoch, &method, recorded)
        })?;
        fault::point("purge.recorded");
        Ok(purges.iter().map(|purge| purge.id).collect())
    }

    /// Removes the rows and the ciphertext of every recorded purge, tells the relay, and empties the write-ahead log.
    /// Interrupted, it is simply done again.
    pub fn remove_bytes(&mut self, now: u64) -> Result<(), VaultError> {
        let recorded = self.db().purges_at(PurgeState::Recorded)?;
        if recorded.is_empty() {
            return Ok(());
        }
        self.keys.remove_old_keyrings()?;
        let mut blobs: Vec<BlobName> = Vec::new();
        let mut named = Vec::with_capacity(recorded.len());
        for purge in &recorded {
            named.push(self.named_rows(*purge)?);
            for held in self.db().holdings_of(purge.id)? {
                let parts = self.db().parts(held.box_id)?;
                blobs.extend(parts.iter().filter(|part| part.class == held.class).map(|part| part.blob));
            }
        }
        self.blobs().remove(&blobs)?;
        fault::point("purge.blobs-removed");
        self.change(now, |change| {
            let db = change.db();
            for (purge, rows) in recorded.iter().zip(&named) {
                db.delete_sealed_rows(rows)?;
                db.set_holdings_gone(purge.id)?;
                let mut boxes = HashSet::new();
                for held in db.holdings_of(purge.id)? {
                    db.delete_parts(held.box_id, held.class)?;
                    boxes.insert(held.box_id);
                }
                for id in boxes {
                    finish_round(db, id, purge.id, now)?;
                }
                db.set_purge_state(purge.id, PurgeState::Removed)?;
            }
            Ok::<_, VaultError>(())
        })?;
        for purge in &recorded {
            self.named.remove(&purge.id);
        }
        fault::point("purge.bytes-removed");
        db::checkpoint(&self.db)
    }

    /// Completes a purge by itself, see [`Change::complete_purge`].
    pub fn complete_purge(&mut self, id: PurgeId, now: u64) -> Result<(), VaultError> {
        self.change(now, |change| change.complete_purge(id))?;
        fault::point("purge.certified");
        Ok(())
    }

    /// The certificate of a purge, as JSON: its three entries, a proof each, and the signed head as it stands.
    pub fn certificate(&self, id: PurgeId) -> Result<String, VaultError> {
        let purge = self.db().purge(id)?;
        let (Some(destroyed), Some(completed)) = (purge.destroyed_leaf, purge.completed_leaf) else {
            return Err(VaultError::WrongState);
        };
        let size = self.ledger_size();
        let proven = |index| {
            let leaf = LeafBytes::parse(&self.ledger.leaf(index)?).map_err(|_| VaultError::LedgerDamaged)?;
            Proven::new(&leaf, index, self.ledger.nodes(), size).ok_or(VaultError::LedgerDamaged)
        };
        let certificate = Certificate::build(
            proven(purge.intent_leaf)?,
            proven(destroyed)?,
            proven(completed)?,
            self.checkpoint(),
            &self.verifying_key(),
        )
        .map_err(|error| {
            tracing::error!(%error, "a certificate did not verify");
            VaultError::LedgerDamaged
        })?;
        certificate.to_json().map_err(|_| VaultError::Internal("certificate"))
    }

    /// The rows that a purge's intent names.
    fn named_rows(&self, purge: PurgeHead) -> Result<Vec<RowVersion>, VaultError> {
        self.named.get(&purge.id).map_or_else(|| named_in(&self.ledger, purge), |rows| Ok(rows.clone()))
    }
}

/// The rows that the intent of a purge names in the ledger.
pub(crate) fn named_in(ledger: &LedgerFile, purge: PurgeHead) -> Result<Vec<RowVersion>, VaultError> {
    let leaf = ledger.leaf(purge.intent_leaf)?;
    let leaf = Leaf::parse(&leaf).map_err(|_| VaultError::LedgerDamaged)?;
    match leaf.entry.known().map(|body| &body.what) {
        Some(What::PurgeIntent { purge: named, rows, .. }) if *named == ledger_id(purge.id) => {
            Ok(rows.iter().map(|row| RowVersion::from_bytes(*row.as_bytes())).collect())
        }
        _ => Err(VaultError::LedgerDamaged),
    }
}

/// With its last class a round is over: what described the submission goes, the relay is told, and the status page
/// has its end.
fn finish_round(db: Db<'_>, id: BoxId, purge: PurgeId, now: u64) -> Result<(), VaultError> {
    if db.holdings(id)?.iter().any(|held| held.state != HoldingState::Gone) {
        return Ok(());
    }
    let round = db.round(id)?;
    db.forget_submission(id)?;
    if round.way == Way::Desk {
        // It had no link: there is no page, and no relay to tell.
        return db.set_round_state(id, RoundState::Purged);
    }
    db.set_status_end(id, Some(now + limits::STATUS_AFTER_END))?;
    // A link that ended without a submission keeps saying how it ended.
    if !matches!(round.state, RoundState::Expired | RoundState::Revoked) {
        db.set_round_state(id, RoundState::Purged)?;
        db.tell(id, &Message::Purged { purge })?;
    }
    Ok(())
}

/// The epoch in which the newest of these purges was begun.
fn purges_from(purges: &[PurgeHead]) -> u64 {
    purges.iter().map(|purge| purge.epoch_from).max().unwrap_or(0)
}

fn ledger_id(id: PurgeId) -> Id {
    Id::from_bytes(*id.as_bytes())
}

fn ledger_class(class: DataClass) -> Class {
    match class {
        DataClass::Identity => Class::Identity,
        DataClass::Payment => Class::Payment,
        DataClass::General => Class::General,
    }
}

fn code(text: &str) -> Result<Code, VaultError> {
    text.parse().map_err(|_| VaultError::Internal("code"))
}

fn ticket_ref(text: &str) -> Result<TicketRef, VaultError> {
    text.parse().map_err(|_| VaultError::Internal("ticket reference"))
}
