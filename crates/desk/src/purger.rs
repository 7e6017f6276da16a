//! Destroying what is due: at once for the first, shared by those that come within the next quarter of a second,
//! tried again until it is done. Works while locked, and first of all at start-up.

use crate::{
    Desk, DeskError,
    helpdesks::{Standings, helpdesk_of},
    history::certificate_number,
    notes,
    tickets::term,
};
use seal::note::Says;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;
use vault::{
    PurgeId, PurgeOrder, Vault, VaultError,
    tables::{
        helpdesk::HelpdeskRow,
        holding::HoldingRow,
        purge::{PurgeRow, PurgeState},
        round::RoundState,
        ticket_note::TicketSays,
    },
};
use wire::{BoxId, DataClass};

/// Purges that come this soon after a rotation share the next one.
const SHARED: Duration = Duration::from_millis(250);
/// Waits between tries when the disk does not let it happen.
const RETRY: Duration = Duration::from_secs(2);
/// Retention time is written down this often, in seconds, where nothing else is.
const KEEP_TIME: u64 = 300;
/// Classes of rounds in one ledger entry.
const AT_ONCE: usize = 1_000;
/// Retention time that is this far ahead of the time awake, in seconds: the machine slept.
const SLEPT: u64 = 60;
/// The longest sleep: clocks are set, machines sleep.
const LOOK: Duration = Duration::from_secs(15);

impl Desk {
    /// The machine woke up or its clock was set: what is due by now is dealt with at once, not at the next look.
    pub fn wake(&self) {
        self.inner.purge_bell.notify_one();
    }

