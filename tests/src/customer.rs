//! Somebody with a real browser: `tests/browser/customer.mjs`, one method per command.

use crate::{hosts::Host, root};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// Longer than any command waits by itself.
const PATIENCE: Duration = Duration::from_secs(150);

/// A customer. Dropped, the browser ends with it.
pub struct Customer {
    driver: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    tab: Option<String>,
}

/// Why the customer did not do something.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// No Node.
    #[error("node was not found; install Node 20.19 or newer with npm")]
    NoNode,
    /// The driver did not come up.
    #[error(
        "the browser did not start; install the packages chromium and chromium-sandbox and run `npm ci` \
         (`cargo xtask test` does both)"
    )]
    NoBrowser,
    /// The driver is gone.
    #[error("the browser ended on its own; run the journey again and look at what it printed")]
    Gone,
    /// It did not answer in time.
    #[error("the browser did not answer `{command}` in time; look at what it printed")]
    Silent {
        /// What was asked.
        command: String,
    },
    /// It answered that it did not work.
    #[error("the customer could not `{command}`: {why}")]
    Refused {
        /// What was asked.
        command: String,
        /// The driver's words.
        why: String,
    },
}

/// One line of the driver's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    ok: bool,
    error: String,
    status: u64,
    text: String,
    url: String,
    messages: Vec<String>,
    requests: Vec<Sent>,
    found: Vec<String>,
    #[serde(flatten)]
    sealing: Option<Sealing>,
    #[serde(flatten)]
    memory: Option<PageMemory>,
}

type Done = Result<(), CustomerError>;

/// A request that the browser made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sent {
    /// GET, PUT and so on.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Its headers but the authorization.
    pub headers: BTreeMap<String, String>,
}

/// How long a file took to be sealed, in milliseconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Sealing {
    /// In the worker.
    pub ms: f64,
    /// From choosing the file until the page says that it is ready.
    pub end_to_end_ms: f64,
    /// The longest time between two frames of the page meanwhile.
    pub longest_frame_ms: f64,
    /// Every task on the page's own thread that took longer than 50 ms.
    pub long_tasks_ms: Vec<f64>,
}

/// Resident memory of the page's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct PageMemory {
    /// Now, in KiB.
    pub now_kib: u64,
    /// At its highest, in KiB.
    pub peak_kib: u64,
}

impl Customer {
    /// Starts a browser with an empty profile.
    ///
    /// # Errors
    /// What is missing on this machine.
    pub async fn start() -> Result<Self, CustomerError> {
        Self::with(Command::new("node")).await
    }

    /// The same on another computer, where one server key of the tests' own is trusted: its SHA-256 in base64.
    ///
    /// # Errors
    /// What is missing on this machine.
    pub async fn start_on(host: &Host, pin: &str) -> Result<Self, CustomerError> {
        let mut node = host.command("node");
        node.env("CLOAKROOM_TRUSTED_KEY", pin);
        Self::with(node).await
    }

