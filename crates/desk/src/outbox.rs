//! Tells the relay what was decided, in order, until it confirms.

use crate::{Desk, DeskError, End, RelayError};
use std::{collections::HashSet, time::Duration};
use vault::tables::outbox::{Message, OutboxRow};
use wire::{BoxId, ProblemCode};

const BATCH: u32 = 64;
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(30);

impl Desk {
    pub(crate) async fn run_outbox(&self) {
        let mut pause = PAUSE_FIRST;
        loop {
            match self.flush_outbox().await {
                Ok(()) => {
                    self.inner.troubles.clear("outbox", "");
                    pause = PAUSE_FIRST;
                    self.inner.outbox_bell.notified().await;
                }
                Err(error) => {
                    self.inner.troubles.set("outbox", "", &error);
                    tokio::select! {
                        () = self.inner.outbox_bell.notified() => {}
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// Tells everything that waits. A box that the relay does not take something of now holds up its own later
    /// messages and nobody else's.
    async fn flush_outbox(&self) -> Result<(), DeskError> {
        let (mut after, mut first_error) = (0, None);
        let mut held_up: HashSet<BoxId> = HashSet::new();
        loop {
            let rows = self.vault(move |vault, _| Ok(vault.db().outbox(after, BATCH)?)).await?;
            if rows.is_empty() {
                return first_error.map_or(Ok(()), Err);
            }
            for row in rows {
                let (seq, id, frees) = (row.seq, row.box_id, !matches!(row.message, Message::Note { .. }));
                after = seq;
                if held_up.contains(&id) {
                    continue;
                }
                if let Err(error) = self.tell_relay(row).await {
                    // Without a connection nothing else will go through either.
                    if matches!(error, DeskError::Relay(RelayError::Unreachable(_))) {
                        return Err(error);
                    }
                    held_up.insert(id);
                    first_error = first_error.or(Some(error));
                    continue;
                }
                vault::fault::point("outbox.confirmed");
                self.vault(move |vault, now| Ok(vault.change(now, |change| change.db().told(seq))?)).await?;
                if frees {
                    // A purge may have waited for just this.
                    self.inner.purge_bell.notify_one();
                }
            }
        }
    }

    async fn tell_relay(&self, row: OutboxRow) -> Result<(), DeskError> {
        let (relay, id) = (&self.inner.relay, row.box_id);
        let (told, final_refusals): (_, &[ProblemCode]) = match row.message {
            // Something else is stored there, or nothing any more: the purge follows in any case.
            Message::Collected { record } => {
                (relay.collected(id, record).await, &[ProblemCode::Conflict, ProblemCode::Ended])
            }
            // It will never take this note, whatever we do.
            Message::Note { seq, sealed } => (
                relay.put_note(id, seq, sealed).await,
                &[ProblemCode::Conflict, ProblemCode::TooLarge, ProblemCode::BadRequest],
            ),
            Message::Revoke => {
                return self.revoked_at_relay(id, relay.end_box(id, End::Revoked).await).await;
            }
            // What it may still hold is not given up on.
            Message::Purged { .. } => (relay.end_box(id, End::Purged).await, &[]),
        };
        match told {
            // It dropped the box: there is nobody left to tell, and nothing it could still hold.
            Ok(()) | Err(RelayError::NotHere) => Ok(()),
            Err(RelayError::Refused(code)) if final_refusals.contains(&code) => {
                self.alarm(id, "relay-refused").await
            }
            Err(error) => Err(error.into()),
        }
    }
}
