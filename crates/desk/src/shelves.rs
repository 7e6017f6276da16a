//! On which shelf of the inbox a request lies, from its rounds and their holdings.

use crate::asking_again::is_answered;
use vault::{
    Change, RequestId, VaultError,
    tables::{
        holding::HoldingState,
        request::Shelf,
        round::{RoundState, Way},
        ticket::TicketState,
    },
};

/// Puts a request where it belongs after a change of any of its rounds.
pub(crate) fn reshelve(change: &Change<'_>, id: RequestId) -> Result<(), VaultError> {
    let db = change.db();
    let request = db.request(id)?;
    let ticket = db.ticket(&request.ticket)?;
    let mut due: Option<u64> = None;
    let (mut held, mut destroying, mut fresh, mut waiting, mut problem) = (false, false, false, false, false);
    let rounds = db.rounds_of(id)?;
    for round in &rounds {
        // What could not be taken in is no problem any more once the customer was asked again.
        let answered = round.problem.is_some() && is_answered(&rounds, round);
        waiting |= round.state.awaits() && !answered;
        problem |= round.problem.is_some() && round.state.awaits() && !answered;
        for holding in db.holdings(round.box_id)? {
            match holding.state {
                HoldingState::Alive if round.arrived.is_some() => {
                    held = true;
                    // What the agent took in, they saw.
                    fresh |= round.state == RoundState::Collected
                        && round.looked.is_none()
                        && round.way == Way::Link;
                    due = [due, holding.due].into_iter().flatten().min();
                }
                HoldingState::Destroying => destroying = true,
                _ => {}
            }
        }
    }
    let shelf = if problem {
        Shelf::Problem
    } else if destroying || (held && ticket.state != TicketState::Open) {
        Shelf::Closing
    } else if held && fresh {
        Shelf::Arrived
    } else if held {
        Shelf::Open
    } else if waiting {
        Shelf::Waiting
    } else {
        Shelf::Done
    };
    db.shelve(id, shelf, change.now(), due)
}
