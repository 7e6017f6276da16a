//! The customer wants it gone.

use crate::stage::Stage;
use desk::Template;
use journeys::{Outcome, ensure, relay_store, verifier};
use std::ffi::OsStr;
use vault::tables::round::RoundState;

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_withdraws_is_obeyed_at_once_also_while_the_desk_is_locked() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#10").await?;
    on.scene.desk()?.lock();
    on.deliver(&link).await?;
    // A robot's click destroys nothing: the ticket has to be named.
    on.customer.withdraw("#11").await?;
    on.page_says("This is not the reference of this ticket", true).await?;
    ensure(on.scene.round(link.request, link.box_id).await?.unwrap().state == RoundState::Collected, "gone")?;
    on.customer.fill("Ticket reference", "#10").await?;
    on.customer.press("Yes, do it").await?;
    on.customer.wait_status("Deleted on").await?;
    on.customer.reload().await?;
    on.customer.wait_status("Deleted on").await?;
    on.page_says("Delete my data now", false).await?;

    ensure(!on.scene.desk()?.is_unlocked(), "the desk is not locked")?;
    let purges = on.scene.certified("#10", 1).await?;
    ensure(
        purges.len() == 1 && purges[0].rule == "withdrawn" && purges[0].items == 1,
        format!("{purges:?}"),
    )?;
    ensure(purges[0].begun == on.scene.now(), "not at once")?;
    ensure(relay_store::files(&on.scene.data_dir().join("blobs"))? == 0, "ciphertext is left")?;
    let desk = on.scene.desk()?;
    let file = on.file("certificate.json", desk.certificate(purges[0].id).await?.as_bytes())?;
    let key = desk.verifying_key().await?;
    let verdict = verifier::run(&[OsStr::new("--key"), OsStr::new(&key), file.as_os_str()])?;
    ensure(verdict.code == 0, verdict.said)?;
    on.scene.unlock().await?;
    ensure(on.scene.items(link.request).await?.is_empty(), "something is still listed")?;
    on.leave().await
}
