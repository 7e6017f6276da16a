//! A real helpdesk: Debian's Request Tracker 5 in a folder of its own, with SQLite, on a port of this machine.
//!
//! Everything is done by its own interfaces: `rt-setup-database-5` for the database, its Perl modules for queue, people
//! and tokens, REST 2 for tickets. Nothing of the system's own installation is read or changed, and it needs no network.

mod calls;
mod set_up;

use crate::{Outcome, ensure};
use reqwest::{Client, Method};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use std::{
    fs,
    net::TcpListener,
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    process::{Child, Stdio},
};
use tempfile::TempDir;

use set_up::{SERVER, program, run_script, set_up};

pub use calls::{Caller, Round, ask, pull_all};

/// A running Request Tracker with one queue, an agent and a customer. Dropped, it is gone.
pub struct RequestTracker {
    folder: TempDir,
    server: Child,
    base: String,
    agent: String,
    customer: String,
    http: Client,
}

impl RequestTracker {
    /// The one queue there is.
    pub const QUEUE: &str = "Support";

    /// Sets one up and starts it; takes some seconds.
    pub async fn start() -> Outcome<Self> {
        set_up::is_installed()?;
        let folder = tempfile::Builder::new().prefix("cloakroom-rt-").tempdir()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let tokens = set_up(folder.path(), port)?;
        let token_of = |name: &str| {
            let found = tokens.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            found.map(str::to_owned).ok_or("Request Tracker made no token")
        };
        let (agent, customer) = (token_of("agent")?, token_of("customer")?);
        let http = Client::builder().no_proxy().build()?;
        // It takes over a socket that listens already: nobody else gets the port, and the first call waits its turn.
        let server = program("perl", folder.path())
            .args([SERVER, "--max-workers", "4"])
            .env("SERVER_STARTER_PORT", format!("127.0.0.1:{port}=0"))
            .stdin(OwnedFd::from(listener))
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("server.log"))?)
            .process_group(0)
            .spawn()?;
        let base = format!("http://127.0.0.1:{port}");
        let started = Self { folder, server, base, agent, customer, http };
        started.call(Method::GET, "/rt", None, &started.agent).await?;
        Ok(started)
    }

    /// Where it is: `http://127.0.0.1:41234`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The agent's token, for `Authorization: token …`.
    pub fn token(&self) -> &str {
        &self.agent
    }

    /// As the desk's settings have it.
    pub fn helpdesk(&self) -> Outcome<helpdesk::Helpdesk> {
        Ok(helpdesk::Helpdesk::RequestTracker(helpdesk::RequestTracker {
            address: helpdesk::Address::parse(&self.base)?,
            queues: vec![helpdesk::QueueName::parse(Self::QUEUE)?],
        }))
    }

    /// As the desk's keychain has it.
    pub fn credential(&self) -> Outcome<helpdesk::Credential> {
        Ok(helpdesk::Credential::parse(&self.agent)?)
    }

    /// A ticket of the customer's; its number.
    pub async fn create_ticket(&self, subject: &str) -> Outcome<u64> {
        let ticket =
            json!({ "Queue": Self::QUEUE, "Subject": subject, "Requestor": "customer@cloakroom.test" });
        let made = self.call(Method::POST, "/ticket", Some(ticket), &self.agent).await?;
        Ok(made.get("id").and_then(Value::as_str).ok_or("no ticket was made")?.parse()?)
    }

    /// The agent resolves it.
    pub async fn resolve(&self, ticket: u64) -> Outcome {
        self.set_status(ticket, "resolved").await
    }

    /// The agent opens it again.
    pub async fn reopen(&self, ticket: u64) -> Outcome {
        self.set_status(ticket, "open").await
    }

    /// The agent rejects it.
    pub async fn reject(&self, ticket: u64) -> Outcome {
        self.set_status(ticket, "rejected").await
    }

    /// The agent deletes it.
    pub async fn delete(&self, ticket: u64) -> Outcome {
        self.set_status(ticket, "deleted").await
    }

    /// The agent sets a status of Request Tracker's.
    pub async fn set_status(&self, ticket: u64, status: &str) -> Outcome {
        self.put(ticket, json!({ "Status": status }), &format!("to '{status}'")).await
    }

    /// The agent merges one into another.
    pub async fn merge(&self, from: u64, into: u64) -> Outcome {
        self.put(from, json!({ "MergeInto": into }), "Merge Successful").await
    }

    /// The customer writes: a resolved ticket opens by it.
    pub async fn reply(&self, ticket: u64, text: &str) -> Outcome {
        let body = json!({ "Content": text, "ContentType": "text/plain" });
        self.call(Method::POST, &format!("/ticket/{ticket}/correspond"), Some(body), &self.customer).await?;
        Ok(())
    }

    /// The texts of a ticket's comments, oldest first, as the agent reads them.
    pub async fn comments(&self, ticket: u64) -> Outcome<Vec<String>> {
        self.texts(ticket, "Comment", &self.agent).await
    }

    /// The texts of everything in a ticket that its customer may read, oldest first.
    pub async fn seen_by_customer(&self, ticket: u64) -> Outcome<Vec<String>> {
        let mut texts = Vec::new();
        for kind in ["Create", "Correspond", "Comment", "CommentEmailRecord", "EmailRecord"] {
            texts.extend(self.texts(ticket, kind, &self.customer).await?);
        }
        Ok(texts)
    }

    /// Every mail it sent, or would have.
    pub fn mails(&self) -> Outcome<String> {
        let mut mails = String::new();
        for entry in fs::read_dir(self.folder.path().join("var"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "mbox") {
                mails += &fs::read_to_string(path)?;
            }
        }
        Ok(mails)
    }

    /// From now on it tells an address of every change of status, by the scrip that the desk's settings give.
    pub fn send_webhooks(&self, address: &str, secret: &str) -> Outcome {
        let scrip = include_str!("../../ui/desk/src/lib/request-tracker.pl");
        run_script(
            self.folder.path(),
            "webhook.pl",
            include_str!("request_tracker/webhook.pl"),
            &[address, secret, scrip],
        )
        .map(drop)
    }

    /// So many open tickets more, all changed just now: one made by the agent, the others copies of it in the database,
    /// which would take minutes one by one.
    pub async fn fill(&self, tickets: u64) -> Outcome {
        let Some(copies) = tickets.checked_sub(1) else { return Ok(()) };
        let first = self.create_ticket("one of many").await?;
        let mut database = rusqlite::Connection::open(self.folder.path().join("var/rt5"))?;
        database.busy_timeout(std::time::Duration::from_secs(10))?;
        let all = database.transaction()?;
        {
            let columns: String = all.query_row(
                "SELECT group_concat(name) FROM pragma_table_info('Tickets') \
                 WHERE lower(name) NOT IN ('id', 'effectiveid')",
                [],
                |row| row.get(0),
            )?;
            let mut copy = all.prepare(&format!(
                "INSERT INTO Tickets (id, EffectiveId, {columns}) SELECT ?1, ?1, {columns} FROM Tickets WHERE id = ?2"
            ))?;
            for next in 1..=copies {
                copy.execute([first + next, first])?;
            }
        }
        Ok(all.commit()?)
    }

    /// What its server wrote into its log.
    pub fn log(&self) -> Outcome<String> {
        Ok(fs::read_to_string(self.folder.path().join("server.log"))?)
    }

    async fn put(&self, ticket: u64, change: Value, says: &str) -> Outcome {
        let path = format!("/ticket/{ticket}");
        let answer = self.call(Method::PUT, &path, Some(change), &self.agent).await?.to_string();
        // It answers 200 also to what it did not do.
        ensure(
            answer.contains(says) || answer.contains("Ticket deleted"),
            format!("expected {says}: {answer}"),
        )
    }

    async fn texts(&self, ticket: u64, kind: &str, token: &str) -> Outcome<Vec<String>> {
        let path = format!("/ticket/{ticket}/history?fields=Type&per_page=100");
        let history = self.call(Method::GET, &path, None, token).await?;
        let mut texts = Vec::new();
        for entry in history.get("items").and_then(Value::as_array).into_iter().flatten() {
            if entry.get("Type").and_then(Value::as_str) != Some(kind) {
                continue;
            }
            let id = entry.get("id").and_then(Value::as_str).ok_or("an entry without a number")?;
            let path = format!("/transaction/{id}/attachments?fields=Content,ContentType");
            let attached = self.call(Method::GET, &path, None, token).await?;
            for part in attached.get("items").and_then(Value::as_array).into_iter().flatten() {
                let plain = part.get("ContentType").and_then(Value::as_str) == Some("text/plain");
                let content = part.get("Content").and_then(Value::as_str).filter(|_| plain);
                texts.extend(content.map(str::to_owned));
            }
        }
        Ok(texts)
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>, token: &str) -> Outcome<Value> {
        let mut request = self
            .http
            .request(method, format!("{}/REST/2.0{path}", self.base))
            .header("authorization", format!("token {token}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure(status.is_success(), format!("Request Tracker answers {status} to {path}: {text}"))?;
        Ok(serde_json::from_str(&text)?)
    }
}

impl Drop for RequestTracker {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.server.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.server.wait();
    }
}
