//! Links that nobody used in time, and links that were taken back.

use crate::stage::{DAY, DOCUMENT, Stage};
use desk::Template;
use journeys::{Interceptor, Outcome, ensure};
use vault::tables::round::RoundState;
use wire::PartId;

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_says_so_and_takes_nothing_more() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#3").await?;
    on.customer.open(&link.url).await?;
    on.customer.wait_status("Ready.").await?;
    on.scene.pass(7 * DAY + 1)?;
    // The page that stands open, and one opened later.
    on.customer.wait_status("This request has expired.").await?;
    on.customer.new_context().await?;
    on.customer.open(&link.url).await?;
    on.customer.wait_status("This request has expired.").await?;
    on.page_says("Send", false).await?;

    let late = Interceptor::of(&link.url)?;
    let part = PartId::from_bytes([7; 16]);
    ensure(late.put(part, 0, vec![1; 1000]).await?.status() == 410, "a chunk was still taken")?;
    on.scene.round_is(&link, RoundState::Expired).await?;
    let purges = on.scene.certified("#3", 1).await?;
    ensure(purges[0].rule == "expired" && purges[0].items == 0, format!("{purges:?}"))?;
    ensure(on.scene.desk()?.troubles().is_empty(), format!("{:?}", on.scene.desk()?.troubles()))?;
    on.leave().await
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_a_ticket_takes_its_waiting_links_back_and_the_page_says_so() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#4").await?;
    let other = on.scene.ask(Template::IdDocument, "#5").await?;
    let paper = on.paper("paper.pdf", 300)?;
    on.customer.open(&link.url).await?;
    on.customer.give_file(DOCUMENT, &paper).await?;
    let closing = on.scene.desk()?.close_ticket("#4").await?;
    ensure(closing.revoked == [link.box_id] && closing.due.is_empty(), format!("{closing:?}"))?;
    on.customer.wait_status("This request was withdrawn.").await?;
    on.customer.reload().await?;
    on.customer.wait_status("This request was withdrawn.").await?;
    on.page_says("Send", false).await?;
    ensure(on.customer.kept(&["paper.pdf"]).await?.is_empty(), "the draft is still there")?;
    on.scene.round_is(&link, RoundState::Revoked).await?;
    // Another ticket's link still works.
    on.deliver(&other).await?;
    on.leave().await
}
