//! Rounds: made with their keys, and ended when they hold nothing.

use crate::{
    Desk, DeskError, RelayError, Template, collecting::ledger_box, lines::Line, notes, shares,
    shelves::reshelve,
};
use ledger::What;
use seal::{
    Link, RequestIdentity,
    json::{Hex32, V1},
    note::Says,
    request::{self, Ask as SlotAsk, ClassRecipient, Notice, Request, Retention as Promise, Slot},
    share,
    wrap::{self, Shared},
};
use std::collections::BTreeMap;
use vault::{
    Change, PurgeOrder, RequestId, Vault, VaultError,
    tables::{
        holding::{HoldingRow, HoldingState},
        outbox::Message,
        relay::RelayId,
        remark::RemarkKind,
        round::{RoundRow, RoundState, Way},
        slot::{SlotKind, SlotRow},
    },
};
use wire::{
    BoxId, DataClass, RelayShare,
    api::{BoxLimits, BoxState, ShareDeposit},
    limits,
};

/// What a customer may send, in bytes of their own files.
pub const LIMIT_BYTES: u64 = 100_000_000;
/// Files and cards in one submission; manifests come on top.
const LIMIT_ITEMS: u8 = limits::PARTS_MAX - DataClass::ALL.len() as u8;
/// What the customer is told before sending. A new wording is a new version.
const NOTICE: &str = "What you send is encrypted in your browser for this company alone. Each time it is opened is \
                      recorded. It is deleted on the date shown, and you can have it deleted at any time before.";
const NOTICE_VERSION: &str = "2026-11-1";

/// What a round asks for, and how it comes about.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) template: Template,
    /// Only these slots of the template; all of them where none is named.
    pub(crate) slots: Vec<u8>,
    /// Until then a card is kept as a guarantee, UTC seconds.
    pub(crate) kept_until: Option<u64>,
    pub(crate) way: Way,
    /// The round that was not enough, and why.
    pub(crate) follows: Option<(BoxId, Option<String>)>,
}

impl Plan {
    pub(crate) const fn new(template: Template, kept_until: Option<u64>) -> Self {
        Self { template, slots: Vec::new(), kept_until, way: Way::Link, follows: None }
    }

    /// The same once more.
    pub(crate) fn like(vault: &Vault, round: BoxId, template: Template) -> Result<Self, VaultError> {
        let db = vault.db();
        let slots = db.slots(round)?.iter().map(|slot| slot.slot).collect();
        let kept_until = db.holdings(round)?.iter().find_map(|held| held.kept_until);
        Ok(Self { slots, ..Self::new(template, kept_until) })
    }

    fn asks(&self) -> Vec<Slot> {
        let mut slots = self.template.slots();
        slots.retain(|slot| self.slots.is_empty() || self.slots.contains(&slot.slot));
        slots
    }

    /// How long each class that is asked for lives.
    fn rules(&self) -> Vec<crate::Retention> {
        let asks = self.asks();
        let mut rules = self.template.retention().to_vec();
        rules.retain(|rule| asks.iter().any(|slot| slot.ask.class() == rule.class));
        rules
    }

    fn kept_until(&self, class: DataClass) -> Option<u64> {
        self.kept_until.filter(|_| class == DataClass::Payment)
    }

    /// What the customer is promised of one class. `last`: the latest that anything can arrive.
    fn promise(&self, rule: &crate::Retention, last: u64) -> Promise {
        let kept_until = self.kept_until(rule.class);
        Promise {
            class: rule.class,
            rule: kept_until.map_or_else(
                || rule.rule.to_owned(),
                |until| {
                    format!(
                        "as soon as your card was charged, and no later than 72 hours after {}, until when it is kept \
                         as a guarantee",
                        crate::moment(until)
                    )
                },
            ),
            // And then the whole term.
            until: last.max(kept_until.unwrap_or(0)) + rule.term,
        }
    }
}

/// The rule by which a round goes whose box never counted.
pub(crate) const NOT_OPENED: &str = "not-opened";

/// A round before it is in the vault.
pub(crate) struct Draft {
    pub(crate) plan: Plan,
    pub(crate) link: Link,
    pub(crate) request: Request,
    pub(crate) identities: BTreeMap<DataClass, RequestIdentity>,
    /// The relay it is made on, and what that one is to keep of the keys.
    pub(crate) relay: RelayId,
    pub(crate) shares: BTreeMap<DataClass, RelayShare>,
}

