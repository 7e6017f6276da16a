//! More than one desk on one machine.

use crate::stage::{DOCUMENT, Stage};
use desk::{Desk, Template};
use journeys::{Outcome, Scene, ensure};
use seal::Link;
use std::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_with_two_folders_stand_side_by_side() -> Outcome {
    let mut on = Stage::set().await?;
    let mut other = Scene::found().await?;
    ensure(on.scene.desk()?.origin() != other.desk()?.origin(), "both answer at one address")?;
    let mine = on.scene.ask(Template::IdDocument, "#14").await?;
    let theirs = other.ask(Template::IdDocument, "#14").await?;
    on.deliver(&mine).await?;
    let paper = on.paper("theirs.pdf", 300)?;
    on.customer.open(&theirs.url).await?;
    on.customer.give_file(DOCUMENT, &paper).await?;
    on.customer.send().await?;
    on.received().await?;
    for (scene, link, name) in [(&on.scene, &mine, "paper.pdf"), (&other, &theirs, "theirs.pdf")] {
        let items = scene.items(link.request).await?;
        ensure(items.len() == 1 && items[0].described.as_ref().unwrap().name == name, "desks are mixed up")?;
    }
    // A link works at its own desk only.
    on.customer.open(&Link::parse(&theirs.url)?.url(&on.scene.desk()?.origin())).await?;
    on.customer.wait_status("This link does not lead anywhere any more.").await?;
    other.close().await;
    on.leave().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_desk_on_one_folder_is_refused_and_a_taken_port_is_said() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#15").await?;
    let second = Desk::open(on.scene.config()).await.err().ok_or("a second desk opened the same folder")?;
    ensure(second.to_string().contains("another Cloakroom is using this vault"), second.to_string())?;

    let port: u16 = on.scene.desk()?.origin().rsplit(':').next().unwrap().parse()?;
    on.scene.close().await;
    let squatter = TcpListener::bind(("127.0.0.1", port))?;
    let taken = Desk::open(on.scene.config()).await.err().ok_or("a taken port was used")?;
    ensure(taken.to_string().contains(&port.to_string()), taken.to_string())?;
    drop(squatter);
    // Nothing was changed by that: the same port, the same link.
    on.scene.open().await?;
    on.scene.unlock().await?;
    on.deliver(&link).await?;
    ensure(on.scene.items(link.request).await?.len() == 1, "it did not arrive")?;
    on.leave().await
}
