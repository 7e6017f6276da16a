//! Notes to the customer's page: sealed in the change that decided them, sent by the outbox.

use seal::{
    json::V1,
    note::{Note, Says},
};
use vault::{Change, VaultError, tables::outbox::Message};
use wire::BoxId;

/// Seals a note under its next number and queues it.
pub(crate) fn write(change: &Change<'_>, id: BoxId, says: Says) -> Result<(), VaultError> {
    let keys = change.keyed().box_keys(id)?;
    let db = change.db();
    let seq = db.next_note(id)?;
    let note = Note { v: V1, at: change.now(), says };
    let sealed =
        note.seal(change.rng(), &keys.status_seal, id, seq).map_err(|_| VaultError::Internal("note"))?;
    db.tell(id, &Message::Note { seq, sealed })
}