impl Draft {
    /// What the relay is given to keep: until the promise ends, unless the end comes sooner.
    pub(crate) fn deposits(&self) -> Vec<ShareDeposit> {
        let promised = |class| self.request.retention.iter().find(|promise| promise.class == class);
        let deposit = |(class, share): (&DataClass, &RelayShare)| {
            let until = promised(*class)?.until;
            Some(ShareDeposit { class: *class, share: share.clone(), term: until, term_max: until })
        };
        self.shares.iter().filter_map(deposit).collect()
    }
}

/// A purge that a change began, and the rows it named.
pub(crate) type Begun = (vault::PurgeId, Vec<seal::RowVersion>);

impl Desk {
    /// Ends a round that certainly holds nothing, here and at the relay: nobody has its link, or the relay has
    /// confirmed that nothing was accepted through it.
    pub(crate) async fn end_round(
        &self,
        id: BoxId,
        state: RoundState,
        rule: &'static str,
    ) -> Result<(), DeskError> {
        self.vault(move |vault, now| {
            // Meanwhile it may have been sent after all: then it is collected.
            let holds_nothing = match vault.db().round(id)?.state {
                // Where its box counts meanwhile, whoever asked has the link.
                RoundState::Waiting | RoundState::Sending => rule != NOT_OPENED,
                RoundState::Opening => state == RoundState::Revoked,
                _ => false,
            };
            if !holds_nothing {
                return Ok(());
            }
            let begun = vault.change(now, |change| end_round(change, id, state, rule))?;
            vault.remember_named(vec![begun]);
            Ok(())
        })
        .await?;
        self.inner.purge_bell.notify_one();
        self.inner.outbox_bell.notify_one();
        self.tell_news();
        Ok(())
    }

