//! `cloakroom-relay`: the relay as a program of its own.

mod backup_command;
#[cfg(unix)]
mod desk_command;
mod program;

use clap::{Parser, Subcommand};
use program::{Serve, serve};
use std::{io::Write, process::ExitCode};

/// The server between the customer's browser and the desk. It cannot read what it carries.
#[derive(Parser)]
#[command(name = "cloakroom-relay", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until it is told to stop. Settings come from the file, the environment and these flags; what comes later
    /// weighs more.
    Serve(Box<Serve>),
    /// Says which desks may use this relay. Works while it serves.
    #[cfg(unix)]
    Desk(desk_command::DeskCommand),
    /// Copies the store, without shares. Works while the relay serves.
    Backup(backup_command::BackupCommand),
    /// Prints the API as an OpenAPI document.
    Openapi,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Openapi => say(&relay::openapi()).map_err(Into::into),
        #[cfg(unix)]
        Command::Desk(command) => desk_command::run(command),
        Command::Backup(command) => backup_command::run(&command),
        Command::Serve(options) => serve(*options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "cloakroom-relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