    pub(crate) async fn run_purger(&self) {
        let (mut awake, mut known) = (Instant::now(), self.now());
        loop {
            let begun = Instant::now();
            let now = self.now();
            if now.saturating_sub(known) > begun.saturating_duration_since(awake).as_secs() + SLEPT {
                // Before anything is destroyed by what a helpdesk said before that, it is asked again.
                self.inner.helpdesks.woke();
                self.inner.helpdesk_bell.notify_one();
            }
            (awake, known) = (begun, now);
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
        let desk = self.clone();
        let destroyed =
            self.vault(move |vault, now| Ok((destroy_due(vault, now, &desk.inner.helpdesks)?, now))).await;
        // Whoever waits for an acknowledgement has it before the bytes are dealt with.
        self.tell_news();
        let (waits, looked) = destroyed?;
        self.sweep_shares().await?;
        self.warn_of_unseen().await?;
        let next = self
            .vault(move |vault, now| {
                vault.remove_bytes(now)?;
                let completed = complete(vault, now);
                // Retention time is kept also by a desk where nothing else changes.
                if now >= vault.db().time_high()? + KEEP_TIME {
                    vault.change(now, |_| Ok::<_, VaultError>(()))?;
                }
                completed?;
                // What waits for a helpdesk is looked at again when that has answered, and now and then.
                let next = vault.db().next_due(if waits { looked } else { 0 })?;
                Ok(next.map_or(LOOK, |next| Duration::from_secs(next.saturating_sub(now)).min(LOOK)))
            })
            .await;
        self.inner.outbox_bell.notify_one();
        self.inner.helpdesk_bell.notify_one();
        next
    }

    /// Waits until the keys a purge named are destroyed and that is in the ledger. An error says that it is not done
    /// yet; it goes on nevertheless.
    pub async fn wait_recorded(&self, purge: PurgeId) -> Result<(), DeskError> {
        let mut news = self.news();
        loop {
            if self.purge_state(purge).await? != PurgeState::Destroying {
                return Ok(());
            }
            if self.inner.troubles.list().iter().any(|trouble| trouble.about == "purge") {
                // The very error: what happened, and that it goes on by itself.
                let tried = self.purge_due().await;
                if self.purge_state(purge).await? != PurgeState::Destroying {
                    return Ok(());
                }
                tried?;
            }
            self.changed(&mut news).await?;
        }
    }

    async fn purge_state(&self, purge: PurgeId) -> Result<PurgeState, DeskError> {
        self.vault(move |vault, _| Ok(vault.db().purge(purge)?.state)).await
    }

    /// Waits until a purge is certified: keys, bytes, relay.
    pub async fn wait_certified(&self, purge: PurgeId) -> Result<(), DeskError> {
        let mut news = self.news();
        loop {
            if self.purge_state(purge).await? == PurgeState::Certified {
                return Ok(());
            }
            self.changed(&mut news).await?;
        }
    }
}

/// Begins what is due and destroys the keys of all that is begun. Returns whether something waits for a helpdesk.
pub(crate) fn destroy_due(vault: &mut Vault, now: u64, asked: &Standings) -> Result<bool, DeskError> {
    let begun = begin_due(vault, now, asked);
    // One that cannot be begun does not keep the others' keys.
    vault.destroy_keys(now)?;
    begun
}

/// One purge per ticket and rule, so that each has a certificate of its own.
fn begin_due(vault: &mut Vault, now: u64, asked: &Standings) -> Result<bool, DeskError> {
    let mut orders: BTreeMap<(String, String), Order> = BTreeMap::new();
    let helpdesks = vault.db().helpdesks()?;
    let mut waits = false;
    for held in vault.db().due_holdings(now)? {
        let round = vault.db().round(held.box_id)?;
        let request = vault.db().request(round.request)?;
        let last = term(&held, round.arrived.unwrap_or(round.opened));
        if now < last && waits_for_helpdesk(vault, &helpdesks, &held, &request.ticket, asked)? {
            waits = true;
            continue;
        }
        let rule = held.rule.unwrap_or_else(|| "term".to_owned());
        let order = orders.entry((request.ticket, rule)).or_default();
        order.due = order.due.min(held.due.unwrap_or(now));
        order.targets.push((held.box_id, held.class));
    }
    let mut ready = Vec::new();
    for ((ticket, rule), order) in &orders {
        // A ledger entry names every row, and has a longest length.
        for targets in order.targets.chunks(AT_ONCE) {
            ready.push(purge_order(ticket, rule, order.due, targets.to_vec(), Vec::new()));
        }
    }
    for ended in vault.db().rounds_past_status(now)?.chunks(AT_ONCE) {
        ready.push(purge_order("-", "status-ended", now, Vec::new(), ended.to_vec()));
    }
    if ready.is_empty() {
        return Ok(waits);
    }
    if begin(vault, now, &ready).is_err() {
        // Whichever of them cannot be begun is said; the others are begun.
        let mut first_error = None;
        for order in &ready {
            if let Err(error) = begin(vault, now, std::slice::from_ref(order)) {
                first_error = first_error.or(Some(error));
            }
        }
        return first_error.map_or(Ok(waits), Err);
    }
    Ok(waits)
}

/// Whether what ends by its helpdesk's word, heard some time ago, waits until that was asked once more: the ticket may
/// have been opened again while this machine slept.
fn waits_for_helpdesk(
    vault: &Vault,
    helpdesks: &[HelpdeskRow],
    held: &HoldingRow,
    ticket: &str,
    asked: &Standings,
) -> Result<bool, VaultError> {
    if !matches!(held.rule.as_deref(), Some("ticket-solved" | "ticket-closed")) {
        return Ok(false);
    }
    let Some(row) = helpdesk_of(helpdesks, ticket).filter(|row| row.setup.is_some() && !row.paused) else {
        return Ok(false);
    };
    let due = held.due.max(held.held_until).unwrap_or(0);
    Ok(!vault.db().ticket(ticket)?.by_hand && asked.holds_back(row.id, due))
}

struct Order {
    due: u64,
    targets: Vec<(BoxId, DataClass)>,
}

impl Default for Order {
    fn default() -> Self {
        Self { due: u64::MAX, targets: Vec::new() }
    }
}

fn purge_order<'a>(
    ticket: &'a str,
    rule: &'a str,
    due: u64,
    targets: Vec<(BoxId, DataClass)>,
    status_ended: Vec<BoxId>,
) -> PurgeOrder<'a> {
    PurgeOrder { ticket, rule, person: None, due, targets, status_ended }
}

