//! Measures the numbers of the design and prints them, goal beside figure: `cargo xtask bench`.

#[path = "../bench/mod.rs"]
mod bench;

use bench::{
    Row, Size, Table, app, archive::Archive, arrival, browser, inbox, ledger, ms, purge, relay, strain,
    tickets, unlock,
};
use clap::{Parser, ValueEnum};
use journeys::{Outcome, ensure, root};
use serde_json::json;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

/// As the app does, and it costs time: freed memory is wiped, also what other crates freed.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// Measures Cloakroom on this machine. Nothing fails because a goal is missed: figures depend on the machine.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Arguments {
    /// Only these; all of them otherwise
    groups: Vec<Group>,
    /// Small sizes, to see that it runs; such figures say nothing about the goals
    #[arg(long)]
    quick: bool,
    /// A folder on the disk to measure; below `target` otherwise
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Install rustypaste and copyparty below `target`, and measure them beside the relay
    #[arg(long)]
    with_others: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    Browser,
    Relay,
    Strain,
    Arrival,
    Purge,
    Inbox,
    Ledger,
    Unlock,
    App,
    Tickets,
}

impl Group {
    const fn title(self) -> &'static str {
        match self {
            Self::Browser => "browser sealing",
            Self::Relay => "relay",
            Self::Strain => "relay under strain",
            Self::Arrival => "arrival at the desk",
            Self::Purge => "purge",
            Self::Inbox => "inbox",
            Self::Ledger => "ledger",
            Self::Unlock => "unlock",
            Self::App => "the app on a screen",
            Self::Tickets => "a helpdesk's tickets",
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            say(&format!("Nothing was measured: {why}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether everything that was wanted could be measured.
async fn measure(arguments: Arguments) -> Outcome<bool> {
    let size = if arguments.quick { Size::QUICK } else { Size::FULL };
    let parent = arguments.dir.clone().unwrap_or_else(|| root().join("target/tmp"));
    fs::create_dir_all(&parent)?;
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&parent)?;
    on_a_disk(folder.path())?;
    let wanted = if arguments.groups.is_empty() { Group::value_variants() } else { &arguments.groups };
    let mut run = Run { size, folder: folder.path(), others: arguments.with_others, archive: None };
    let (mut table, mut whole) = (Table::default(), true);
    for group in wanted {
        let begun = Instant::now();
        match run.measure(*group).await {
            Ok(rows) => {
                table.add(group.title(), rows);
                say(&format!("measured in {:>6.1} s: {}", ms(begun.elapsed()) / 1000.0, group.title()));
            }
            Err(why) => {
                whole = false;
                say(&format!("could not be measured: {}: {why}", group.title()));
            }
        }
    }
    say(&format!("\n{}", table.text()));
    if arguments.quick {
        say("Small sizes: these figures say nothing about the goals.");
    }
    let file = root().join("target/bench.json");
    let cores = std::thread::available_parallelism()?;
    let report = json!({ "quick": arguments.quick, "cores": cores, "rows": table.rows_json() });
    fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    say(&format!("For programs: {}", file.display()));
    Ok(whole)
}

struct Run<'a> {
    size: Size,
    folder: &'a Path,
    others: bool,
    archive: Option<Archive>,
}

impl Run<'_> {
    async fn measure(&mut self, group: Group) -> Outcome<Vec<Row>> {
        let (size, folder) = (self.size, self.folder);
        match group {
            Group::Browser => browser::run(&size, folder).await,
            Group::Relay => relay::run(&size, folder, self.others).await,
            Group::Strain => strain::run(folder),
            Group::Arrival => arrival::run(&size, folder).await,
            Group::Purge => purge::run(&size, folder),
            Group::Inbox => inbox::run(&size, self.archive().await?),
            Group::Ledger => ledger::run(&size, self.archive().await?),
            Group::Unlock => unlock::run(&size, self.archive().await?).await,
            Group::App => app::run(&size, folder, self.archive().await?).await,
            Group::Tickets => tickets::run(&size).await,
        }
    }

    /// Filled once for all that want it.
    async fn archive(&mut self) -> Outcome<&mut Archive> {
        let archive = match self.archive.take() {
            Some(archive) => archive,
            None => Archive::fill(self.folder, self.size.requests).await?,
        };
        Ok(self.archive.insert(archive))
    }
}

/// In memory an fsync costs nothing, and the figures would flatter us.
fn on_a_disk(folder: &Path) -> Outcome {
    const TMPFS: rustix::fs::FsWord = 0x0102_1994;
    let kind = rustix::fs::statfs(folder)?.f_type;
    ensure(kind != TMPFS, format!("{} is in memory; name a folder on a disk with --dir", folder.display()))
}

/// A closed pipe ends nothing.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
