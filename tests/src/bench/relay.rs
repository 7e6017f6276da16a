//! The relay under load, beside the disk and the network it stands on.

use super::{
    Goal, MIB, Row, Size, Times,
    others::Other,
    random, raw,
    relay_process::{PART, RelayProcess, fresh_opening},
};
use journeys::Outcome;
use std::{fs, path::Path, sync::Arc, time::Instant};
use tokio::task::JoinSet;
use wire::PartId;

/// Customers who send at the same time.
pub(crate) const WRITERS: usize = 64;
const CREATORS: usize = 256;

/// How fast 1 MiB files were taken in.
pub(crate) struct Uploads {
    /// Files a second.
    pub(crate) rate: f64,
    pub(crate) times: Times,
}

/// Measures everything about the relay.
pub(crate) async fn run(size: &Size, folder: &Path, with_others: bool) -> Outcome<Vec<Row>> {
    let others = if with_others { Some(Other::install()?) } else { None };
    let relay = RelayProcess::start(folder)?;
    // The disk is not the same from one minute to the next: it is measured before and after.
    let before = raw::writes(&folder.join("raw"), WRITERS, size.uploads / 2, MIB)?;
    let ours = uploads(&relay, size.uploads).await?;
    let after = raw::writes(&folder.join("raw"), WRITERS, size.uploads / 2, MIB)?;
    let memory = relay.peak_memory()?;
    let mut rows = vec![
        Row::new("1 MiB uploads, 64 at once, with fsync", ours.rate, "/s")
            .against("create + write + fsync, 64 writers", (before + after) / 2.0)
            .goal(Goal::TimesAtLeast(0.6)),
    ];
    if let Some(others) = others {
        for other in others {
            let theirs = other.uploads(folder, size.uploads).await?;
            let rate = Row::new("the same", ours.rate, "/s").against(other.name(), theirs.rate);
            rows.push(rate.goal(Goal::TimesAtLeast(1.0)));
            let p99 =
                Row::new("the same, p99", ours.times.p99(), "ms").against(other.name(), theirs.times.p99());
            rows.push(p99.goal(Goal::TimesAtMost(0.5)));
        }
    }
    rows.push(
        Row::new("memory of its process after that, at its highest", memory, "MiB").goal(Goal::AtMost(64.0)),
    );
    let before = relay.processor()?;
    let rate = creations(&relay, size.creations).await?;
    let each = (relay.processor()? - before).div_f64(size.creations as f64);
    rows.push(
        Row::new("durable box creations, 256 at once", rate, "/s")
            .processor(each)
            .goal(Goal::AtLeast(10_000.0)),
    );
    let file = folder.join("part");
    fs::write(&file, random(PART)?)?;
    let path = relay.submit(&mut relay.connect().await?, &fs::read(&file)?).await?;
    for at_once in [1, 2] {
        let copy = raw::loopback(&file, size.downloads)?;
        let before = relay.processor()?;
        let rate = downloads(&relay, &path, at_once, size.downloads).await?;
        let each = (relay.processor()? - before).div_f64(size.downloads as f64);
        rows.push(
            Row::new(format!("downloads of 96 MiB, {at_once} at once"), rate, "GB/s")
                .processor(each)
                .against("a file read and sent over loopback", copy)
                .goal(Goal::AtLeast(1.5)),
        );
    }
    rows.push(
        Row::new("memory of its process at the end, at its highest", relay.peak_memory()?, "MiB")
            .goal(Goal::AtMost(64.0)),
    );
    Ok(rows)
}

async fn uploads(relay: &RelayProcess, files: usize) -> Outcome<Uploads> {
    let bytes = Arc::new(random(MIB)?);
    let part = PartId::from_bytes([0x0f; 16]);
    let mut ready = Vec::new();
    for _ in 0..WRITERS {
        let mut connection = relay.connect().await?;
        let opened = relay.open_box(&mut connection).await?;
        ready.push((connection, opened));
    }
    let begun = Instant::now();
    let mut sending = JoinSet::new();
    for (mut connection, opened) in ready {
        let bytes = Arc::clone(&bytes);
        sending.spawn(async move {
            let mut times = Vec::with_capacity(files / WRITERS);
            for n in 0..files / WRITERS {
                let begun = Instant::now();
                opened.put(&mut connection, part, n, &bytes).await?;
                times.push(begun.elapsed());
            }
            Outcome::Ok(times)
        });
    }
    Uploads::gather(begun, sending).await
}

impl Uploads {
    /// What every sender found.
    pub(crate) async fn gather(
        begun: Instant,
        sending: JoinSet<Outcome<Vec<std::time::Duration>>>,
    ) -> Outcome<Self> {
        let times = sending.join_all().await.into_iter().collect::<Outcome<Vec<_>>>()?.concat();
        let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        Ok(Self { rate, times: Times::of(times) })
    }
}

/// Boxes a second, each durable before it is answered.
async fn creations(relay: &RelayProcess, boxes: usize) -> Outcome<f64> {
    let request = random(4125)?;
    let each = boxes / CREATORS;
    let mut ready = Vec::new();
    for _ in 0..CREATORS {
        // Made beforehand: this measures the relay, not whoever asks it.
        let bodies = (0..each).map(|_| fresh_opening(&request)).collect::<Outcome<Vec<_>>>()?;
        ready.push((relay.connect().await?, bodies));
    }
    let headers: Arc<str> = format!("{}Content-Type: application/json\r\n", relay.desk()).into();
    let begun = Instant::now();
    let mut creating = JoinSet::new();
    for (mut connection, bodies) in ready {
        let headers = Arc::clone(&headers);
        creating.spawn(async move {
            for body in &bodies {
                connection.expect(201, "POST", "/v1/boxes", &headers, body).await?;
            }
            Outcome::Ok(())
        });
    }
    creating.join_all().await.into_iter().collect::<Outcome>()?;
    Ok((each * CREATORS) as f64 / begun.elapsed().as_secs_f64())
}

/// Gigabytes a second of a part over so many connections.
async fn downloads(relay: &RelayProcess, path: &str, at_once: usize, times: usize) -> Outcome<f64> {
    let each = times / at_once;
    let mut ready = Vec::new();
    for _ in 0..at_once {
        ready.push((relay.connect().await?, path.to_owned(), relay.desk().to_owned()));
    }
    let begun = Instant::now();
    let mut loading = JoinSet::new();
    for (mut connection, path, desk) in ready {
        loading.spawn(async move {
            for _ in 0..each {
                connection.expect(200, "GET", &path, &desk, &[]).await?;
            }
            Outcome::Ok(())
        });
    }
    loading.join_all().await.into_iter().collect::<Outcome>()?;
    Ok((each * at_once * PART) as f64 / begun.elapsed().as_secs_f64() / 1e9)
}
