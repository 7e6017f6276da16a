//! Tells the relay what was decided, in order, until it confirms.

use crate::{Desk, DeskError, End, RelayError, lines::Line};
use std::{collections::HashSet, time::Duration};
use vault::tables::outbox::{Message, OutboxRow};
use wire::{BoxId, ProblemCode};

const BATCH: u32 = 64;
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(30);

impl Desk {
    pub(crate) async fn run_outbox(&self, line: &Line) {
        let which = line.id.number().to_string();
        let mut bell = self.inner.outbox_bell.listen();
        let mut pause = PAUSE_FIRST;
        loop {
            match self.flush_outbox(line).await {
                Ok(()) => {
                    self.inner.troubles.clear("outbox", &which);
                    pause = PAUSE_FIRST;
                    bell.notified().await;
                }
                Err(error) => {
                    self.inner.troubles.set("outbox", &which, &error);
                    tokio::select! {
                        () = bell.notified() => {}
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// Tells everything that waits. A box that the relay does not take something of now holds up its own later
    /// messages and nobody else's.
    async fn flush_outbox(&self, line: &Line) -> Result<(), DeskError> {
        let (mut after, mut first_error, relay) = (0, None, line.id);
        let mut held_up: HashSet<BoxId> = HashSet::new();
        // An end that moved moves the terms of its shares. Before all else: what is told late, the relay has let go of.
        let moved = self.move_shares(line).await;
        if matches!(moved, Err(DeskError::Relay(RelayError::Unreachable(_)))) {
            return moved;
        }
        loop {
            let rows = self.vault(move |vault, _| Ok(vault.db().outbox(relay, after, BATCH)?)).await?;
            if rows.is_empty() {
                first_error.map_or(Ok(()), Err)?;
                moved?;
                return self.let_go(line).await;
            }
            for row in rows {
                let (seq, id, frees) = (row.seq, row.box_id, !matches!(row.message, Message::Note { .. }));
                let share = match row.message {
                    Message::ShareGone { class } => Some(class),
                    _ => None,
                };
                after = seq;
                if held_up.contains(&id) {
                    continue;
                }
                let erased = match self.tell_relay(line, row).await {
                    Ok(erased) => erased,
                    // Without a connection nothing else will go through either.
                    Err(error @ DeskError::Relay(RelayError::Unreachable(_))) => return Err(error),
                    Err(error) => {
                        held_up.insert(id);
                        first_error = first_error.or(Some(error));
                        continue;
                    }
                };
                vault::fault::point(if share.is_some() { "share.deleted" } else { "outbox.confirmed" });
                self.vault(move |vault, now| {
                    vault.change(now, |change| {
                        if let Some(class) = share {
                            change.db().end_share(id, class, erased, now)?;
                        }
                        change.db().told(seq)
                    })?;
                    Ok(())
                })
                .await?;
                if frees {
                    // A purge may have waited for just this.
                    self.inner.purge_bell.notify_one();
                }
            }
        }
    }

    /// Whether the relay says that it overwrote a share.
    async fn tell_relay(&self, line: &Line, row: OutboxRow) -> Result<bool, DeskError> {
        let (relay, id) = (&line.client, row.box_id);
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
                self.revoked_at_relay(id, relay.end_box(id, End::Revoked).await).await?;
                return Ok(false);
            }
            // Not given up on: the promise is that it is gone.
            Message::ShareGone { class } => return Ok(relay.end_share(id, class).await?),
            // What it may still hold is not given up on.
            Message::Purged { .. } => (relay.end_box(id, End::Purged).await, &[]),
        };
        match told {
            // It dropped the box: there is nobody left to tell, and nothing it could still hold.
            Ok(()) | Err(RelayError::NotHere) => Ok(false),
            Err(RelayError::Refused(code)) if final_refusals.contains(&code) => {
                self.alarm(id, "relay-refused").await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
