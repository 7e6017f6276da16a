//! A relay that does not come back: once nothing that was made on it opens any more, for anybody, a supervisor lets go of
//! it. What it never confirmed stays unconfirmed, and the certificates say so.

use crate::{Desk, DeskError, lines::Line, shares::code};
use ledger::What;
use vault::tables::relay::RelayId;

/// The rule's value in the ledger.
const GIVEN_UP: &str = "given-up";

impl Desk {
    /// Lets go of a relay elsewhere that owes a confirmation which will not come.
    pub async fn give_up_relay(&self, id: RelayId) -> Result<(), DeskError> {
        let session = self.supervisor()?;
        let _one = self.inner.enrolling.lock().await;
        let line = self.line(id)?;
        self.vault(move |vault, now| {
            let vault_id = vault.id();
            vault.change(now, |change| {
                if !change.db().give_up_relay(id, now)? {
                    return Err(DeskError::RelayHolds);
                }
                let what =
                    What::PolicySet { policy: code(crate::enrolling::POLICY)?, value: code(GIVEN_UP)? };
                change.record_act(vault_id, session.person(), session.act(), what)?;
                Ok(())
            })
        })
        .await?;
        vault::fault::point("relay.given-up");
        self.part_from(&line);
        // Purges that waited for it are completed, as not confirmed.
        self.inner.purge_bell.notify_one();
        Ok(())
    }

    /// Ends the line to a relay that is not in use any more.
    pub(crate) fn part_from(&self, line: &Line) {
        let which = line.id.number().to_string();
        for about in ["relay", "outbox", "delivery"] {
            self.inner.troubles.clear(about, &which);
        }
        if line.id == RelayId::INSIDE {
            let desk = self.clone();
            // By itself: the task that noticed may be one of its line, and ends with it.
            self.inner.tasks.spawn(async move {
                if let Some(mut home) = desk.inner.home.lock().await.take() {
                    home.stop().await;
                }
            });
        }
        self.inner.lines.remove(line.id);
        self.tell_news();
    }
}
