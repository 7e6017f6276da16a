//! Notes to the customer's page: sealed in the change that decided them, sent by the outbox.

use crate::asking_again::has_page;
use seal::{
    json::V1,
    note::{Note, Says},
};
use vault::{
    Change, RequestId, VaultError,
    tables::{outbox::Message, round::Way},
};
use wire::BoxId;

/// Seals a note under its next number and queues it. A round without a link has no page of its own: of it the customer
/// hears on the page of the round before it, where there is one.
pub(crate) fn write(change: &Change<'_>, id: BoxId, says: Says) -> Result<(), VaultError> {
    let round = change.db().round(id)?;
    if round.way != Way::Desk {
        return seal(change, id, says);
    }
    let says = match says {
        Says::Taken { .. } => says,
        Says::Deleted { classes, certificate, .. } => Says::TakenDeleted { classes, certificate },
        // When it was opened and what its ticket became is in the ledger and on the request.
        _ => return Ok(()),
    };
    match page_of(change, round.request)? {
        Some(page) => seal(change, page, says),
        None => Ok(()),
    }
}

fn seal(change: &Change<'_>, id: BoxId, says: Says) -> Result<(), VaultError> {
    let keys = change.keyed().box_keys(id)?;
    let db = change.db();
    let seq = db.next_note(id)?;
    let note = Note { v: V1, at: change.now(), says };
    let sealed =
        note.seal(change.rng(), &keys.status_seal, id, seq).map_err(|_| VaultError::Internal("note"))?;
    db.tell(id, &Message::Note { seq, sealed })
}

/// The newest page that the customer of a request has.
fn page_of(change: &Change<'_>, request: RequestId) -> Result<Option<BoxId>, VaultError> {
    for round in change.db().rounds_of(request)?.iter().rev() {
        if !has_page(change.db(), round)? {
            continue;
        }
        match change.keyed().box_keys(round.box_id) {
            Ok(_) => return Ok(Some(round.box_id)),
            // Its status page ended.
            Err(VaultError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
