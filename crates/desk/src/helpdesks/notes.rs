//! Back into the ticket: states only, in order, until the helpdesk has them.

use super::{calling::Unheard, mapping::there, visits::Failed};
use crate::{Desk, DeskError};
use helpdesk::{Credential, Helpdesk, InternalNote, Trouble};
use vault::tables::{
    helpdesk::HelpdeskRow,
    ticket_note::{TicketNoteRow, TicketSays},
};

const BATCH: u32 = 50;

impl Desk {
    pub(crate) async fn tell_notes(
        &self,
        row: &HelpdeskRow,
        helpdesk: &Helpdesk,
        credential: &Credential,
    ) -> Result<(), Failed> {
        let id = row.id;
        loop {
            let notes = self.read(move |db| Ok(db.ticket_notes(id, BATCH)?)).await?;
            if notes.is_empty() {
                return Ok(());
            }
            for note in notes {
                self.tell_note(row, helpdesk, credential, note).await?;
            }
        }
    }

    async fn tell_note(
        &self,
        row: &HelpdeskRow,
        helpdesk: &Helpdesk,
        credential: &Credential,
        note: TicketNoteRow,
    ) -> Result<(), Failed> {
        let seq = note.seq;
        let call = text_of(&note).and_then(|text| {
            let name = there(row, helpdesk, &note.ticket)?;
            helpdesk.note(&name, &text).ok()
        });
        // A reference that no ticket there can have: there is nobody to tell.
        let Some(call) = call else { return Ok(self.told(seq).await?) };
        let answer = self.call_helpdesk(helpdesk, credential, call).await?;
        match helpdesk.noted(&answer) {
            // A ticket that is gone, or closed for good, takes no note any more.
            Ok(()) | Err(Trouble::NoTicket | Trouble::Refused { .. }) => Ok(self.told(seq).await?),
            Err(trouble) => Err(Unheard::Answered(trouble).into()),
        }
    }

    async fn told(&self, seq: i64) -> Result<(), DeskError> {
        vault::fault::point("ticket-note.sent");
        self.vault(move |vault, now| Ok(vault.change(now, |change| change.db().ticket_told(seq))?)).await
    }
}

fn text_of(note: &TicketNoteRow) -> Option<InternalNote> {
    Some(match note.says {
        TicketSays::Requested => InternalNote::Requested,
        TicketSays::Received => InternalNote::Received,
        TicketSays::Deleted => {
            InternalNote::Deleted { certificate: note.certificate.as_deref()?.parse().ok()? }
        }
    })
}
