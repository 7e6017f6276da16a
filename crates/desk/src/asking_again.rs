//! *Ask again*: the next round of a request, with a reason; the customer finds it on the page they already have.
//!
//! Its link stands in a note of the round before, sealed as every note is: whoever holds that round's link reads it.
//! The desk keeps what seals notes, so the old link itself is not needed.

use crate::{
    Desk, DeskError, NewLink, Template,
    collecting::ledger_box,
    notes,
    requests::Follows,
    rounds::{Begun, NOT_OPENED, Plan, draft, insert_round},
};
use ledger::What;
use seal::note::{NextLink, Says};
use vault::{
    Change, Db, PurgeOrder, RequestId, Session, Vault, VaultError,
    tables::{
        holding::HoldingState,
        round::{RoundRow, RoundState, Way},
    },
};
use wire::{BoxId, DataClass};

/// Why something is asked for again, by the policy's codes.
pub const AGAIN_REASONS: [&str; 6] = ["blurry", "cut-off", "wrong-side", "expired", "glare", "photocopy"];
/// In the ledger, where no reason was given.
const NO_REASON: &str = "not-said";

/// What is asked for again.
#[derive(Debug, Clone)]
pub struct AskAgain {
    /// Of which request.
    pub request: RequestId,
    /// Which of its slots; all where none is named.
    pub slots: Vec<u8>,
    /// Why, one of [`AGAIN_REASONS`].
    pub reason: Option<String>,
    /// Whether what was sent before is destroyed. Otherwise it stays until its own rule.
    pub destroy: bool,
}

/// What the change that makes the new round count does to the one before.
pub(crate) struct Again {
    before: BoxId,
    reason: Option<String>,
    slots: Vec<u8>,
    /// What of earlier rounds is destroyed.
    destroy: Vec<(BoxId, DataClass)>,
    who: ledger::Who,
    person: seal::PersonId,
}

impl Desk {
    /// Opens the next round of a request. Nothing of what was sent before is touched until the new link exists.
    pub async fn ask_again(&self, again: AskAgain) -> Result<NewLink, DeskError> {
        if again.reason.as_deref().is_some_and(|reason| !AGAIN_REASONS.contains(&reason)) {
            return Err(DeskError::Reason);
        }
        let session = self.session()?;
        let company = self.company().await?;
        let desk = self.clone();
        let request = again.request;
        let (draft, sealed, follows, opening) = self
            .vault(move |vault, now| {
                let row = vault.db().request(request)?;
                let (plan, follows) = prepare(vault, &session, again, &row.template)?;
                let draft = draft(vault, plan, &row.ticket, &company, session.name(), now)?;
                let sealed = draft
                    .request
                    .seal(&*vault.rng(), &draft.link)
                    .map_err(|_| VaultError::Internal("request"))?;
                let opening = desk.opening(draft.link.box_id());
                vault.change(now, |change| insert_round(change, request, &draft, &sealed, session.who()))?;
                vault::fault::point("request.durable");
                Ok((draft, sealed, follows, opening))
            })
            .await?;
        let desk = self.clone();
        tokio::spawn(async move {
            desk.open_box(request, draft, sealed, Some(Follows::Again(follows)), opening).await
        })
        .await
        .map_err(|_| DeskError::Closing)?
    }
}

fn prepare(
    vault: &Vault,
    session: &Session,
    again: AskAgain,
    template: &str,
) -> Result<(Plan, Again), DeskError> {
    let db = vault.db();
    let template = Template::from_code(template).ok_or(VaultError::WrongState)?;
    let rounds = db.rounds_of(again.request)?;
    let busy = |round: &RoundRow| round.state.awaits() && round.problem.is_none();
    if rounds.iter().any(busy) {
        return Err(DeskError::StillWaits);
    }
    let mut before = None;
    for round in rounds.iter().rev() {
        if has_page(db, round)? {
            before = Some(round);
            break;
        }
    }
    // What was only ever taken in at the desk has no page on which the customer could find it; its round is followed
    // all the same, so that the history holds together.
    let before = before.or_else(|| rounds.last()).ok_or(VaultError::WrongState)?;
    let asks = template.slots();
    let mut slots = again.slots;
    if slots.is_empty() {
        slots = asks.iter().map(|slot| slot.slot).collect();
    }
    slots.sort_unstable();
    slots.dedup();
    if slots.iter().any(|slot| asks.iter().all(|asked| asked.slot != *slot)) {
        return Err(DeskError::NotAsked);
    }
    let classes: Vec<DataClass> =
        asks.iter().filter(|asked| slots.contains(&asked.slot)).map(|asked| asked.ask.class()).collect();
    let (mut destroy, mut kept_until) = (Vec::new(), None);
    for round in &rounds {
        for held in db.holdings(round.box_id)? {
            kept_until = held.kept_until.or(kept_until);
            if again.destroy && classes.contains(&held.class) && held.state == HoldingState::Alive {
                destroy.push((round.box_id, held.class));
            }
        }
    }
    let plan = Plan {
        template,
        slots: slots.clone(),
        kept_until,
        way: Way::Link,
        follows: Some((before.box_id, again.reason.clone())),
    };
    let (who, person) = (session.who(), session.person());
    Ok((plan, Again { before: before.box_id, reason: again.reason, slots, destroy, who, person }))
}

/// The new round counts: its link goes into a note of the one before, and what is to be destroyed is.
pub(crate) fn pass_on(
    change: &mut Change<'_>,
    again: &Again,
    round: &RoundRow,
    next: NextLink,
) -> Result<Option<Begun>, DeskError> {
    let code = again.reason.as_deref().unwrap_or(NO_REASON);
    let what = What::AskedAgain {
        box_id: ledger_box(again.before),
        next: ledger_box(round.box_id),
        reason: code.parse().map_err(|_| DeskError::Reason)?,
    };
    change.record(again.who, what)?;
    let says = Says::AskedAgain { reason: again.reason.clone(), slots: again.slots.clone(), next };
    match notes::write(change, again.before, says) {
        // Its status page ended: the link goes to the customer by another way.
        Ok(()) | Err(VaultError::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    let db = change.db();
    let mut targets = Vec::new();
    for (id, class) in &again.destroy {
        // Meanwhile it may have come due.
        let alive = db.holdings(*id)?.iter().any(|held| {
            held.class == *class
                && held.state == HoldingState::Alive
                && held.held_until.unwrap_or(0) <= change.now()
        });
        if alive {
            targets.push((*id, *class));
        }
    }
    if targets.is_empty() {
        return Ok(None);
    }
    let ticket = db.request(round.request)?.ticket;
    let begun = change.begin_purge(&PurgeOrder {
        ticket: &ticket,
        rule: "asked-again",
        person: Some(again.person),
        due: change.now(),
        targets,
        status_ended: Vec::new(),
    })?;
    Ok(Some(begun))
}

/// Whether somebody has the link of a round: not of one made at the desk, nor of one whose link could not be made.
pub(crate) fn has_page(db: Db<'_>, round: &RoundRow) -> Result<bool, VaultError> {
    if round.way == Way::Desk || round.state == RoundState::Opening {
        return Ok(false);
    }
    for held in db.holdings(round.box_id)? {
        if let Some(purge) = held.purge
            && db.purge(purge)?.rule == NOT_OPENED
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a round that had a problem was answered by asking again.
pub(crate) fn is_answered(rounds: &[RoundRow], round: &RoundRow) -> bool {
    rounds.iter().any(|other| other.follows == Some(round.box_id) && other.state != RoundState::Revoked)
}
