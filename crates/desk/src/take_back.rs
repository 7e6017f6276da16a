//! *Take back and replace*: what was sent is destroyed at once, and the browser that sent it finds a new link in a
//! note on the page it already has (FORMATS §4).

use crate::{
    Desk, DeskError, RelayError, Template,
    collecting::{ledger_box, open_record},
    lines::Line,
    requests::Follows,
    rounds::{Begun, Draft, Plan, draft, insert_round},
    shares::{Shares, Wait},
    shelves::reshelve,
    words::refuse,
};
use ledger::{Outcome, What, Who};
use seal::{Link, note::RefusedWord, submission::Owner};
use vault::{
    PurgeOrder, RequestId, Session, Vault, VaultError,
    tables::{
        holding::HoldingState,
        remark::RemarkKind,
        round::{RoundRow, RoundState},
    },
};
use wire::{BoxId, SubmitBody, sha256};

/// What it takes to pass a new link on.
struct Replacement {
    old: Link,
    request: RequestId,
    draft: Draft,
    sealed: Vec<u8>,
}

impl Desk {
    /// Only whoever submitted holds the owner bytes. While locked the old link's secret cannot be opened, so what was
    /// sent is destroyed all the same, and the customer is asked again by hand.
    pub(crate) async fn take_back(
        &self,
        line: &Line,
        id: BoxId,
        owner: Owner,
        word: Vec<u8>,
    ) -> Result<(), DeskError> {
        let session = self.session().ok();
        let company = self.company().await?;
        let hash = owner.hash();
        let desk = self.clone();
        // Said before it was collected: who sent it stands in the record that the relay holds, under the link's MAC.
        let sent = match line.client.view(id).await {
            Ok(view) => view.record,
            Err(RelayError::NotHere) => None,
            Err(error) => return Err(error.into()),
        };
        let shares = match &session {
            // Before the key of the old link is destroyed; where the relay has lost its part, as while locked.
            Some(session) => self.shares(session, vec![id], Wait::Whole).await?,
            None => Shares::default(),
        };
        let replacement = self
            .vault(move |vault, now| {
                let round = vault.db().round(id)?;
                let theirs = match (vault.db().submission(id), sent) {
                    (Ok((body, _)), _) => {
                        SubmitBody::parse(&body).is_ok_and(|body| body.record.owner_hash == hash)
                    }
                    (Err(VaultError::NotFound), Some(body)) => {
                        open_record(vault, id, &round.request_hash, &body.0)?
                            .is_ok_and(|record| record.owner_hash == hash)
                    }
                    (Err(VaultError::NotFound), None) => false,
                    (Err(error), _) => return Err(error.into()),
                };
                let there = round.state == RoundState::Collected || round.state.awaits();
                let held = vault.db().holdings(id)?;
                let free = held.iter().all(|held| held.held_until.unwrap_or(0) <= now);
                if !theirs || !free || !there {
                    vault.change(now, |change| {
                        if change.db().hear_word(id, &sha256(&word))? {
                            refuse(change, &round, ledger::WordKind::TakeBack, RefusedWord::TakeBack)?;
                        }
                        Ok::<_, DeskError>(())
                    })?;
                    return Ok(None);
                }
                let replacement = match &session {
                    Some(session) => prepare(vault, session, &shares, &round, &company, now)?,
                    None => None,
                };
                let opening = replacement.as_ref().map(|new| desk.opening(new.draft.link.box_id()));
                let begun = destroy(vault, &round, &word, replacement.as_ref(), session.as_deref(), now)?;
                let first = begun.is_some();
                vault.remember_named(begun.into_iter().collect());
                // Heard before: its new link was passed on then, or never will be.
                Ok(replacement.zip(opening).filter(|_| first))
            })
            .await?;
        self.inner.purge_bell.notify_one();
        let Some((Replacement { old, request, draft, sealed }, opening)) = replacement else { return Ok(()) };
        let desk = self.clone();
        let opened = tokio::spawn(async move {
            desk.open_box(request, draft, sealed, Some(Follows::Replaced(old, owner)), opening).await
        })
        .await
        .map_err(|_| DeskError::Closing)?;
        if opened.is_err() {
            // What was sent is destroyed all the same; only a person can ask anew.
            let text = "A customer took back what was sent and waits for a new link, which could not be made: ask \
                        them again.";
            self.inner.troubles.set("replace", &id.to_string(), text);
        }
        Ok(())
    }
}

/// The old link, opened by whichever of its classes this person holds, and a fresh round to replace it.
fn prepare(
    vault: &Vault,
    session: &Session,
    shares: &Shares,
    round: &RoundRow,
    company: &crate::Company,
    now: u64,
) -> Result<Option<Replacement>, DeskError> {
    let id = round.box_id;
    let request = vault.db().request(round.request)?;
    let Some(template) = Template::from_code(&request.template) else { return Ok(None) };
    let Some(old) = kept_link(vault, session, shares, id)? else { return Ok(None) };
    let plan = Plan::like(vault, id, template)?;
    let draft = draft(vault, plan, &request.ticket, company, session.name(), now)?;
    let sealed =
        draft.request.seal(&*vault.rng(), &draft.link).map_err(|_| VaultError::Internal("request"))?;
    Ok(Some(Replacement { old, request: request.id, draft, sealed }))
}

/// A round's link, for whoever holds one of its classes, as long as that class is not destroyed.
pub(crate) fn kept_link(
    vault: &Vault,
    session: &Session,
    shares: &Shares,
    id: BoxId,
) -> Result<Option<Link>, DeskError> {
    let kept = vault.keyed().remarks(id, RemarkKind::Link)?;
    let Some(kept) = kept.first() else { return Ok(None) };
    let held = vault.db().holdings(id)?;
    Ok(held.iter().filter(|held| held.state == HoldingState::Alive).find_map(|held| {
        let identity =
            vault.request_identity_with(session, id, held.class, shares.get(id, held.class)).ok()?;
        Link::open_from(&identity, kept).ok()
    }))
}

fn destroy(
    vault: &mut Vault,
    round: &RoundRow,
    word: &[u8],
    replacement: Option<&Replacement>,
    session: Option<&Session>,
    now: u64,
) -> Result<Option<Begun>, DeskError> {
    let id = round.box_id;
    vault.change(now, |change| {
        let db = change.db();
        if !db.hear_word(id, &sha256(word))? {
            return Ok(None);
        }
        let what =
            What::Word { box_id: ledger_box(id), word: ledger::WordKind::TakeBack, outcome: Outcome::Done };
        change.record(Who::Desk, what)?;
        let targets = db
            .holdings(id)?
            .iter()
            .filter(|held| held.state == HoldingState::Alive)
            .map(|held| (id, held.class))
            .collect();
        let request = db.request(round.request)?;
        let begun = change.begin_purge(&PurgeOrder {
            ticket: &request.ticket,
            rule: "taken-back",
            person: None,
            due: now,
            targets,
            status_ended: Vec::new(),
        })?;
        db.set_round_state(id, RoundState::Withdrawn)?;
        if let (Some(new), Some(session)) = (replacement, session) {
            insert_round(change, request.id, &new.draft, &new.sealed, session.who())?;
        }
        reshelve(change, request.id)?;
        Ok(Some(begun))
    })
}
