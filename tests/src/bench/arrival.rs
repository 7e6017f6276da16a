//! From the relay's yes to the customer until the desk's inbox shows what came: fetched, checked, durable, visible.

use super::{Goal, MIB, Row, Size, Times, plain_line::PlainLine, random, raw, relay_process, timed};
use desk::{DeskConfig, HttpTransport, NewLink, Template};
use journeys::{Authority, FarRelay, Interceptor, Network, Outcome, Scene, TestClock, hosts, scene::Cost};
use seal::{Link, SystemRng};
use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use vault::tables::request::Shelf;

const FILE: usize = 10 * MIB;
const WHAT: &str = "10 MiB sent → durable → in the inbox";
const COPY: &str = "10 MiB into a new file, fsync";

/// Measures a desk with its own relay, over loopback, and one whose relay is on another computer.
pub(crate) async fn run(size: &Size, folder: &Path) -> Outcome<Vec<Row>> {
    let content = random(FILE)?;
    let near = loopback(size, folder, &content).await?;
    let mut rows = vec![
        Row::new(format!("{WHAT}, p50"), near.took.p50(), "ms")
            .against(COPY, near.copied.p50())
            .goal(Goal::AtMost(60.0)),
        Row::new(format!("{WHAT}, p99"), near.took.p99(), "ms")
            .against(COPY, near.copied.p99())
            .goal(Goal::AtMost(150.0)),
    ];
    if hosts::has_hosts("arrival from a relay on another computer") {
        let far = two_hosts(size, folder, &content).await?;
        rows.extend([
            Row::new("the same from a relay on another computer, TLS, p50", far.took.p50(), "ms")
                .against("over loopback, plain", near.took.p50()),
            Row::new("the same from a relay on another computer, TLS, p99", far.took.p99(), "ms")
                .against("over loopback, plain", near.took.p99()),
        ]);
    }
    Ok(rows)
}

/// What arrivals took, and the disk alone in between.
struct Arrivals {
    took: Times,
    copied: Times,
}

async fn loopback(size: &Size, folder: &Path, content: &[u8]) -> Outcome<Arrivals> {
    let mut scene =
        Scene::found_in(&folder.join("arrival"), Cost::WEAK_FOR_TESTS, Arc::new(SystemRng)).await?;
    scene.unlock().await?;
    let arrived = arrivals(size, folder, &scene, content, Interceptor::of).await;
    scene.close().await;
    arrived
}

/// The relay as its operator runs it, behind TLS, in a network of its own; the customer is where the desk is.
async fn two_hosts(size: &Size, folder: &Path, content: &[u8]) -> Outcome<Arrivals> {
    let folder = folder.join("two-hosts");
    relay_process::program()?;
    let mut network = Network::set_up()?;
    let authority = Authority::make()?;
    let relay = FarRelay::start(&network.host(&[])?, &authority, &folder.join("relay")).await?;
    let trusted = authority.file(&folder)?;
    let mut config = DeskConfig::new(folder.join("desk"));
    config.cost = Cost::WEAK_FOR_TESTS;
    config.transport = Arc::new(HttpTransport::trusting(trusted.clone()));
    let mut scene = Scene::found_by(config, Arc::new(TestClock::now())).await?;
    scene.unlock().await?;
    let code = relay.enrolment_code("bench").await?;
    scene.desk()?.enrol(&relay.origin_by_address(), &code).await?;
    let line = PlainLine::to(&relay.origin_by_address(), &trusted).await?;
    let customer = |url: &str| Interceptor::with(&line.origin(), Link::parse(url)?);
    let arrived = arrivals(size, &folder, &scene, content, customer).await;
    scene.close().await;
    arrived
}

async fn arrivals(
    size: &Size,
    folder: &Path,
    scene: &Scene,
    content: &[u8],
    customer: impl Fn(&str) -> Outcome<Interceptor>,
) -> Outcome<Arrivals> {
    let (mut times, mut copies) = (Vec::new(), Vec::new());
    for n in 0..size.rounds {
        let link = scene.ask(Template::IdDocument, &format!("#{}", 5000 + n)).await?;
        times.push(arrival(scene, &link, &customer(&link.url)?, content).await?);
        copies.push(copy(folder, content)?);
    }
    Ok(Arrivals { took: Times::of(times), copied: Times::of(copies) })
}

/// Sends it, and counts from the accepted submission on.
async fn arrival(scene: &Scene, link: &NewLink, customer: &Interceptor, content: &[u8]) -> Outcome<Duration> {
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