    async fn with(mut node: Command) -> Result<Self, CustomerError> {
        let script = root().join("tests/browser/customer.mjs");
        let mut driver = node
            .arg(script)
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|_| CustomerError::NoNode)?;
        let (Some(commands), Some(answers)) = (driver.stdin.take(), driver.stdout.take()) else {
            return Err(CustomerError::NoBrowser);
        };
        let mut answers = BufReader::new(answers).lines();
        match timeout(PATIENCE, answers.next_line()).await {
            Ok(Ok(Some(line))) if line.contains("\"ready\":true") => {}
            _ => return Err(CustomerError::NoBrowser),
        }
        Ok(Self { driver, commands, answers, tab: None })
    }

    /// Ends the browser in an orderly way.
    ///
    /// # Errors
    /// It was gone already.
    pub async fn quit(mut self) -> Done {
        self.call("quit", json!({})).await?;
        let _ = timeout(PATIENCE, self.driver.wait()).await;
        Ok(())
    }

    /// What follows happens in this tab.
    pub fn turn_to(&mut self, tab: &str) {
        self.tab = Some(tab.to_owned());
    }

    /// Opens an address; answers the HTTP status.
    pub async fn open(&mut self, url: &str) -> Result<u64, CustomerError> {
        Ok(self.call("open", json!({ "url": url })).await?.status)
    }

    /// Starts over with an empty profile.
    pub async fn new_context(&mut self) -> Done {
        self.tab = None;
        self.done("new_context", json!({})).await
    }

    /// Reloads the tab.
    pub async fn reload(&mut self) -> Done {
        self.done("reload", json!({})).await
    }

    /// Loses everything the browser kept, the tab's own memory too, and reloads.
    pub async fn clear_storage(&mut self) -> Done {
        self.done("clear_storage", json!({})).await
    }

    /// Gives a file; returns once the page lists it as ready.
    pub async fn give_file(&mut self, slot: &str, path: &Path) -> Done {
        self.done("give_file", json!({ "slot": slot, "path": path })).await
    }

    /// Gives a card.
    pub async fn give_card(&mut self, card: &crate::samples::Card) -> Done {
        let fields =
            json!({ "number": card.number, "month": card.month, "year": card.year, "holder": card.holder });
        self.done("give_card", fields).await
    }

    /// Types into a text box.
    pub async fn fill(&mut self, label: &str, value: &str) -> Done {
        self.done("fill", json!({ "label": label, "value": value })).await
    }

    /// Presses a button.
    pub async fn press(&mut self, name: &str) -> Done {
        self.done("click", json!({ "role": "button", "name": name })).await
    }

    /// Presses Send.
    pub async fn send(&mut self) -> Done {
        self.done("send", json!({})).await
    }

    /// Asks on the page for everything to be deleted.
    pub async fn withdraw(&mut self, ticket: &str) -> Done {
        self.press("Delete my data now").await?;
        self.fill("Ticket reference", ticket).await?;
        self.press("Yes, do it").await
    }

    /// Waits until the page's status says this; answers the whole status.
    pub async fn wait_status(&mut self, contains: &str) -> Result<String, CustomerError> {
        Ok(self.call("wait_status", json!({ "contains": contains })).await?.text)
    }

    /// Waits until the page says this somewhere.
    pub async fn wait_text(&mut self, contains: &str) -> Done {
        self.done("wait_text", json!({ "contains": contains })).await
    }

    /// The page's visible text.
    pub async fn text(&mut self) -> Result<String, CustomerError> {
        Ok(self.call("text", json!({})).await?.text)
    }

    /// The address in the address bar.
    pub async fn address(&mut self) -> Result<String, CustomerError> {
        Ok(self.call("url", json!({})).await?.url)
    }

    /// The connection breaks after so many more chunks, until [`Customer::restore`].
    pub async fn cut_after(&mut self, chunks: u32) -> Done {
        self.done("cut_after", json!({ "requests": chunks })).await
    }

    /// Waits for the break.
    pub async fn wait_cut(&mut self) -> Done {
        self.done("wait_cut", json!({})).await
    }

    /// The connection is back.
    pub async fn restore(&mut self) -> Done {
        self.done("restore", json!({})).await
    }

    /// A picture of the whole page.
    pub async fn screenshot(&mut self, path: &Path) -> Done {
        self.done("screenshot", json!({ "path": path })).await
    }

    /// Everything on the console so far: messages, errors, violations of the content security policy.
    pub async fn console(&mut self) -> Result<Vec<String>, CustomerError> {
        Ok(self.call("console", json!({})).await?.messages)
    }

    /// Every request so far.
    pub async fn requests(&mut self) -> Result<Vec<Sent>, CustomerError> {
        Ok(self.call("requests", json!({})).await?.requests)
    }

    /// Which of these texts the browser keeps anywhere.
    pub async fn kept(&mut self, find: &[&str]) -> Result<Vec<String>, CustomerError> {
        Ok(self.call("storage", json!({ "find": find })).await?.found)
    }

    /// Gives a file of so many random MiB, measures its sealing, and takes it away again.
    pub async fn bench_seal(&mut self, slot: &str, mib: usize) -> Result<Sealing, CustomerError> {
        self.call("bench_seal", json!({ "slot": slot, "mib": mib })).await?.sealing.ok_or(CustomerError::Gone)
    }

    /// What memory the page takes.
    pub async fn memory(&mut self) -> Result<PageMemory, CustomerError> {
        self.call("memory", json!({})).await?.memory.ok_or(CustomerError::Gone)
    }

    async fn done(&mut self, command: &str, fields: Value) -> Done {
        self.call(command, fields).await.map(drop)
    }

    async fn call(&mut self, command: &str, fields: Value) -> Result<Answer, CustomerError> {
        let Value::Object(mut line) = fields else { return Err(CustomerError::Gone) };
        line.insert("cmd".to_owned(), command.into());
        if let Some(tab) = &self.tab {
            line.insert("tab".to_owned(), tab.as_str().into());
        }
        let line = format!("{}\n", Value::Object(line));
        self.commands.write_all(line.as_bytes()).await.map_err(|_| CustomerError::Gone)?;
        self.commands.flush().await.map_err(|_| CustomerError::Gone)?;
        let answer: Answer = match timeout(PATIENCE, self.answers.next_line()).await {
            Ok(Ok(Some(line))) => serde_json::from_str(&line).map_err(|_| CustomerError::Gone)?,
            Ok(_) => return Err(CustomerError::Gone),
            Err(_) => return Err(CustomerError::Silent { command: command.to_owned() }),
        };
        if answer.ok {
            Ok(answer)
        } else {
            Err(CustomerError::Refused { command: command.to_owned(), why: answer.error })
        }
    }
}
