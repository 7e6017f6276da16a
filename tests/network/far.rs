//! The main job across three computers, and what time does to it.

use crate::place::{DAY, GRACE, Place};
use desk::Template;
use journeys::{Outcome, ensure, relay_store};
use vault::tables::round::RoundState;

#[tokio::test(flavor = "multi_thread")]
async fn from_link_to_purge() -> Outcome {
    let Some(mut at) = Place::set("from_link_to_purge").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#41").await?;
    at.give(&link, 300).await?;
    at.customer.send().await?;
    at.received().await?;
    at.scene.round_is(&link, RoundState::Collected).await?;
    ensure(relay_store::files(&at.relay.store().join("blobs"))? == 0, "the relay keeps ciphertext")?;
    ensure(at.scene.items(link.request).await?.len() == 1, "nothing is listed")?;
    at.desk()?.close_ticket("#41").await?;
    at.customer.wait_status("will be deleted on").await?;
    at.pass(GRACE + 60)?;
    let purges = at.scene.certified("#41", 1).await?;
    // The relay's share is gone as well, whatever this computer's disk is good for.
    let method = purges[0].method.clone().unwrap_or_default();
    ensure(method.starts_with('R'), format!("erased as {method}"))?;
    at.customer.wait_status("Deleted on").await?;
    at.leave(&[&link]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_slept_for_a_week_collects_what_came() -> Outcome {
    let Some(mut at) = Place::set("a_desk_that_slept_for_a_week").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#42").await?;
    at.scene.close().await;
    at.give(&link, 300).await?;
    at.customer.send().await?;
    at.customer.wait_status("has not confirmed it yet").await?;
    // All of it is there, sealed.
    at.is_blind(&link, 300)?;
    at.pass(7 * DAY)?;
    at.scene.clock.reboot();
    at.scene.open().await?;
    at.scene.unlock().await?;
    at.scene.round_is(&link, RoundState::Collected).await?;
    ensure(at.scene.items(link.request).await?.len() == 1, "it was lost")?;
    at.received().await?;
    at.leave(&[&link]).await
}

/// The relay let go of its share by itself: with everything that this computer has, nothing opens any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_was_off_past_the_term_opens_nothing() -> Outcome {
    let Some(mut at) = Place::set("a_desk_that_was_off_past_the_term").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#43").await?;
    at.give(&link, 300).await?;
    at.customer.send().await?;
    at.received().await?;
    at.scene.round_is(&link, RoundState::Collected).await?;
    at.scene.close().await;
    // The relay's time alone: this computer is off, or its clock was set back.
    at.relay.pass(31 * DAY + 8 * DAY)?;
    at.scene.open().await?;
    at.scene.unlock().await?;
    let described =
        at.scene.items(link.request).await.map(|items| items.iter().any(|item| item.described.is_some()));
    ensure(!matches!(described, Ok(true)), "it still opens")?;
    at.leave(&[&link]).await
}
