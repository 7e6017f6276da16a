//! Tickets that close while something else is going on.

use crate::stage::{DOCUMENT, GRACE, Stage};
use desk::Template;
use journeys::{Outcome, ensure, relay_store};
use vault::tables::{purge::PurgeState, round::RoundState};

#[tokio::test(flavor = "multi_thread")]
async fn what_fell_due_while_the_desk_was_closed_is_destroyed_before_anything_else() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#12").await?;
    on.deliver(&link).await?;
    on.scene.desk()?.close_ticket("#12").await?;
    on.customer.wait_status("will be deleted on").await?;
    on.scene.close().await;
    // The machine is off for longer than the grace.
    on.scene.clock.pass(GRACE + 3_600);
    on.scene.clock.reboot();
    on.scene.open().await?;
    // Before the desk answers anything, the keys are gone and the ledger says so.
    let purges = on.scene.desk()?.history_of("#12").await?;
    ensure(purges.len() == 1 && purges[0].state != PurgeState::Destroying, format!("{purges:?}"))?;
    on.scene.unlock().await?;
    ensure(on.scene.items(link.request).await?.is_empty(), "something is still listed")?;
    on.scene.certified("#12", 1).await?;
    ensure(relay_store::files(&on.scene.data_dir().join("blobs"))? == 0, "ciphertext is left")?;
    on.customer.wait_status("Deleted on").await?;
    on.leave().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_closes_while_a_submission_is_on_its_way_in_keeps_it_for_the_grace() -> Outcome {
    let (mut on, relay) = Stage::set_with_relay_elsewhere().await?;
    let link = on.scene.ask(Template::IdDocument, "#13").await?;
    let paper = on.paper("paper.pdf", 600)?;
    on.customer.open(&relay.for_customer(&link.url)?).await?;
    on.customer.give_file(DOCUMENT, &paper).await?;
    // The relay accepts it; the desk, which cannot hear of it, closes the ticket.
    relay.cut();
    on.customer.send().await?;
    on.customer.wait_status("has not confirmed it yet").await?;
    ensure(
        on.scene.round(link.request, link.box_id).await?.unwrap().state == RoundState::Waiting,
        "it heard",
    )?;
    on.scene.desk()?.close_ticket("#13").await?;
    relay.mend();
    on.customer.wait_status("will be deleted on").await?;
    on.page_says("Received by", true).await?;
    let round = on.scene.round_is(&link, RoundState::Collected).await?;
    ensure(on.scene.items(link.request).await?.len() == 1, "it was lost")?;
    let inbox = on.scene.desk()?.inbox(None, Some("#13".to_owned()), None, 10).await?;
    ensure(inbox[0].due == Some(round.arrived.unwrap() + GRACE), format!("due {:?}", inbox[0].due))?;
    on.scene.pass(GRACE)?;
    let purges = on.scene.certified("#13", 1).await?;
    ensure(purges[0].rule == "ticket-closed" && purges[0].items == 1, format!("{purges:?}"))?;
    on.customer.wait_status("Deleted on").await?;
    on.leave().await?;
    relay.stop().await
}
