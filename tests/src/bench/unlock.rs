//! From the passphrase to the inbox.

use super::{Goal, MIB, Row, Size, Times, Took, archive::Archive, inbox::PAGE, ms, processor};
use journeys::{Outcome, ensure};
use seal::{
    PersonId, SystemRng,
    passphrase::{Cost, Passphrase},
    person::PersonKeys,
};
use std::time::Instant;
use zeroize::Zeroizing;

/// Measures a desk with a long inbox.
pub(crate) async fn run(size: &Size, archive: &mut Archive) -> Outcome<Vec<Row>> {
    let stretch = stretches(size.unlocks)?;
    let begun = Instant::now();
    archive.scene.open().await?;
    let opened = ms(begun.elapsed());
    let mut times = Vec::new();
    for _ in 0..size.unlocks {
        let desk = archive.scene.desk()?;
        desk.lock();
        let (begun, before) = (Instant::now(), processor());
        archive.scene.unlock().await?;
        let page = desk.inbox(None, None, None, PAGE).await?;
        times.push(Took { time: begun.elapsed(), processor: processor() - before });
        ensure(page.len() == PAGE as usize, "a full page")?;
    }
    archive.scene.close().await;
    let (cost, times) = (Cost::STANDARD, Times::of_work(&times));
    let argon = format!("Argon2id, {} passes, {} lanes", cost.passes(), cost.lanes());
    Ok(vec![
        Row::new(
            "memory that a try at the passphrase costs",
            f64::from(cost.kib()) * 1024.0 / MIB as f64,
            "MiB",
        )
        .goal(Goal::AtLeast(256.0)),
        Row::new("unlock → inbox ready, p50", times.p50(), "ms")
            .processor(times.processor())
            .against(format!("{argon} alone"), stretch.p50())
            .goal(Goal::AtMost(500.0)),
        Row::new("start of a desk with this inbox, until it can be unlocked", opened, "ms"),
    ])
}

/// The passphrase's part of it: a person's keys sealed at the standard cost.
pub(crate) fn stretches(count: usize) -> Outcome<Times> {
    let keys = PersonKeys::make(&SystemRng)?;
    let passphrase = Passphrase::entered(Zeroizing::new("four wooden hangers by the door".to_owned()));
    let person = PersonId::make(&SystemRng)?;
    Times::repeat(count, || {
        keys.seal(&SystemRng, person, &passphrase, Cost::STANDARD)?;
        Outcome::Ok(())
    })
}
