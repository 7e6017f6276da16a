//! The last look, at what lies on the disks when everything is closed: vault, keys, ledger, certificates, relay.

use super::{
    boxes::{self, Boxes},
    judge,
    world::{APART, World},
};
use crate::{Outcome, ensure, relay_store};
use ledger::{Certificate, Checkpoint, Depth, Leaf, What};
use std::{collections::HashMap, fs};
use vault::{
    Session, Vault, VaultError,
    tables::{holding::HoldingState, inbox::InboxQuery, request::Shelf, round::RoundState},
};
use wire::{DataClass, api::BoxState};

/// What a history came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Rounds made.
    pub rounds: usize,
    /// Submissions the relay accepted.
    pub accepted: usize,
    /// Submissions that came into the vault.
    pub collected: usize,
    /// Purges, each with a certificate that verifies.
    pub purges: usize,
    /// Ledger entries.
    pub entries: usize,
}

/// Looks at the closed vault and the relay's store, and checks that they hold what they may and nothing else.
pub(crate) fn look(world: &World) -> Outcome<Found> {
    let (vault, session) = world.vault()?;
    let boxes = Boxes::look(&world.store())?;
    for relay in vault.db().relays()? {
        let waiting = vault.db().outbox(relay.id, 0, 10)?;
        ensure(waiting.is_empty(), format!("{} messages to the relay were never sent", waiting.len()))?;
    }
    let mut found = Found::default();
    let on = |shelf| InboxQuery { shelf, ticket: None, after: None, limit: 10_000 };
    let mut requests = vault.db().inbox(&on(None))?;
    requests.extend(vault.db().inbox(&on(Some(Shelf::Done)))?);
    for row in requests {
        for round in vault.db().rounds_of(row.id)? {
            found.rounds += 1;
            found.collected += usize::from(round.arrived.is_some());
            keys(&vault, &session, round.box_id)?;
            let at = boxes.at(round.box_id);
            let Some(record) = at.and_then(|at| at.record) else { continue };
            found.accepted += 1;
            let sender = judge::sender_of(&world.book, round.box_id, &record);
            ensure(sender.is_some(), format!("box {}: nobody sent what was accepted", round.box_id))?;
        }
    }
    for known in &world.book.rounds {
        for sender in known.senders.iter().filter(|sender| sender.accepted) {
            let record = boxes.at(known.box_id).map(|at| at.record);
            let theirs = judge::sender_of(&world.book, known.box_id, &record.flatten().unwrap_or_default());
            ensure(
                record.is_none() || theirs == Some(sender.number),
                format!("box {}: a customer was told that it was accepted, and it was not", known.box_id),
            )?;
        }
    }
    shares(world, &vault)?;
    let files = relay_store::files(&world.data_dir().join("blobs"))?;
    let named = vault.db().blobs()?.len();
    ensure(files == named, format!("the vault holds {files} files and knows of {named}"))?;
    let purged = certificates(&vault)?;
    found.purges = purged;
    let checkpoint = vault.checkpoint();
    let key = vault.verifying_key();
    drop(vault);
    let bytes = fs::read(world.data_dir().join("ledger.log"))?;
    ledger::verify_log(&*bytes, &Checkpoint::parse(&checkpoint)?, Some(&key), Depth::Entries)?;
    found.entries = entries(&bytes)?;
    Ok(found)
}

/// Past every promise: nothing is left but that there was something.
pub(crate) fn nothing_left(world: &World) -> Outcome {
    let (vault, _) = world.vault()?;
    let named = vault.db().blobs()?.len();
    ensure(named == 0, format!("{named} files are still in the vault"))?;
    for state in [RoundState::Waiting, RoundState::Sending, RoundState::Sent, RoundState::Collected] {
        let left = vault.db().rounds_in(state)?.len();
        ensure(left == 0, format!("{left} rounds are still {state:?}"))?;
    }
    for at in Boxes::look(&world.store())?.all() {
        let over = matches!(at.state, BoxState::Purged | BoxState::Expired | BoxState::Revoked);
        ensure(over && at.parts == 0, format!("the relay has a box that is {:?}", at.state))?;
    }
    let shares = boxes::shares(&world.store())?.len();
    ensure(shares == 0, format!("the relay still has {shares} shares"))?;
    let files = relay_store::files(&world.store().join("blobs"))?;
    ensure(files == 0, format!("{files} files are still at the relay"))
}

