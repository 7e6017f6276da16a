//! `cloakroom-relay serve`.

use super::{
    check, log,
    settings::Settings,
    sources::{self, CONFIG_VARIABLE, Wrong},
};
use crate::say;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use relay::{Config, Relay, Transport, bind_loopback, clock};
use ring::rand::{SecureRandom, SystemRandom};
use std::{
    error::Error,
    fs::{self, OpenOptions},
    future::Future,
    io::{ErrorKind, Write},
    net::Ipv4Addr,
    path::{Path, PathBuf},
};
use tokio::net::TcpListener;
use wire::DeskToken;

/// The settings as the command line, the environment and the file give them.
pub(crate) struct Serve {
    check_config: bool,
    /// There is a file, and nothing of it could be read.
    unread: bool,
    settings: Settings,
    wrong: Vec<Wrong>,
}

/// Serves until told to stop, or only looks whether it could.
pub(crate) fn serve(options: Serve) -> Result<(), Box<dyn Error>> {
    let Serve { check_config, unread, settings, mut wrong } = options;
    // What was not read is not missing.
    let config = match settings.config() {
        Err(_) if unread => None,
        Ok(config) => {
            if check_config {
                wrong.extend(check::check(&settings, &config));
            }
            Some(config)
        }
        Err(more) => {
            wrong.extend(more);
            None
        }
    };
    let (Some(config), true) = (config, wrong.is_empty()) else {
        let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        return Err(all.join("\n").into());
    };
    if check_config {
        return Ok(say("the configuration is fine\n")?);
    }
    log::start(settings.log_level);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(settings, config))
}

async fn run(settings: Settings, config: Config) -> Result<(), Box<dyn Error>> {
    let scheme = match config.transport {
        Transport::Loopback | Transport::Proxied(_) => "http",
        _ => "https",
    };
    #[cfg(unix)]
    ours(&config.store)?;
    let relay = Relay::open(config, clock())?;
    if let Some(file) = &settings.desk_token_file {
        relay.admit_desk("desk", desk_token(file)?.hash()).await?;
    }
    let listener = if settings.listen.ip() == Ipv4Addr::LOCALHOST {
        bind_loopback(Some(settings.listen.port())).await?
    } else {
        TcpListener::bind(settings.listen).await.map_err(|error| refused("listen", &error))?
    };
    let address = listener.local_addr()?;
    let mut said = format!("{{\"listening\":\"{scheme}://{address}\",\"port\":{}", address.port());
    let operator = match settings.metrics_listen {
        Some(address) => {
            let listener =
                TcpListener::bind(address).await.map_err(|error| refused("metrics.listen", &error))?;
            said.push_str(&format!(",\"metrics\":\"http://{}\"", listener.local_addr()?));
            let relay = relay.clone();
            Some(tokio::spawn(async move { relay.serve_operator(listener).await }))
        }
        None => None,
    };
    reload_when_told(&relay)?;
    let stop = told_to_stop()?;
    say(&format!("{said}}}\n"))?;
    let served = relay.serve(listener, stop).await;
    if let Some(operator) = operator {
        operator.abort();
    }
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// Whoever serves another user's store, root above all, leaves files there that its own user cannot read.
#[cfg(unix)]
fn ours(store: &Path) -> Result<(), &'static str> {
    use std::os::unix::fs::MetadataExt;
    match fs::metadata(store.join("relay.db")) {
        Ok(database) if database.uid() != rustix::process::geteuid().as_raw() => {
            Err("data_dir: the store there belongs to another user; start the relay as that user")
        }
        _ => Ok(()),
    }
}

fn refused(setting: &str, error: &std::io::Error) -> String {
    format!("{setting}: the port cannot be opened ({error}); choose another, or close what uses it")
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

/// Certificates are read again on SIGHUP.
#[cfg(unix)]
fn reload_when_told(relay: &Relay) -> std::io::Result<()> {
    let mut told = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    let relay = relay.clone();
    tokio::spawn(async move {
        while told.recv().await.is_some() {
            relay.reload();
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn reload_when_told(_: &Relay) -> std::io::Result<()> {
    Ok(())
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

impl Args for Serve {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config").long("config").env(CONFIG_VARIABLE).value_name("FILE");
        let check = Arg::new("check-config").long("check-config").action(ArgAction::SetTrue);
        sources::flags(
            command
                .arg(config.value_parser(value_parser!(PathBuf)).help("The file with the settings, TOML"))
                .arg(check.help("Says what is wrong with the settings, and does not serve")),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Serve {
    /// What is wrong with settings is said later, all of it together.
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut wrong =
            sources::unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()));
        let file = matches.get_one::<PathBuf>("config").map(|path| sources::file(path));
        let (mut given, more) = file.unwrap_or_default();
        let unread = given.is_empty() && !more.is_empty();
        wrong.extend(more);
        given.extend(sources::given(matches));
        let (settings, more) = Settings::take(&given);
        wrong.extend(more);
        Ok(Self { check_config: matches.get_flag("check-config"), unread, settings, wrong })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
