//! `cloakroom-relay desk`: which desks may use this relay.

use clap::{Args, Subcommand};
use relay::{DeskAnswer, DeskLine, DeskOrder, NewCode};
use std::{
    error::Error,
    fmt::Write,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

/// Which desks may use this relay.
#[derive(Args)]
pub(crate) struct DeskCommand {
    /// The folder that holds everything the relay stores.
    #[arg(long, env = "CLOAKROOM_RELAY_DATA_DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// The file with the relay's settings, which names that folder.
    #[arg(long, env = "CLOAKROOM_RELAY_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// Makes a desk known, and prints the one-time code it enrols with.
    Add {
        /// What to call it.
        name: String,
    },
    /// Lists the desks.
    List,
    /// Ends a desk's token at once. What it has here stays until its time is over.
    Revoke {
        /// Which.
        name: String,
    },
    /// Prints a new one-time code for a desk; its token works until the code is used.
    Rotate {
        /// Which.
        name: String,
    },
}

/// Carries it out, and says what became of it.
pub(crate) fn run(command: DeskCommand) -> Result<(), Box<dyn Error>> {
    let named = || crate::program::data_dir(command.config.as_deref()?);
    let folder = command
        .data_dir
        .or_else(named)
        .ok_or("the relay's folder is missing; give it with --data-dir or --config")?;
    let order = match command.order {
        Order::Add { name } => DeskOrder::Add { name },
        Order::List => DeskOrder::List,
        Order::Revoke { name } => DeskOrder::Revoke { name },
        Order::Rotate { name } => DeskOrder::Rotate { name },
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(relay::operate(&folder, order))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    crate::say(&match answer {
        DeskAnswer::Code(code) => of_code(&code, now),
        DeskAnswer::Desks { desks } => table(&desks, now),
        DeskAnswer::Revoked => "This desk may call no more.\n".to_owned(),
    })?;
    Ok(())
}

fn of_code(code: &NewCode, now: u64) -> String {
    let hours = code.expires.saturating_sub(now).div_ceil(3600);
    format!("{}\n\nIt works once, for the next {hours} hours. It is shown here only.\n", code.code)
}

/// Names and times, in columns; never an id.
fn table(desks: &[DeskLine], now: u64) -> String {
    if desks.is_empty() {
        return "No desk is known. Make one known with: desk add NAME\n".to_owned();
    }
    let rows: Vec<[String; 6]> = desks
        .iter()
        .map(|desk| {
            let state = match (desk.admitted, desk.code_waits) {
                (true, false) => "enrolled",
                (true, true) => "enrolled, new code waits",
                (false, true) => "code waits",
                (false, false) => "may not call",
            };
            [
                desk.name.clone(),
                state.to_owned(),
                ago(desk.enrolled, now),
                ago(desk.heard, now),
                desk.boxes.to_string(),
                desk.bytes.to_string(),
            ]
        })
        .collect();
    let head = ["NAME", "STATE", "ENROLLED", "LAST HEARD", "OPEN BOXES", "BYTES"].map(str::to_owned);
    let mut widths = [0; 6];
    for row in std::iter::once(&head).chain(&rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&head).chain(&rows) {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// How long ago, in the largest unit that says something.
fn ago(at: Option<u64>, now: u64) -> String {
    let Some(at) = at else { return "-".to_owned() };
    let seconds = now.saturating_sub(at);
    match seconds {
        0..3600 => "within the hour".to_owned(),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}
