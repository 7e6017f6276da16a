//! Back into the ticket: states only, in order, until the helpdesk has them.

use super::{
    calling::Unheard,
    mapping::there,
    visits::{Failed, Standing, is_of_one_ticket},
};
use crate::{Desk, DeskError};
use helpdesk::{Credential, Helpdesk, InternalNote, Trouble};
use std::collections::BTreeSet;
use vault::tables::{
    helpdesk::HelpdeskRow,
    ticket_note::{TicketNoteRow, TicketSays},
};

impl Desk {
    /// Tells what waits; how many tickets there are that this account may not write to.
    pub(crate) async fn tell_notes(
        &self,
        row: &HelpdeskRow,
        helpdesk: &Helpdesk,
        credential: &Credential,
        standing: &Standing,
    ) -> Result<usize, Failed> {
        let id = row.id;
        let notes = self.read(move |db| Ok(db.ticket_notes(id, u32::MAX)?)).await?;
        // Theirs wait, in their order, and the others' do not.
        let mut barred = BTreeSet::new();
        for note in notes {
            let ticket = note.ticket.clone();
            if standing.is_barred(&ticket) {
                barred.insert(ticket);
                continue;
            }
            match self.tell_note(row, helpdesk, credential, note).await {
                Err(Failed::Unheard(why @ Unheard::Answered(Trouble::NotAllowed))) => {
                    standing.bar(ticket.clone(), why);
                    barred.insert(ticket);
                }
                told => told?,
            }
        }
        Ok(barred.len())
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
            Ok(()) => Ok(self.told(seq).await?),
            Err(Trouble::NotAllowed) => Err(Unheard::Answered(Trouble::NotAllowed).into()),
            // A ticket that is gone, or closed for good, takes no note any more; and some helpdesks refuse like this
            // what the account may not do. The others are told all the same, and people see how many were not.
            Err(trouble) if trouble == Trouble::NoTicket || is_of_one_ticket(trouble) => {
                let id = row.id;
                self.vault(move |vault, now| {
                    Ok(vault.change(now, |change| {
                        change.db().count_refused(id, now)?;
                        change.db().ticket_told(seq)
                    })?)
                })
                .await?;
                Ok(())
            }
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
