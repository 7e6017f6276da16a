//! Plays the main job, from link to purge, and prints each step for a person to read: `cargo xtask job`.

use clap::Parser;
use journeys::{
    job::{self, Narrator, Setting},
    scene::Cost,
};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Plays Cloakroom's main job with a real browser: asked, given, sent over a bad connection, collected while locked,
/// opened, closed, destroyed, proven.
#[derive(Parser)]
#[command(name = "cargo xtask job")]
struct Arguments {
    /// The desk's data folder, which then stays; a temporary one otherwise
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Keep the customer's files, pictures of the page and the certificates
    #[arg(long)]
    keep: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match play(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&format!("\nIt did not go as it should: {why}"));
            ExitCode::FAILURE
        }
    }
}

async fn play(arguments: Arguments) -> journeys::Outcome {
    let mut folder = tempfile::Builder::new().prefix("cloakroom-").tempdir()?;
    folder.disable_cleanup(arguments.keep);
    let around = folder.path().join("around");
    let data_dir = arguments.data_dir.unwrap_or_else(|| folder.path().join("desk"));
    job::play(
        Setting { data_dir, around, cost: Cost::STANDARD },
        &mut Aloud { step: 0, keep: arguments.keep },
    )
    .await?;
    if arguments.keep {
        say(&format!("\nEverything is kept in {}", folder.path().display()));
    } else {
        say("\nDone, and the temporary folder is removed; with --keep it stays to be looked at.");
    }
    Ok(())
}

/// Prints.
struct Aloud {
    step: u32,
    keep: bool,
}

impl Narrator for Aloud {
    fn step(&mut self, what: &str) {
        self.step += 1;
        say(&format!("\n{:>2}. {what}", self.step));
    }

    fn detail(&mut self, what: &str) {
        say(&format!("    {what}"));
    }

    fn look(&mut self, at: &Path) {
        if self.keep {
            say(&format!("    look at {}", at.display()));
        }
    }
}

/// A closed pipe ends nothing.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
