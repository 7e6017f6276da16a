//! A longer term: offered by the agent, begun by the customer's yes on the same link, and by nothing else (DESIGN §5).
//!
//! It ends no later than the date that the customer was promised from the start: what is offered is the time between
//! the end of the term and that date.

use crate::{
    Desk, DeskError,
    collecting::{ledger_box, ledger_class},
    notes,
    shelves::reshelve,
    tickets::term,
};
use ledger::{Outcome, What, Who};
use seal::note::Says;
use vault::{
    Change, VaultError,
    tables::{
        holding::HoldingState,
        round::{RoundRow, RoundState, Way},
        ticket::TicketState,
    },
};
use wire::{BoxId, DataClass};

impl Desk {
    /// Offers to keep one class of a round until `until`, UTC seconds. Nothing changes before the customer says yes.
    pub async fn offer_longer(&self, id: BoxId, class: DataClass, until: u64) -> Result<(), DeskError> {
        let who = self.session()?.who();
        self.vault(move |vault, now| {
            vault.change(now, |change| {
                let db = change.db();
                let round = db.round(id)?;
                let open = db.ticket(&db.request(round.request)?.ticket)?.state == TicketState::Open;
                let arrived = round
                    .arrived
                    .filter(|_| open && round.state == RoundState::Collected && round.way != Way::Desk);
                let arrived = arrived.ok_or(VaultError::WrongState)?;
                let held = db.holdings(id)?.into_iter().find(|held| held.class == class);
                let held = held.filter(|held| held.state == HoldingState::Alive).ok_or(DeskError::TooLate)?;
                let ends = term(&held, arrived);
                if until <= ends || until > held.term_max || ends <= now {
                    return Err(DeskError::Term);
                }
                let what = What::LongerOffered { box_id: ledger_box(id), class: ledger_class(class), until };
                change.record(who, what)?;
                db.set_offered(id, class, Some(until))?;
                Ok(notes::write(change, id, Says::Offered { class, until })?)
            })
        })
        .await?;
        self.inner.outbox_bell.notify_one();
        self.tell_news();
        Ok(())
    }
}

/// The customer says yes: exactly what was offered, while the term still runs. Whether it was followed.
pub(crate) fn agree(change: &mut Change<'_>, round: &RoundRow, until: u64) -> Result<bool, DeskError> {
    let (db, now, id) = (change.db(), change.now(), round.box_id);
    let Some(arrived) = round.arrived else { return Ok(false) };
    let offered = db.holdings(id)?.into_iter().find(|held| {
        held.offered == Some(until)
            && held.state == HoldingState::Alive
            && term(held, arrived) > now
            && until <= held.term_max
    });
    let Some(held) = offered else { return Ok(false) };
    let what = What::Word { box_id: ledger_box(id), word: ledger::WordKind::Extend, outcome: Outcome::Done };
    change.record(Who::Desk, what)?;
    let from = arrived.max(held.kept_until.unwrap_or(0));
    db.set_term(id, held.class, until.saturating_sub(from))?;
    // A ticket that was solved or closed meanwhile has its own end, which the yes does not move.
    if db.ticket(&db.request(round.request)?.ticket)?.state == TicketState::Open {
        db.set_due(id, held.class, Some(until), "agreed")?;
    }
    notes::write(change, id, Says::Extended { class: held.class, until })?;
    reshelve(change, round.request)?;
    Ok(true)
}
