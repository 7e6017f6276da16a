//! Tickets that close while something else is going on.

use crate::stage::{DOCUMENT, GRACE, Stage};
use desk::Template;
use journeys::{Outcome, ensure, relay_store};
use seal::{Rng, SystemRng, rng::RngFailed};
use std::sync::{
    Arc, Condvar, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};
use vault::tables::{purge::PurgeState, round::RoundState};

#[tokio::test(flavor = "multi_thread")]
async fn what_fell_due_while_the_desk_was_closed_is_destroyed_before_anything_else() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#12").await?;
    on.deliver(&link).await?;
    on.scene.desk()?.close_ticket("#12").await?;
    on.customer.wait_status("Deletion is due on").await?;
    on.scene.close().await;
    // The machine is off for longer than the grace.
    on.scene.clock.pass(GRACE + 3_600);
    on.scene.clock.reboot();
    on.scene.open().await?;
    // Before the desk answers anything, the keys are gone and the ledger says so.
    let purges = on.scene.desk()?.history_of("#12").await?;
    ensure(purges.len() == 1 && purges[0].state != PurgeState::Destroying, format!("{purges:?}"))?;
    ensure(relay_store::files(&on.scene.data_dir().join("blobs"))? == 0, "ciphertext is left")?;
    on.scene.certified("#12", 1).await?;
    on.customer.wait_status("Deleted on").await?;
    on.leave().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ticket_that_closes_while_a_submission_is_on_its_way_in_keeps_it_for_the_grace() -> Outcome {
    let gate = Arc::new(Gate::default());
    let mut on = Stage::set_with(Arc::clone(&gate) as Arc<dyn Rng>).await?;
    let link = on.scene.ask(Template::IdDocument, "#13").await?;
    let paper = on.paper("paper.pdf", 600)?;
    on.customer.open(&link.url).await?;
    on.customer.give_file(DOCUMENT, &paper).await?;
    // Stops the desk where it has heard of the submission and has nothing of it yet.
    gate.shut();
    on.customer.send().await?;
    on.scene.round_is(&link, RoundState::Sent).await?;
    let closing = on.scene.desk()?.close_ticket("#13").await;
    gate.open();
    let closing = closing?;
    ensure(closing.revoked.is_empty() && closing.due.is_empty(), format!("{closing:?}"))?;
    on.received().await?;
    ensure(on.scene.items(link.request).await?.len() == 1, "it was lost")?;
    let inbox = on.scene.desk()?.inbox(None, Some("#13".to_owned()), None, 10).await?;
    ensure(inbox[0].due == Some(on.scene.now() + GRACE), format!("due {:?}", inbox[0].due))?;
    on.scene.pass(GRACE)?;
    let purges = on.scene.certified("#13", 1).await?;
    ensure(purges[0].rule == "ticket-closed" && purges[0].items == 1, format!("{purges:?}"))?;
    on.customer.wait_status("Deleted on").await?;
    on.leave().await
}

/// Randomness that keeps whoever asks next waiting, and only them.
#[derive(Default)]
struct Gate {
    armed: AtomicBool,
    shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn shut(&self) {
        *self.shut.lock().unwrap() = true;
        self.armed.store(true, SeqCst);
    }

    fn open(&self) {
        *self.shut.lock().unwrap() = false;
        self.armed.store(false, SeqCst);
        self.opened.notify_all();
    }
}

impl Rng for Gate {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RngFailed> {
        if self.armed.swap(false, SeqCst) {
            drop(self.opened.wait_while(self.shut.lock().unwrap(), |shut| *shut).unwrap());
        }
        SystemRng.fill(dest)
    }
}
