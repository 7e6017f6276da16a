//! A browser that forgets everything in the middle.

use crate::stage::{DOCUMENT, Stage};
use desk::Template;
use journeys::{Interceptor, Outcome, ensure, relay_store::RelayStore};

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_lost_its_storage_starts_over_and_gets_through() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#7").await?;
    let paper = on.paper("paper.pdf", 2000)?;
    on.customer.open(&link.url).await?;
    on.customer.give_file(DOCUMENT, &paper).await?;
    on.customer.cut_after(3).await?;
    on.customer.send().await?;
    on.customer.wait_cut().await?;
    let before = Interceptor::of(&link.url)?.parts().await?;
    ensure(!before.parts.is_empty(), "nothing had arrived")?;
    on.customer.clear_storage().await?;
    on.customer.restore().await?;
    // The tab has lost the secret too, and the message with the link is still there.
    on.customer.wait_status("This link was damaged").await?;
    on.customer.open(&link.url).await?;
    on.customer.wait_status("Ready.").await?;
    on.page_says("paper.pdf", false).await?;
    on.customer.give_file(DOCUMENT, &paper).await?;
    on.customer.send().await?;
    on.received().await?;
    ensure(on.scene.items(link.request).await?.len() == 1, "not exactly one item arrived")?;
    on.scene
        .until("the relay forgot the parts of the first try too", async || {
            let store = RelayStore::look(&on.scene.data_dir())?;
            Ok((store.files == 0 && store.chunks == 0).then_some(()))
        })
        .await?;
    on.leave().await
}
