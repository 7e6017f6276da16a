//! Lines that are cut, slow or half-open, and a relay that dies in the middle.

use crate::place::{GRACE, Place};
use desk::Template;
use journeys::{Outcome, ensure, simulation::Disturbing};
use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};
use vault::tables::round::RoundState;

/// Slow enough that an upload of two megabytes can be met in its middle, in kilobits a second: half a minute.
const SLOW: u32 = 500;
/// Long enough for what was under way to be lost.
const CUT: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_the_customers_cable_was_pulled() -> Outcome {
    let Some(mut at) = Place::set("a_cable_pulled_in_mid_upload").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#51").await?;
    at.give(&link, 2_000).await?;
    at.customer_host.slow(SLOW)?;
    at.customer.send().await?;
    at.scene.round_is(&link, RoundState::Sending).await?;
    at.customer_host.unplug()?;
    // How long the cable is out.
    tokio::time::sleep(CUT).await;
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

/// The relay goes away without a word, as behind a router that forgot the line, and comes back: the desk's stream belongs
/// to nobody. It notices by the silence.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_line_is_noticed() -> Outcome {
    let Some(mut at) = Place::set("a_half_open_line").await? else { return Ok(()) };
    let link = at.scene.ask(Template::IdDocument, "#53").await?;
    at.relay_host.swallow()?;
    at.relay.kill().await?;
    at.relay_host.until_forgotten().await?;
    at.relay_host.free()?;
    at.relay.begin().await?;
    at.give(&link, 300).await?;
    at.customer.send().await?;
    at.scene.round_is(&link, RoundState::Collected).await?;
    at.received().await?;
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

/// Events that come twice, behind later ones, in pieces, and break off: each link brings in what was sent, once.
#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_doubled_and_out_of_order_do_nothing_twice() -> Outcome {
    let mut streams = None;
    let set = Place::set_by("events_doubled", |way| {
        let disturbing = Disturbing::new(way, 4, 60);
        streams = Some(disturbing.streams());
        Arc::new(disturbing)
    });
    let Some(mut at) = set.await? else { return Ok(()) };
    let mut links = Vec::new();
    for n in 0..4 {
        let ticket = format!("#6{n}");
        let link = at.scene.ask(Template::IdDocument, &ticket).await?;
        at.give(&link, 20).await?;
        at.customer.send().await?;
        at.received().await?;
        at.scene.round_is(&link, RoundState::Collected).await?;
        links.push((ticket, link));
    }
    for (ticket, link) in &links {
        ensure(at.scene.items(link.request).await?.len() == 1, "something came twice, or not")?;
        at.desk()?.close_ticket(ticket).await?;
    }
    at.pass(GRACE + 60)?;
    for (ticket, _) in &links {
        ensure(at.scene.certified(ticket, 1).await?.len() == 1, "destroyed more than once")?;
    }
    ensure(streams.is_some_and(|streams| streams.load(SeqCst) > 1), "no stream was ever disturbed")?;
    let links: Vec<_> = links.iter().map(|(_, link)| link).collect();
    at.leave(&links).await
}
