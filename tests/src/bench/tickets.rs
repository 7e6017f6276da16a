//! Open tickets pulled from a real helpdesk: Request Tracker 5 on this machine.

use super::{Row, Size, Times};
use journeys::{Outcome, RequestTracker, ensure, request_tracker::pull_all};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Measures whole rounds, as after the desk was off: every ticket comes.
pub(crate) async fn run(size: &Size) -> Outcome<Vec<Row>> {
    let rt = RequestTracker::start().await?;
    let (helpdesk, credential) = (rt.helpdesk()?, rt.credential()?);
    rt.fill(size.pulled).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (mut times, mut waits) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds_on_screen.max(3) {
        let begun = Instant::now();
        let round = pull_all(&helpdesk, &credential, helpdesk.pull(now - 3600), now).await?;
        times.push(begun.elapsed());
        waits.push(round.waited);
        ensure(u64::try_from(round.news.len())? == size.pulled, "every ticket comes, once")?;
    }
    let (times, waits) = (Times::of(times), Times::of(waits));
    Ok(vec![
        Row::new(
            format!("{} open tickets pulled from Request Tracker 5, p50", size.pulled),
            times.p50(),
            "ms",
        )
        .against("of it, Request Tracker's own", waits.p50()),
    ])
}
