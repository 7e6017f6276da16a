//! Sealing in a customer's browser, beside the same done natively.

use super::{Goal, MIB, Row, Size, Times, random};
use desk::Template;
use journeys::{Customer, Outcome, Scene, scene::Cost};
use seal::{RequestIdentity, SystemRng, agefile};
use std::{path::Path, sync::Arc, time::Duration};

const SLOT: &str = "Passport or ID card";
/// The file that goals speak of, MiB.
const FILE: usize = 10;
/// The largest that still fits into 100 MB, MiB.
const LARGE: usize = 95;
/// Between two frames at 60 Hz there are 16.7 ms, rounded by the browser; whatever holds one up makes it 33.
const FRAME: f64 = 17.0;

/// Measures the real page in Chromium.
pub(crate) async fn run(size: &Size, folder: &Path) -> Outcome<Vec<Row>> {
    let mut scene =
        Scene::found_in(&folder.join("browser"), Cost::WEAK_FOR_TESTS, Arc::new(SystemRng)).await?;
    scene.unlock().await?;
    let link = scene.ask(Template::IdDocument, "#6001").await?;
    let mut customer = Customer::start().await?;
    customer.open(&link.url).await?;
    let first = customer.bench_seal(SLOT, FILE).await?;
    let (mut times, mut ends, mut frames, mut tasks) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..size.sealings {
        let sealed = customer.bench_seal(SLOT, FILE).await?;
        times.push(seconds(sealed.ms));
        ends.push(seconds(sealed.end_to_end_ms));
        frames.push(seconds(sealed.longest_frame_ms));
        tasks += sealed.long_tasks_ms.len();
    }
    let small = customer.memory().await?;
    let large = customer.bench_seal(SLOT, LARGE).await?;
    let once = customer.memory().await?;
    customer.bench_seal(SLOT, LARGE).await?;
    let twice = customer.memory().await?;
    customer.quit().await?;
    scene.close().await;
    let native = native()?;
    let (times, ends, frames) = (Times::of(times), Times::of(ends), Times::of(frames));
    let (age, mib) = ("the same by the age library, native", |kib: u64| kib as f64 / 1024.0);
    Ok(vec![
        Row::new("seal 10 MiB in the worker, p50", times.p50(), "ms")
            .against(age, native)
            .goal(Goal::AtMost(100.0)),
        Row::new("the very first time", first.ms, "ms").against(age, native),
        Row::new("from choosing the file to the page's \"ready\", p50", ends.p50(), "ms"),
        Row::new("longest frame of the page meanwhile, worst", frames.p99(), "ms").goal(Goal::AtMost(FRAME)),
        Row::new("its longest, in the median", frames.p50(), "ms"),
        Row::new("tasks over 50 ms on the page's own thread", f64::from(tasks as u32), "")
            .goal(Goal::AtMost(0.0)),
        Row::new("seal 95 MiB in the worker", large.ms, "ms"),
        Row::new("longest frame of the page meanwhile", large.longest_frame_ms, "ms")
            .goal(Goal::AtMost(FRAME)),
        Row::new("memory of the page's process at its highest, 95 MiB once", mib(once.peak_kib), "MiB")
            .against("after 10 MiB files only", mib(small.peak_kib)),
        Row::new("what a second file of 95 MiB adds to that", mib(twice.peak_kib - once.peak_kib), "MiB"),
    ])
}

/// Milliseconds that one sealing takes natively, in the median.
fn native() -> Outcome<f64> {
    let bytes = random(FILE * MIB)?;
    let to = RequestIdentity::make(&SystemRng)?.recipient();
    let times = Times::repeat(9, || agefile::seal_item(&to, &bytes).map(drop))?;
    Ok(times.p50())
}

fn seconds(ms: f64) -> Duration {
    Duration::from_secs_f64(ms / 1000.0)
}
