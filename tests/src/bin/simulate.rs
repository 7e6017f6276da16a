//! Plays histories of desk, relay and customers, and prints the seed of each that broke a promise: `cargo xtask
//! simulate`.

use clap::Parser;
use journeys::simulation::{Failure, Mischief, Seen, run};
use std::{
    io::{self, Write},
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::Instant,
};

/// Whole histories in one process, each decided by a seed. With one history, prints what happened in it.
#[derive(Parser)]
#[command(name = "cargo xtask simulate")]
struct Arguments {
    /// The first history's seed; the others count on from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many
    #[arg(long, default_value_t = 1)]
    histories: u64,
    /// On how many threads; twice as many as there are cores otherwise
    #[arg(long)]
    threads: Option<usize>,
    /// Break a rule on purpose
    #[arg(long, value_name = "RULE")]
    broken: Option<Mischief>,
    /// Go on after a history that failed
    #[arg(long)]
    go_on: bool,
}

fn main() -> ExitCode {
    let Arguments { seed, histories, threads, broken, go_on } = Arguments::parse();
    let threads =
        threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, |cores| 2 * cores.get()));
    let failures = AtomicU64::new(0);
    let played = |came: &Result<Seen, Failure>| match came {
        Ok(seen) if histories == 1 => {
            say(&seen.trace.join("\n"));
            true
        }
        Ok(_) => true,
        Err(failure) => {
            failures.fetch_add(1, SeqCst);
            say(&format!("{failure}\n"));
            go_on
        }
    };
    let begun = Instant::now();
    let tally = match run(seed, histories, threads, broken, played) {
        Ok(tally) => tally,
        Err(why) => {
            say(&format!("Nothing was played: {why}"));
            return ExitCode::FAILURE;
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    let failures = failures.into_inner();
    say(&format!(
        "{} histories kept every promise, {failures} did not, in {seconds:.1} s: {:.1} a second on {threads} threads",
        tally.histories,
        (tally.histories + failures) as f64 / seconds.max(0.001),
    ));
    say(&format!(
        "{} steps, {} ends of the process, {} faults; {} submissions accepted, {} collected, {} purges certified",
        tally.steps, tally.kills, tally.faults, tally.accepted, tally.collected, tally.purges,
    ));
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}