/// Past the end of every status page: no key of any link either, and no box.
pub(crate) fn nobody_knows(world: &World) -> Outcome {
    let (vault, _) = world.vault()?;
    for known in &world.book.rounds {
        ensure(vault.keyed().box_keys(known.box_id).is_err(), "a link's keys outlive its status page")?;
    }
    let boxes = Boxes::look(&world.store())?.all().count();
    ensure(boxes == 0, format!("the relay still knows {boxes} boxes"))
}

/// The relay's part of a key goes with the rest of it, and with its term.
fn shares(world: &World, vault: &Vault) -> Outcome {
    for share in boxes::shares(&world.store())? {
        let held = vault.db().holdings(share.id)?;
        let lives = held.iter().any(|held| held.class == share.class && held.state == HoldingState::Alive);
        ensure(lives, format!("box {}: the relay's part outlives what it was for", share.id))?;
        ensure(share.term + APART > world.now(), format!("box {}: a share outlives its term", share.id))?;
    }
    Ok(())
}

/// What lives opens for who may; what is gone opens for nobody.
fn keys(vault: &Vault, session: &Session, id: wire::BoxId) -> Outcome {
    for held in vault.db().holdings(id)? {
        let key = vault.request_identity(session, id, held.class);
        // One that needs the relay's part is there.
        let opens = matches!(key, Ok(_) | Err(VaultError::NeedsShare));
        let lives = held.state == HoldingState::Alive;
        let class: DataClass = held.class;
        ensure(
            opens == lives,
            format!("box {id}: {class:?} is {:?}, and a key for it: {opens}", held.state),
        )?;
    }
    Ok(())
}

fn certificates(vault: &Vault) -> Outcome<usize> {
    let key = vault.verifying_key();
    let purges = vault.db().purges(None, 10_000)?;
    for purge in &purges {
        let certificate = vault.certificate(purge.id)?;
        Certificate::parse(certificate.as_bytes())?.verify(Some(&key))?;
    }
    Ok(purges.len())
}

/// Intent before each act that destroys or reveals, outcome after it.
fn entries(bytes: &[u8]) -> Outcome<usize> {
    let mut purges: HashMap<[u8; 16], u8> = HashMap::new();
    let mut looks: HashMap<([u8; 16], u8), i64> = HashMap::new();
    let mut count = 0;
    for leaf in ledger::leaves(bytes) {
        let leaf = Leaf::parse(leaf?)?;
        let body = leaf.entry.known().ok_or("an entry that nobody knows")?;
        count += 1;
        match &body.what {
            What::PurgeIntent { purge, .. } => {
                ensure(purges.insert(*purge.as_bytes(), 1).is_none(), "a purge was begun twice")?;
            }
            What::KeysDestroyed { purge, .. } => {
                let before = purges.insert(*purge.as_bytes(), 2);
                ensure(before == Some(1), "keys were destroyed without an intent, or twice")?;
            }
            What::PurgeCompleted { purge, relay_confirmed, .. } => {
                let before = purges.insert(*purge.as_bytes(), 3);
                ensure(before == Some(2) && *relay_confirmed, "a purge was completed before it was done")?;
            }
            What::RevealedIntent { box_id, slot, .. } => {
                *looks.entry((*box_id.as_bytes(), *slot)).or_default() += 1;
            }
            What::Revealed { box_id, slot, .. } => {
                let open = looks.entry((*box_id.as_bytes(), *slot)).or_default();
                *open -= 1;
                ensure(*open >= 0, "something was shown before the ledger said so")?;
            }
            What::Alarm { code } => return Err(format!("an alarm: {code:?}").into()),
            What::Problem { code, .. } => return Err(format!("what was sent was not taken: {code:?}").into()),
            _ => {}
        }
    }
    let unfinished = purges.values().filter(|step| **step != 3).count();
    ensure(unfinished == 0, format!("{unfinished} purges were begun and not completed"))?;
    Ok(count)
}
