//! Everything that is not on the desk's own computer, for tests and the tour that work the app's windows: a relay behind
//! TLS on one computer, the customer's computer, and a Request Tracker. Obeys JSON lines, one answer a line:
//!
//! - `{"cmd":"code"}` → `code`: a one-time enrolment code, made as the relay's operator makes one
//! - `{"cmd":"ticket","subject":"…"}` → `ticket`: the number of a new ticket of the customer's
//! - `{"cmd":"status","ticket":1,"status":"resolved"}`: the agent sets a status of Request Tracker's
//! - `{"cmd":"merge","from":2,"into":1}`: the agent merges one ticket into another there
//! - `{"cmd":"comments","ticket":1}` → `comments`: the texts of its internal comments
//! - `{"cmd":"seen","ticket":1}` → `seen`: everything in it that its customer may read
//! - `{"cmd":"pass","seconds":60}`: time passes on the relay's computer
//! - `{"cmd":"log"}` → `log`: what the relay has logged
//!
//! It ends with its input, and everything with it.

use journeys::{Authority, FarRelay, Host, Network, Outcome, RequestTracker, hosts};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{io::Write, process::ExitCode};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

/// Cannot be had on this machine: the test says so and is counted.
const NOT_HERE: u8 = 3;

#[derive(Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case", deny_unknown_fields)]
enum Command {
    Code,
    Ticket { subject: String },
    Status { ticket: u64, status: String },
    Merge { from: u64, into: u64 },
    Comments { ticket: u64 },
    Seen { ticket: u64 },
    Pass { seconds: u64 },
    Log,
}

struct Elsewhere {
    relay: FarRelay,
    tracker: RequestTracker,
    customer: Host,
    authority: std::path::PathBuf,
    _network: Network,
    _folder: tempfile::TempDir,
}

#[tokio::main]
async fn main() -> ExitCode {
    if !hosts::has_hosts("journeys with a relay on another computer") {
        return ExitCode::from(NOT_HERE);
    }
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "elsewhere: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Outcome {
    let mut elsewhere = Elsewhere::set_up().await?;
    say(&elsewhere.ready())?;
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str(&line) {
            Ok(command) => elsewhere.obey(command).await,
            Err(error) => Err(error.into()),
        };
        say(&answer.unwrap_or_else(|error| json!({ "error": error.to_string() })))?;
    }
    Ok(())
}

impl Elsewhere {
    async fn set_up() -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("cloakroom-elsewhere-").tempdir()?;
        let mut network = Network::set_up()?;
        let (relay_host, customer) = (network.host(&[])?, network.host(&[])?);
        let authority = Authority::make()?;
        let file = authority.file(folder.path())?;
        let tracker = RequestTracker::start();
        let path = folder.path().join("relay");
        let relay = FarRelay::start(&relay_host, &authority, &path);
        let (tracker, relay) = tokio::try_join!(tracker, relay)?;
        Ok(Self { relay, tracker, customer, authority: file, _network: network, _folder: folder })
    }

    /// Where everything is.
    fn ready(&self) -> Value {
        json!({
            "relay": self.relay.origin_by_address(),
            "store": self.relay.store(),
            "authority": self.authority,
            "customer": { "namespace": self.customer.namespace(), "pin": self.relay.pin() },
            "tracker": { "address": self.tracker.base(), "token": self.tracker.token() },
        })
    }

    async fn obey(&mut self, command: Command) -> Outcome<Value> {
        Ok(match command {
            Command::Code => json!({ "code": self.relay.enrolment_code("reception").await? }),
            Command::Ticket { subject } => json!({ "ticket": self.tracker.create_ticket(&subject).await? }),
            Command::Status { ticket, status } => {
                self.tracker.set_status(ticket, &status).await?;
                json!({})
            }
            Command::Merge { from, into } => {
                self.tracker.merge(from, into).await?;
                json!({})
            }
            Command::Comments { ticket } => json!({ "comments": self.tracker.comments(ticket).await? }),
            Command::Seen { ticket } => json!({ "seen": self.tracker.seen_by_customer(ticket).await? }),
            Command::Pass { seconds } => {
                self.relay.pass(seconds)?;
                json!({})
            }
            Command::Log => json!({ "log": self.relay.log()? }),
        })
    }
}

/// One answer on a line.
fn say(answer: &Value) -> Outcome {
    let mut out = std::io::stdout();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}