fn begin(vault: &mut Vault, now: u64, orders: &[PurgeOrder<'_>]) -> Result<(), DeskError> {
    let begun = vault.change(now, |change| {
        let mut begun = Vec::new();
        for order in orders {
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

/// Completes purges of which the relay owes nothing any more, and only then tells the customers. One that does not
/// succeed keeps no other waiting.
fn complete(vault: &mut Vault, now: u64) -> Result<(), DeskError> {
    let mut first_error = None;
    for purge in vault.db().unfinished_purges()? {
        if purge.state == PurgeState::Removed
            && let Err(error) = complete_one(vault, &purge, now)
        {
            first_error = first_error.or(Some(error));
        }
    }
    first_error.map_or(Ok(()), Err)
}

fn complete_one(vault: &mut Vault, purge: &PurgeRow, now: u64) -> Result<(), DeskError> {
    let boxes = boxes_of(vault, purge)?;
    for id in &boxes {
        // Something of it is still at the relay, or was never fetched from there; what was withdrawn before it was
        // fetched, the relay is told of once the last of it is gone here.
        let state = vault.db().round(*id)?.state;
        if vault.db().relay_owes(*id)? || state.awaits() || state == RoundState::Withdrawn {
            return Ok(());
        }
    }
    let number = certificate_number(purge.id);
    let checkpoint = vault.checkpoint();
    vault.change(now, |change| {
        let method = change.complete_purge(purge.id)?;
        let mut told = false;
        for id in &boxes {
            let round = change.db().round(*id)?;
            // A link that brought nothing in was revoked or ran out; nothing of it was deleted.
            let held_something = round.arrived.is_some() || round.state == RoundState::Purged;
            if held_something {
                if !told {
                    let ticket = change.db().request(round.request)?.ticket;
                    crate::helpdesks::tell_helpdesk(change, &ticket, TicketSays::Deleted, Some(&number))?;
                    told = true;
                }
                let said = notes::write(
                    change,
                    *id,
                    Says::Deleted {
                        classes: classes_of(change, purge.id, *id)?,
                        certificate: number.clone(),
                        method: method.clone(),
                        checkpoint: Some(checkpoint.clone()),
                    },
                );
                match said {
                    // The status page ended before the relay confirmed: there is nobody left to tell.
                    Ok(()) | Err(VaultError::NotFound) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            crate::shelves::reshelve(change, round.request)?;
        }
        Ok::<_, DeskError>(())
    })?;
    vault::fault::point("purge.certified");
    Ok(())
}

/// What of a box a purge destroyed: the rest of it may live on.
fn classes_of(change: &vault::Change<'_>, purge: PurgeId, id: BoxId) -> Result<Vec<DataClass>, DeskError> {
    let held = change.db().holdings_of(purge)?;
    Ok(held.into_iter().filter(|held| held.box_id == id).map(|held| held.class).collect())
}

fn boxes_of(vault: &Vault, purge: &PurgeRow) -> Result<Vec<BoxId>, DeskError> {
    let mut boxes: Vec<_> = vault.db().holdings_of(purge.id)?.into_iter().map(|held| held.box_id).collect();
    boxes.dedup();
    Ok(boxes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::Template;

    /// The card was destroyed while the relay could not be reached, and the rest is withdrawn before anything was
    /// fetched: until that is gone too, nobody told the relay to let go of the card.
    #[tokio::test]
    async fn a_purge_is_not_complete_while_the_relay_holds_what_was_withdrawn_unfetched() {
        let folder = tempfile::tempdir().unwrap();
        let (desk, link) = crate::played::asked(folder.path(), Template::IdAndCard).await;
        let id = link.box_id;
        let states = desk.vault(move |vault, now| {
            let mut states = Vec::new();
            vault.change(now, |change| change.db().set_round_state(id, RoundState::Sent))?;
            let card = PurgeOrder {
                ticket: "#1",
                rule: "charged",
                person: None,
                due: now,
                targets: vec![(id, DataClass::Payment)],
                status_ended: Vec::new(),
            };
            let purge = vault.begin_purges(now, std::slice::from_ref(&card))?[0];
            vault.destroy_keys(now)?;
            vault.remove_bytes(now)?;
            for state in [RoundState::Sent, RoundState::Withdrawn, RoundState::Collected] {
                vault.change(now, |change| change.db().set_round_state(id, state))?;
                complete(vault, now)?;
                states.push(vault.db().purge(purge)?.state);
            }
            Ok(states)
        });
        let states = states.await.unwrap();
        assert_eq!(states, [PurgeState::Removed, PurgeState::Removed, PurgeState::Certified]);
        desk.close().await;
    }
}
