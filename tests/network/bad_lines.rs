//! Lines that are cut, slow or half-open, and a relay that dies in the middle.

use crate::place::Place;
use desk::Template;
use journeys::{Outcome, ensure};
use vault::tables::round::RoundState;

/// Slow enough that an upload of a megabyte can be met in its middle, in kilobits a second.
const SLOW: u32 = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_the_customers_cable_was_pulled() -> Outcome {
    let Some(mut at) = Place::set("a_cable_pulled_in_mid_upload").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#51").await?;
    at.give(&link, 2_000).await?;
    at.customer_host.slow(SLOW)?;
    at.customer.send().await?;
    at.scene.round_is(&link, RoundState::Sending).await?;
    at.customer_host.unplug()?;
    at.customer.wait_text("connection").await?;
    at.customer_host.plug()?;
    at.customer_host.free()?;
    at.received().await?;
    at.scene.round_is(&link, RoundState::Collected).await?;
    ensure(at.scene.items(link.request).await?.len() == 1, "it was lost")?;
    at.leave(&[&link]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_the_relay_was_killed() -> Outcome {
    let Some(mut at) = Place::set("a_relay_killed_in_mid_upload").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#52").await?;
    at.give(&link, 2_000).await?;
    at.customer_host.slow(SLOW)?;
    at.customer.send().await?;
    at.scene.round_is(&link, RoundState::Sending).await?;
    at.relay.kill().await?;
    at.customer_host.free()?;
    at.relay.begin().await?;
    at.received().await?;
    at.scene.round_is(&link, RoundState::Collected).await?;
    ensure(at.scene.items(link.request).await?.len() == 1, "it was lost")?;
    at.leave(&[&link]).await
}

/// The desk's line lets nothing out and says nothing, as behind a router that forgot it; meanwhile the relay is started
/// anew, so that the desk's stream belongs to nobody. It notices by the silence.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_line_is_noticed() -> Outcome {
    let Some(mut at) = Place::set("a_half_open_line").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#53").await?;
    at.network.swallow()?;
    at.relay.kill().await?;
    at.relay.begin().await?;
    at.give(&link, 300).await?;
    at.customer.send().await?;
    at.customer.wait_status("has not confirmed it yet").await?;
    at.network.pass_again()?;
    at.received().await?;
    at.scene.round_is(&link, RoundState::Collected).await?;
    at.leave(&[&link]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_line_brings_it_in_the_end() -> Outcome {
    let Some(mut at) = Place::set("a_slow_line").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#54").await?;
    at.give(&link, 300).await?;
    at.relay_host.slow(400)?;
    at.customer.send().await?;
    at.received().await?;
    at.scene.round_is(&link, RoundState::Collected).await?;
    at.relay_host.free()?;
    at.leave(&[&link]).await
}
