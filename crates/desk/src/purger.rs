//! Destroying what is due: at once for the first, shared by those that come within the next quarter of a second,
//! tried again until it is done. Works while locked, and first of all at start-up.

use crate::{Desk, DeskError, history::certificate_number, notes};
use seal::note::Says;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;
use vault::{
    PurgeId, PurgeOrder, Vault,
    tables::{
        purge::{PurgeRow, PurgeState},
        round::RoundState,
    },
};

/// Purges that come this soon after a rotation share the next one.
const SHARED: Duration = Duration::from_millis(250);
/// Waits between tries when the disk does not let it happen.
const RETRY: Duration = Duration::from_secs(2);
/// The longest sleep: clocks are set, machines sleep.
const LOOK: Duration = Duration::from_secs(15);

impl Desk {
    /// The machine woke up or its clock was set: what is due by now is dealt with at once, not at the next look.
    pub fn wake(&self) {
        self.inner.purge_bell.notify_one();
    }

    pub(crate) async fn run_purger(&self) {
        loop {
            let begun = Instant::now();
            let wait = match self.purge_due().await {
                Ok(next) => {
                    self.inner.troubles.clear("purge", "");
                    next
                }
                Err(error) => {
                    // Loud, and tried again: what is due stays due.
                    self.inner.troubles.set("purge", "", &error);
                    RETRY
                }
            };
            self.tell_news();
            tokio::select! {
                () = self.inner.purge_bell.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
            tokio::time::sleep_until(begun + SHARED).await;
        }
    }

    /// Begins what is due, destroys the keys of all that is begun, removes bytes, completes what the relay confirmed.
    /// Returns how long to sleep.
    pub(crate) async fn purge_due(&self) -> Result<Duration, DeskError> {
        let wait = self
            .vault(|vault, now| {
                begin_due(vault, now)?;
                vault.destroy_keys(now)?;
                Ok(())
            })
            .await;
        // Whoever waits for an acknowledgement has it before the bytes are dealt with.
        self.tell_news();
        wait?;
        let next = self
            .vault(|vault, now| {
                vault.remove_bytes(now)?;
                complete(vault, now)?;
                let next = vault.db().next_due()?;
                Ok(next.map_or(LOOK, |next| Duration::from_secs(next.saturating_sub(now)).min(LOOK)))
            })
            .await?;
        self.inner.outbox_bell.notify_one();
        Ok(next)
    }

    /// Waits until the keys a purge named are destroyed and that is in the ledger. An error says that it is not done
    /// yet; it goes on nevertheless.
    pub async fn wait_recorded(&self, purge: PurgeId) -> Result<(), DeskError> {
        let mut news = self.news();
        loop {
            let row = self.vault(move |vault, _| Ok(vault.db().purge(purge)?)).await?;
            if row.state != PurgeState::Destroying {
                return Ok(());
            }
            if self.inner.troubles.list().iter().any(|trouble| trouble.about == "purge") {
                // The very error: what happened, and that it goes on by itself.
                return Err(self.purge_due().await.err().unwrap_or(DeskError::TooLate));
            }
            news.changed().await.map_err(|_| DeskError::Closing)?;
        }
    }

    /// Waits until a purge is certified: keys, bytes, relay.
    pub async fn wait_certified(&self, purge: PurgeId) -> Result<(), DeskError> {
        let mut news = self.news();
        loop {
            let row = self.vault(move |vault, _| Ok(vault.db().purge(purge)?)).await?;
            if row.state == PurgeState::Certified {
                return Ok(());
            }
            news.changed().await.map_err(|_| DeskError::Closing)?;
        }
    }
}

/// One purge per ticket and rule, so that each has a certificate of its own.
fn begin_due(vault: &mut Vault, now: u64) -> Result<(), DeskError> {
    let due = vault.db().due_holdings(now)?;
    let mut orders: BTreeMap<(String, String), PurgeOrder<'static>> = BTreeMap::new();
    let mut keyed: Vec<((String, String), u64, wire::BoxId, wire::DataClass)> = Vec::new();
    for held in due {
        let request = vault.db().request(vault.db().round(held.box_id)?.request)?;
        let rule = held.rule.unwrap_or_else(|| "term".to_owned());
        keyed.push(((request.ticket, rule), held.due.unwrap_or(now), held.box_id, held.class));
    }
    for (key, due, id, class) in keyed {
        let order = orders.entry(key).or_insert_with(|| PurgeOrder {
            ticket: "",
            rule: "",
            person: None,
            due,
            targets: Vec::new(),
            status_ended: Vec::new(),
        });
        order.due = order.due.min(due);
        order.targets.push((id, class));
    }
    let mut ready: Vec<PurgeOrder<'_>> =
        orders.iter().map(|((ticket, rule), order)| PurgeOrder { ticket, rule, ..order.clone() }).collect();
    let ended = vault.db().rounds_past_status(now)?;
    if !ended.is_empty() {
        ready.push(PurgeOrder {
            ticket: "-",
            rule: "status-ended",
            person: None,
            due: now,
            targets: Vec::new(),
            status_ended: ended,
        });
    }
    if ready.is_empty() {
        return Ok(());
    }
    let begun = vault.change(now, |change| {
        let mut begun = Vec::new();
        for order in &ready {
            begun.push(change.begin_purge(order)?);
            for id in &order.status_ended {
                change.db().set_status_end(*id, None)?;
            }
            for (id, _) in &order.targets {
                let request = change.db().round(*id)?.request;
                crate::shelves::reshelve(change, request)?;
            }
        }
        Ok::<_, DeskError>(begun)
    })?;
    vault::fault::point("purge.intended");
    vault.remember_named(begun);
    Ok(())
}

/// Completes purges of which the relay owes nothing any more, and only then tells the customers.
fn complete(vault: &mut Vault, now: u64) -> Result<(), DeskError> {
    for purge in vault.db().unfinished_purges()? {
        if purge.state != PurgeState::Removed {
            continue;
        }
        let boxes = boxes_of(vault, &purge)?;
        let mut owed = false;
        for id in &boxes {
            owed |= vault.db().relay_owes(*id)?;
        }
        if owed {
            continue;
        }
        let (number, method) = (certificate_number(purge.id), purge.method.clone().unwrap_or_default());
        let checkpoint = vault.checkpoint();
        vault.change(now, |change| {
            change.complete_purge(purge.id)?;
            for id in &boxes {
                let round = change.db().round(*id)?;
                // A link that brought nothing in was revoked or ran out; nothing of it was deleted.
                let held_something = round.arrived.is_some() || round.state == RoundState::Purged;
                if held_something {
                    notes::write(
                        change,
                        *id,
                        Says::Deleted {
                            classes: classes_of(change, purge.id, *id)?,
                            certificate: number.clone(),
                            method: method.clone(),
                            checkpoint: Some(checkpoint.clone()),
                        },
                    )?;
                }
                crate::shelves::reshelve(change, round.request)?;
            }
            Ok::<_, DeskError>(())
        })?;
        vault::fault::point("purge.certified");
    }
    Ok(())
}

/// What of a box a purge destroyed: the rest of it may live on.
fn classes_of(
    change: &vault::Change<'_>,
    purge: PurgeId,
    id: wire::BoxId,
) -> Result<Vec<wire::DataClass>, DeskError> {
    let held = change.db().holdings_of(purge)?;
    Ok(held.into_iter().filter(|held| held.box_id == id).map(|held| held.class).collect())
}

fn boxes_of(vault: &Vault, purge: &PurgeRow) -> Result<Vec<wire::BoxId>, DeskError> {
    let mut boxes: Vec<_> = vault.db().holdings_of(purge.id)?.into_iter().map(|held| held.box_id).collect();
    boxes.dedup();
    Ok(boxes)
}
