//! `cloakroom-relay`: the relay as a program of its own.

#[cfg(unix)]
mod desk_command;

use clap::{Args, Parser, Subcommand};
use relay::{Config, Relay, SystemClock, bind_loopback};
use ring::rand::{SecureRandom, SystemRandom};
use std::{
    error::Error,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};
use wire::{DeskToken, limits};

/// The server between the customer's browser and the desk. It cannot read what it carries.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until it is told to stop.
    Serve(Serve),
    /// Says which desks may use this relay. Works while it serves.
    #[cfg(unix)]
    Desk(desk_command::DeskCommand),
    /// Prints the API as an OpenAPI document.
    Openapi,
}

#[derive(Args)]
struct Serve {
    /// The folder that holds everything the relay stores.
    #[arg(long, env = "CLOAKROOM_RELAY_DATA_DIR")]
    data_dir: PathBuf,
    /// Where to listen; port 0 takes any free one.
    #[arg(long, env = "CLOAKROOM_RELAY_LISTEN", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The folder of the built customer's page.
    #[arg(long, env = "CLOAKROOM_RELAY_PAGE")]
    page: Option<PathBuf>,
    /// The file with the desk's token, 64 hexadecimal digits; made when missing.
    #[arg(long, env = "CLOAKROOM_RELAY_DESK_TOKEN_FILE")]
    desk_token_file: Option<PathBuf>,
    /// Bytes of a chunk, unless a desk asks for another size.
    #[arg(long, env = "CLOAKROOM_RELAY_CHUNK_SIZE", default_value_t = limits::CHUNK_DEFAULT)]
    chunk_size: u32,
    /// A further host name to answer to; may be given several times.
    #[arg(long = "host", env = "CLOAKROOM_RELAY_HOSTS", value_delimiter = ',')]
    hosts: Vec<String>,
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    // Only what this crate says itself: libraries would log paths, and paths name boxes.
    let level =
        std::env::var("CLOAKROOM_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let ours = Targets::new().with_target("relay", level).with_target("cloakroom_relay", level);
    let lines = tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
    let done = match command {
        Command::Openapi => say(&relay::openapi()).map_err(Into::into),
        #[cfg(unix)]
        Command::Desk(command) => desk_command::run(command),
        Command::Serve(options) => start(options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "cloakroom-relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: Serve) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: Serve) -> Result<(), Box<dyn Error>> {
    let mut config = Config::new(options.data_dir);
    config.page = options.page;
    config.chunk_size = options.chunk_size;
    config.hosts = options.hosts;
    config.control = true;
    let relay = Relay::open(config, Arc::new(SystemClock))?;
    if let Some(file) = options.desk_token_file {
        relay.admit_desk("desk", desk_token(&file)?.hash()).await?;
    }
    let listener = if options.listen.ip() == std::net::Ipv4Addr::LOCALHOST {
        bind_loopback(Some(options.listen.port())).await?
    } else {
        tokio::net::TcpListener::bind(options.listen).await?
    };
    let address = listener.local_addr()?;
    say(&format!("{{\"listening\":\"http://{address}\",\"port\":{}}}\n", address.port()))?;
    relay.serve(listener, told_to_stop()?).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Reads the token, or makes one for this user's eyes only.
fn desk_token(file: &Path) -> Result<DeskToken, Box<dyn Error>> {
    match fs::read_to_string(file) {
        Ok(text) => DeskToken::parse(text.trim()).map_err(|_| {
            "the desk token file does not hold 64 hexadecimal digits; restore it, or remove it to have a new one made"
                .into()
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut bytes = [0; 32];
            SystemRandom::new().fill(&mut bytes).map_err(|_| "the system gave no randomness; try again")?;
            let token = DeskToken::from_bytes(bytes);
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt;
                options.mode(0o600);
            }
            let mut made = options.open(file)?;
            made.write_all(token.to_bearer().as_bytes())?;
            made.write_all(b"\n")?;
            made.sync_all()?;
            Ok(token)
        }
        Err(error) => Err(error.into()),
    }
}

/// Resolves on SIGTERM or Ctrl-C.
fn told_to_stop() -> Result<impl Future<Output = ()>, std::io::Error> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        let interrupt = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        #[cfg(unix)]
        tokio::select! {
            () = interrupt => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        interrupt.await;
    })
}

fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
