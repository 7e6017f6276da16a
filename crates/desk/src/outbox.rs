//! Tells the relay what was decided, in order, until it confirms.

use crate::{Desk, DeskError, End, RelayError};
use std::time::Duration;
use vault::tables::outbox::{Message, OutboxRow};

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

    async fn flush_outbox(&self) -> Result<(), DeskError> {
        loop {
            let rows = self.vault(|vault, _| Ok(vault.db().outbox(BATCH)?)).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let (seq, frees) = (row.seq, !matches!(row.message, Message::Note { .. }));
                self.tell_relay(row).await?;
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
        let told = match row.message {
            Message::Collected { record } => relay.collected(id, record).await,
            Message::Note { seq, sealed } => relay.put_note(id, seq, sealed).await,
            Message::Revoke => return self.revoked_at_relay(id, relay.end_box(id, End::Revoked).await).await,
            Message::Purged { .. } => relay.end_box(id, End::Purged).await,
        };
        match told {
            // It dropped the box: there is nobody left to tell, and nothing it could still hold.
            Ok(()) | Err(RelayError::NotHere) => Ok(()),
            // It will never take this, whatever we do: said, and not tried for ever.
            Err(RelayError::Refused(_)) => self.alarm(id, "relay-refused").await,
            Err(error) => Err(error.into()),
        }
    }
}
