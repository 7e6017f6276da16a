use std::time::{Duration, Instant};

use crate::Outcome;
use crate::say::say;

/// One thing `cargo xtask test` does.
pub(crate) struct Step {
    /// What it is called on the command line and in the summary.
    pub(crate) name: &'static str,
    /// What it shows, in a few words.
    pub(crate) about: &'static str,
    pub(crate) run: fn() -> Outcome,
}

/// Runs every step, also after one failed, and prints what each came to.
pub(crate) fn run(steps: &[&Step]) -> Outcome {
    let begin = Instant::now();
    let mut rows = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        say(&format!(
            "\n=== {}/{} {}: {} [at {}]",
            number + 1,
            steps.len(),
            step.name,
            step.about,
            clock(begin)
        ));
        let start = Instant::now();
        let outcome = (step.run)();
        let took = start.elapsed();
        match &outcome {
            Ok(()) => say(&format!("=== {}: ok in {}", step.name, seconds(took))),
            Err(why) => say(&format!("=== {}: FAILED in {}: {why}", step.name, seconds(took))),
        }
        rows.push((step.name, took, outcome));
    }

    say("\nstep          seconds  result");
    for (name, took, outcome) in &rows {
        let result = outcome.as_ref().map_or_else(|why| format!("FAILED: {why}"), |()| "ok".to_owned());
        say(&format!("{name:<12}{:>9}  {result}", format!("{:.1}", took.as_secs_f64())));
    }
    say(&format!("{:<12}{:>9}", "together", format!("{:.1}", begin.elapsed().as_secs_f64())));

    let failed: Vec<_> = rows.iter().filter(|row| row.2.is_err()).map(|row| row.0).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("Failed: {}.", failed.join(", "))) }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// Minutes and seconds since the beginning.
fn clock(begin: Instant) -> String {
    let seconds = begin.elapsed().as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_failure_names_its_step_and_the_others_still_run() {
        let good = Step { name: "good", about: "", run: || Ok(()) };
        let bad = Step { name: "bad", about: "", run: || Err("broken".to_owned()) };
        assert_eq!(run(&[&bad, &good, &bad]).unwrap_err(), "Failed: bad, bad.");
        assert_eq!(run(&[&good]), Ok(()));
    }
}
