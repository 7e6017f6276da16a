//! One link in two tabs.

use crate::stage::{DOCUMENT, Stage};
use desk::Template;
use journeys::{Outcome, ensure};

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_one_link_send_at_once_and_one_submission_arrives() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#6").await?;
    for (tab, name, kib) in [("one", "one.pdf", 900), ("two", "two.pdf", 1100)] {
        let paper = on.paper(name, kib)?;
        on.customer.turn_to(tab);
        on.customer.open(&link.url).await?;
        on.customer.give_file(DOCUMENT, &paper).await?;
    }
    for tab in ["one", "two"] {
        on.customer.turn_to(tab);
        on.customer.send().await?;
    }
    for tab in ["one", "two"] {
        on.customer.turn_to(tab);
        on.received().await?;
        on.customer.reload().await?;
        on.received().await?;
        on.page_says("Delete my data now", true).await?;
    }
    let items = on.scene.items(link.request).await?;
    let names: Vec<_> = items.iter().filter_map(|item| item.described.as_ref()).map(|it| &it.name).collect();
    ensure(names.len() == 1, format!("these arrived: {names:?}"))?;
    ensure(["one.pdf", "two.pdf"].contains(&names[0].as_str()), "something else arrived")?;
    on.leave().await
}