    /// The relay was told to take a link back. It decides what it accepted: taken back, the round's keys go; already
    /// sent, it is collected like any other.
    pub(crate) async fn revoked_at_relay(
        &self,
        id: BoxId,
        answer: Result<(), RelayError>,
    ) -> Result<(), DeskError> {
        match answer {
            Ok(()) | Err(RelayError::NotHere) => self.end_round(id, RoundState::Revoked, "revoked").await,
            Err(RelayError::Refused(wire::ProblemCode::AlreadySent)) => self.was_sent(id).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Rounds whose time is over by the desk's own clock: the relay says whether something was accepted before.
    pub(crate) async fn end_expired(&self, line: &Line) -> Result<(), DeskError> {
        let relay = line.id;
        let expired = self
            .vault(move |vault, now| {
                let db = vault.db();
                let mut ids = db.rounds_expired(relay, RoundState::Waiting, now)?;
                ids.extend(db.rounds_expired(relay, RoundState::Sending, now)?);
                Ok(ids)
            })
            .await?;
        for id in expired {
            match line.client.view(id).await {
                Err(RelayError::NotHere) => self.end_round(id, RoundState::Expired, "expired").await?,
                Ok(view) => match view.state {
                    // A started upload has its lease.
                    BoxState::Waiting | BoxState::Sending => {}
                    BoxState::Sent | BoxState::Collected => self.was_sent(id).await?,
                    BoxState::Expired | BoxState::Revoked | BoxState::Purged => {
                        self.end_round(id, RoundState::Expired, "expired").await?;
                    }
                },
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// A submission was accepted that the desk did not hear of.
    pub(crate) async fn was_sent(&self, id: BoxId) -> Result<(), DeskError> {
        self.vault(move |vault, now| {
            let round = vault.db().round(id)?;
            if !round.state.awaits() {
                return Ok(());
            }
            vault.change(now, |change| {
                change.db().set_round_state(id, RoundState::Sent)?;
                reshelve(change, round.request)
            })?;
            Ok(())
        })
        .await?;
        self.inner.collect_bell.notify_one();
        Ok(())
    }
}

/// Ends a round that holds nothing, within a change.
pub(crate) fn end_round(
    change: &mut Change<'_>,
    id: BoxId,
    state: RoundState,
    rule: &str,
) -> Result<Begun, DeskError> {
    let db = change.db();
    let round = db.round(id)?;
    if !round.state.awaits() {
        return Err(VaultError::WrongState.into());
    }
    let what = match state {
        RoundState::Expired => What::Expired { box_id: ledger_box(id) },
        _ => What::Revoked { box_id: ledger_box(id) },
    };
    change.record(ledger::Who::Desk, what)?;
    db.set_round_state(id, state)?;
    db.set_round_problem(id, None)?;
    let ticket = db.request(round.request)?.ticket;
    let targets = db
        .holdings(id)?
        .iter()
        .filter(|held| held.state == HoldingState::Alive)
        .map(|held| (id, held.class))
        .collect();
    let begun = change.begin_purge(&PurgeOrder {
        ticket: &ticket,
        rule,
        person: None,
        due: change.now(),
        targets,
        status_ended: Vec::new(),
    })?;
    if state == RoundState::Revoked {
        // Told again where the relay confirmed already: the same answer.
        db.tell(id, &Message::Revoke)?;
        notes::write(change, id, Says::Revoked {})?;
    }
    reshelve(change, round.request)?;
    Ok(begun)
}

/// A fresh link and fresh keys, one per class.
pub(crate) fn draft(
    vault: &Vault,
    plan: Plan,
    ticket: &str,
    company: &crate::Company,
    agent: &str,
    now: u64,
) -> Result<Draft, DeskError> {
    let rng = vault.rng();
    let link = Link::make(&*rng).map_err(|_| VaultError::Randomness)?;
    let relay = vault.db().current_relay()?;
    // The relay inside is on this very disk: its part would hold nothing back from whoever has that. What the agent
    // takes in has no box, and nothing is waited for.
    let is_shared = plan.way != Way::Desk && !relay.origin.is_empty() && shares::is_wanted(vault)?;
    let (lifetime, lease) =
        if plan.way == Way::Desk { (0, 0) } else { (plan.template.lifetime(), limits::LEASE_MAX) };
    let expires = now + lifetime;
    let (mut identities, mut shares) = (BTreeMap::new(), BTreeMap::new());
    for retention in plan.rules() {
        let identity = RequestIdentity::make(&*rng).map_err(|_| VaultError::Randomness)?;
        if is_shared {
            shares.insert(retention.class, share::make(&*rng).map_err(|_| VaultError::Randomness)?);
        }
        identities.insert(retention.class, identity);
    }
    let recipients =
        identities.iter().map(|(class, key)| ClassRecipient { class: *class, to: key.recipient() }).collect();
    let request = Request {
        v: V1,
        company: company.name.clone(),
        colour: company.colour.clone().try_into().map_err(|_| DeskError::Settings)?,
        agent: agent.split_whitespace().next().unwrap_or(agent).to_owned(),
        ticket: ticket.to_owned(),
        purpose: plan.template.purpose().to_owned(),
        slots: plan.asks(),
        seen_by: vec![format!("Support agents of {}", company.name)],
        retention: plan.rules().iter().map(|rule| plan.promise(rule, expires + lease)).collect(),
        help: company.help.clone(),
        language: "en".to_owned(),
        limits: BoxLimits { bytes: LIMIT_BYTES, parts: LIMIT_ITEMS },
        opened: now,
        expires,
        recipients,
        ledger_key: vault.verifying_key().to_string(),
        notice: Notice { version: NOTICE_VERSION.to_owned(), hash: Hex32(wire::sha256(NOTICE.as_bytes())) },
    };
    Ok(Draft { plan, link, request, identities, relay: relay.id, shares })
}

/// Writes a round down, its keys first of all.
pub(crate) fn insert_round(
    change: &mut Change<'_>,
    request: RequestId,
    draft: &Draft,
    sealed: &[u8],
    who: ledger::Who,
) -> Result<(), DeskError> {
    let sealing = |_| VaultError::Internal("sealing");
    let (db, now) = (change.db(), change.now());
    let id = draft.link.box_id();
    let number = db.rounds_of(request)?.len() as u32 + 1;
    db.insert_round(&RoundRow {
        box_id: id,
        request,
        number,
        state: RoundState::Opening,
        opened: now,
        expires: draft.request.expires,
        request_hash: request::request_hash(sealed),
        arrived: None,
        looked: None,
        record_hash: None,
        collect_leaf: None,
        problem: None,
        notes: 0,
        status_end: None,
        way: draft.plan.way,
        follows: draft.plan.follows.as_ref().map(|(id, _)| *id),
        why: draft.plan.follows.as_ref().and_then(|(_, why)| why.clone()),
    })?;
    db.set_round_relay(id, draft.relay)?;
    for slot in &draft.request.slots {
        let kind = match slot.ask {
            SlotAsk::Document { .. } => SlotKind::Document,
            SlotAsk::Card { .. } => SlotKind::Card,
            SlotAsk::Text { .. } => SlotKind::Text,
        };
        let row = SlotRow { slot: slot.slot, kind, class: slot.ask.class(), parts: slot.ask.parts() };
        db.insert_slot(id, row)?;
    }
    let rules = draft.plan.rules();
    for (rule, promise) in rules.iter().zip(&draft.request.retention) {
        let identity = draft.identities.get(&rule.class).ok_or(VaultError::Internal("class"))?;
        let recipient = identity.recipient();
        let (generation, class_recipient) = db.class_key(rule.class)?;
        let share = draft.shares.get(&rule.class);
        let wrapped = match share {
            Some(share) => {
                let under = Shared { share, id, class: rule.class };
                wrap::seal_shared(change.rng(), identity, &class_recipient, under)
            }
            None => wrap::seal(identity, &class_recipient),
        };
        let wrapped = wrapped.map_err(sealing)?;
        if share.is_some() {
            db.insert_share(id, rule.class, promise.until, promise.until)?;
        }
        change.insert_wrap(id, rule.class, generation, &wrapped)?;
        db.insert_holding(&HoldingRow {
            box_id: id,
            class: rule.class,
            recipient,
            grace: rule.grace,
            term: rule.term,
            term_max: promise.until,
            // The promise holds whether or not anything is ever collected.
            due: Some(promise.until),
            rule: Some("promise".to_owned()),
            held_until: None,
            purge: None,
            state: HoldingState::Alive,
            kept_until: draft.plan.kept_until(rule.class),
            offered: None,
        })?;
    }
    if draft.plan.way != Way::Desk {
        change.insert_box_keys(&draft.link.box_keys())?;
        let recipients: Vec<_> = draft.request.recipients.iter().map(|entry| &entry.to).collect();
        let kept = draft.link.seal_to(&recipients).map_err(sealing)?;
        change.insert_remark(id, None, RemarkKind::Link, now, &kept)?;
    }
    change.record(
        who,
        What::CreatedRequest {
            request: ledger::Id::from_bytes(*request.as_bytes()),
            box_id: ledger_box(id),
            ticket: draft.request.ticket.parse().map_err(|_| DeskError::Ticket)?,
            classes: rules.iter().map(|rule| crate::collecting::ledger_class(rule.class)).collect(),
            notice: ledger::Notice {
                version: NOTICE_VERSION.to_owned(),
                hash: ledger::Hash::from_bytes(draft.request.notice.hash.0),
            },
        },
    )?;
    Ok(())
}

/// The relay counts ciphertext: room for padding (Padmé: at most 12 %, at least 4 KiB each) and for age's own bytes.
pub(crate) fn relay_limits(own: BoxLimits) -> BoxLimits {
    let each = 2 * 4096 + 2048;
    let padded = own.bytes + own.bytes / 8;
    BoxLimits {
        bytes: limits::age_ciphertext_max(padded) + u64::from(limits::PARTS_MAX) * each,
        parts: limits::PARTS_MAX,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Whoever looks for links that were never opened sees this one a moment before it counts.
    #[tokio::test]
    async fn a_link_that_was_shown_is_not_given_up_as_never_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (desk, link) = crate::played::asked(folder.path(), Template::IdDocument).await;
        desk.end_round(link.box_id, RoundState::Revoked, NOT_OPENED).await.unwrap();
        assert_eq!(state(&desk, link.box_id).await, RoundState::Waiting);
        desk.end_round(link.box_id, RoundState::Revoked, "revoked").await.unwrap();
        assert_ne!(state(&desk, link.box_id).await, RoundState::Waiting);
        desk.close().await;
    }

    async fn state(desk: &Desk, id: BoxId) -> RoundState {
        desk.vault(move |vault, _| Ok(vault.db().round(id)?.state)).await.unwrap()
    }
}
