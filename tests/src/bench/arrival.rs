//! From the relay's yes to the customer until the desk's inbox shows what came: fetched, checked, durable, visible.

use super::{Goal, MIB, Row, Size, Times, random, raw, timed};
use desk::{NewLink, Template};
use journeys::{Interceptor, Outcome, Scene, scene::Cost};
use seal::SystemRng;
use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use vault::tables::request::Shelf;

const FILE: usize = 10 * MIB;

/// Measures a desk with its own relay, over loopback.
pub(crate) async fn run(size: &Size, folder: &Path) -> Outcome<Vec<Row>> {
    let mut scene =
        Scene::found_in(&folder.join("arrival"), Cost::WEAK_FOR_TESTS, Arc::new(SystemRng)).await?;
    scene.unlock().await?;
    let content = random(FILE)?;
    let (mut times, mut copies) = (Vec::new(), Vec::new());
    for n in 0..size.rounds {
        let link = scene.ask(Template::IdDocument, &format!("#{}", 5000 + n)).await?;
        times.push(arrival(&scene, &link, &content).await?);
        copies.push(copy(folder, &content)?);
    }
    scene.close().await;
    let (times, copies) = (Times::of(times), Times::of(copies));
    let what = "10 MiB sent → durable → in the inbox";
    Ok(vec![
        Row::new(format!("{what}, p50"), times.p50(), "ms")
            .against("10 MiB into a new file, fsync", copies.p50())
            .goal(Goal::AtMost(60.0)),
        Row::new(format!("{what}, p99"), times.p99(), "ms")
            .against("10 MiB into a new file, fsync", copies.p99())
            .goal(Goal::AtMost(150.0)),
    ])
}

/// Sends it, and counts from the accepted submission on.
async fn arrival(scene: &Scene, link: &NewLink, content: &[u8]) -> Outcome<Duration> {
    let customer = Interceptor::of(&link.url)?;
    let status = customer.submit_own("scan.pdf", content).await?;
    let begun = Instant::now();
    journeys::ensure(status == 200, "the submission is accepted")?;
    scene
        .until("the inbox shows what arrived", async || {
            let page = scene.desk()?.inbox(Some(Shelf::Arrived), None, None, 50).await?;
            Ok(page.iter().any(|row| row.id == link.request).then_some(()))
        })
        .await?;
    let took = begun.elapsed();
    // The clock stands still by itself, and the inbox shows the newest first.
    scene.clock.pass(1);
    Ok(took)
}

fn copy(folder: &Path, content: &[u8]) -> Outcome<Duration> {
    let path = folder.join("copy");
    let (done, took) = timed(|| raw::durable_file(&path, content));
    done?;
    fs::remove_file(path)?;
    Ok(took)
}
