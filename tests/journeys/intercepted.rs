//! Somebody else holds the link as well.

use crate::stage::{DOCUMENT, Stage, paper};
use desk::Template;
use journeys::{Interceptor, Outcome, ensure, opened};
use wire::PartId;

#[tokio::test(flavor = "multi_thread")]
async fn junk_before_and_during_the_upload_keeps_nobody_out() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#8").await?;
    let interceptor = Interceptor::of(&link.url)?;
    for part in 0..30 {
        for n in 0..3 {
            interceptor
                .put(PartId::from_bytes([part; 16]), n, vec![part; 262_144])
                .await?
                .error_for_status()?;
        }
    }
    let given = on.paper("paper.pdf", 2000)?;
    on.customer.open(&link.url).await?;
    on.customer.give_file(DOCUMENT, &given).await?;
    on.customer.cut_after(3).await?;
    on.customer.send().await?;
    on.customer.wait_cut().await?;
    // In the way of every chunk that is still to come.
    let mut written = 0;
    for part in interceptor.parts().await?.parts.iter().filter(|part| !is_junk(part.part)) {
        for n in 0..12 {
            written +=
                u32::from(interceptor.put(part.part, n, vec![n as u8; 262_144]).await?.status() == 201);
        }
    }
    ensure(written > 0, "nothing was in the way")?;
    on.customer.restore().await?;
    on.received().await?;

    on.scene.close().await;
    let all = opened::open(&on.scene, link.box_id)?;
    ensure(all.len() == 1 && all[0].bytes == paper(2000), "something else arrived")?;
    on.scene.open().await?;
    on.leave().await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_sends_first_and_the_customer_sees_it() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#9").await?;
    let given = on.paper("mine.pdf", 600)?;
    on.customer.open(&link.url).await?;
    on.customer.give_file(DOCUMENT, &given).await?;
    let interceptor = Interceptor::of(&link.url)?;
    let status = interceptor.submit_own("theirs.pdf", &paper(5)).await?;
    ensure(status == 200, format!("the other submission: {status}"))?;
    ensure(interceptor.submit_own("again.pdf", &paper(5)).await.is_err(), "a second one was taken")?;
    on.received().await?;
    on.page_says("mine.pdf", false).await?;
    on.page_says("Delete my data now", true).await?;
    // Only who sent it may take it back for another one.
    on.page_says("Take back and replace", false).await?;
    let items = on.scene.items(link.request).await?;
    ensure(
        items.len() == 1 && items[0].described.as_ref().unwrap().name == "theirs.pdf",
        "which one arrived?",
    )?;
    on.leave().await
}

/// The customer's browser makes random ids; ours repeat one byte.
fn is_junk(part: PartId) -> bool {
    part.as_bytes().iter().all(|byte| *byte == part.as_bytes()[0])
}
