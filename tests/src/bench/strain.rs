//! The relay's own measurements, run as its package has them: slow clients, large uploads, webhooks.

use super::{
    Goal, Row,
    relay_process::{built, program},
};
use journeys::{Outcome, ensure};
use serde::Deserialize;
use std::{path::Path, process::Command};

/// One line of theirs.
#[derive(Deserialize)]
struct Figure {
    what: String,
    value: f64,
    unit: String,
    goal: String,
}

/// Measures what 800 slow clients cost the others and how much memory 64 large uploads take, plain and over TLS, and how
/// fast webhooks are kept and fetched.
pub(crate) fn run(folder: &Path) -> Outcome<Vec<Row>> {
    let (relay, strain, measure) =
        (program()?, built("--example", "strain")?, built("--example", "measure")?);
    let figures = |of: &Path, more: &[&str]| -> Outcome<Vec<Figure>> {
        let output = Command::new(of).arg(&relay).arg(folder).args(more).output()?;
        ensure(output.status.success(), "the relay's own measurement ended badly")?;
        let lines = String::from_utf8(output.stdout)?;
        lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    };
    let mut all = figures(&strain, &[])?;
    all.append(&mut figures(&strain, &["tls"])?);
    // The rest of what it measures stands in the group of the relay, beside the disk.
    all.append(&mut figures(&measure, &["webhooks"])?);
    Ok(all.into_iter().map(row).collect())
}

fn row(figure: Figure) -> Row {
    let unit = ["ms", "s", "us", "MiB", "MiB/s", "/s"].into_iter().find(|unit| *unit == figure.unit);
    let row = Row::new(figure.what, figure.value, unit.unwrap_or_default());
    let number = |text: &str| text.trim().parse().ok();
    match figure.goal.split_at_checked(2) {
        Some(("<=", most)) => number(most).map(Goal::AtMost),
        Some((">=", least)) => number(least).map(Goal::AtLeast),
        _ => None,
    }
    .map_or(row.clone(), |goal| row.goal(goal))
}
