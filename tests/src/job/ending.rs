//! The ticket closes, is reopened, closes again; time passes; nothing is left.

use super::{Job, TICKET};
use crate::{Outcome, ensure, relay_store};
use desk::{Closing, NewLink};
use vault::tables::round::RoundState;
use wire::DataClass;

/// What the customer was promised for documents, after the ticket was solved.
const GRACE: u64 = 72 * 3_600;

impl Job<'_> {
    pub(super) async fn close_undo_close(&mut self, link: &NewLink) -> Outcome {
        self.tell.step("The agent closes the ticket, takes it back, and closes it again an hour later");
        let closing = self.scene.desk()?.close_ticket(TICKET).await?;
        self.is_due(link, &closing)?;
        self.customer.wait_status("will be deleted on").await?;
        self.scene.desk()?.undo_close(TICKET).await?;
        self.customer.wait_status("Your ticket was opened again").await?;
        self.scene.pass(3_600)?;
        let closing = self.scene.desk()?.close_ticket(TICKET).await?;
        self.is_due(link, &closing)?;
        self.customer.wait_status("will be deleted on").await?;
        ensure(self.scene.items(link.request).await?.len() == 2, "something went before it was due")?;
        self.tell.detail("the documents are due 72 hours later, as promised");
        self.picture("5-closing").await
    }

    fn is_due(&self, link: &NewLink, closing: &Closing) -> Outcome {
        let wanted = Closing {
            due: vec![(link.box_id, DataClass::Identity, self.scene.now() + GRACE)],
            revoked: Vec::new(),
        };
        ensure(*closing == wanted, format!("closing sets {closing:?}"))
    }

    pub(super) async fn purged_while_locked(&mut self, link: &NewLink) -> Outcome {
        self.tell.step("The desk is locked; 72 hours pass, and what is due is destroyed");
        self.scene.desk()?.lock();
        self.scene.pass(GRACE - 1)?;
        ensure(
            self.scene
                .round(link.request, link.box_id)
                .await?
                .is_some_and(|round| round.state == RoundState::Collected),
            "it went a second early",
        )?;
        self.scene.pass(1)?;
        let purges = self.scene.certified(TICKET, 2).await?;
        let purge =
            purges.iter().find(|purge| purge.rule == "ticket-closed").ok_or("closing destroyed nothing")?;
        ensure(purge.items == 2 && purge.due == self.scene.now(), "not what was due was destroyed")?;
        ensure(purge.person.is_none(), "a locked desk has nobody at it")?;
        self.scene.round_is(link, RoundState::Purged).await?;
        let data_dir = self.scene.data_dir();
        ensure(relay_store::files(&data_dir.join("blobs"))? == 0, "ciphertext is left in the vault")?;
        ensure(relay_store::files(&data_dir.join("relay/blobs"))? == 0, "ciphertext is left at the relay")?;
        self.tell.detail(&format!("erased by method {}", purge.method.clone().unwrap_or_default()));
        Ok(())
    }

    pub(super) async fn customer_reads_it(&mut self) -> Outcome {
        self.tell
            .step("The customer's page says by itself that it is gone, and says it again after a reload");
        let purges = self.scene.certified(TICKET, 2).await?;
        let purge =
            purges.iter().find(|purge| purge.rule == "ticket-closed").ok_or("closing destroyed nothing")?;
        let number = desk::certificate_number(purge.id);
        let sentence = format!("Certificate {number}.");
        let said = self.customer.wait_status(&sentence).await?;
        ensure(said.contains("Deleted on"), format!("the page says: {said}"))?;
        self.customer.reload().await?;
        let said = self.customer.wait_status(&sentence).await?;
        self.tell.detail(&format!("the page reads: {said}"));
        self.picture("6-deleted").await
    }
}
