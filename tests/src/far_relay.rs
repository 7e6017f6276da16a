//! `cloakroom-relay` as its operator runs it: a process on another computer, behind TLS, with its own clock.

use crate::{Authority, Host, Outcome, certificates::Issued, ensure, page, verifier};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Child,
    time::timeout,
};

/// The name it is known by.
pub const NAME: &str = "drop.cloakroom.test";
/// How long it may take to come up, with a busy machine allowed for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A relay on a host. Dropped, it is killed.
pub struct FarRelay {
    host: Host,
    folder: PathBuf,
    issued: Issued,
    port: u16,
    process: Option<Child>,
    passed: u64,
}

impl FarRelay {
    /// Sets it up in `folder` and starts it, at a port that stays its own.
    ///
    /// # Errors
    /// What it said instead of serving.
    pub async fn start(host: &Host, authority: &Authority, folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        let address = host.address.to_string();
        let issued = authority.issue(&[NAME, &address], folder)?;
        fs::write(folder.join("clock"), "0")?;
        let port = 8443;
        let config = format!(
            "data_dir = {:?}\nlisten = \"{address}:{port}\"\npage = {:?}\nhosts = [\"{NAME}\", \"{address}\"]\n\
             public_contact = \"Hotel Adler, +43 1 555 0100\"\n\n[tls]\ncert = {:?}\nkey = {:?}\n",
            folder.join("store"),
            page::folder()?,
            issued.cert,
            issued.key
        );
        fs::write(folder.join("relay.toml"), config)?;
        let mut relay =
            Self { host: host.clone(), folder: folder.to_owned(), issued, port, process: None, passed: 0 };
        relay.begin().await?;
        Ok(relay)
    }

    /// Starts it where it was stopped.
    ///
    /// # Errors
    /// What it said instead of serving.
    pub async fn begin(&mut self) -> Outcome {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log"))?;
        let mut process = self
            .program()?
            .args(["serve", "--config"])
            .arg(self.folder.join("relay.toml"))
            .env("CLOAKROOM_CLOCK", self.folder.join("clock"))
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let said = process.stdout.take().ok_or("the relay says nothing")?;
        let mut line = String::new();
        timeout(PATIENCE, BufReader::new(said).read_line(&mut line)).await??;
        ensure(!line.is_empty(), format!("the relay did not start: {}", self.log()?))?;
        let said: Value = serde_json::from_str(&line)?;
        let port = said.get("port").and_then(Value::as_u64);
        ensure(port == Some(self.port.into()), format!("the relay listens elsewhere: {line}"))?;
        self.process = Some(process);
        Ok(())
    }

    /// Ends it as a power cut does.
    ///
    /// # Errors
    /// It was not running.
    pub async fn kill(&mut self) -> Outcome {
        let mut process = self.process.take().ok_or("the relay does not run")?;
        Ok(process.kill().await?)
    }

    /// A one-time code for a further desk, as the operator makes one while it runs.
    ///
    /// # Errors
    /// What the program said.
    pub async fn enrolment_code(&self, name: &str) -> Outcome<String> {
        let said = self.operator(&["desk", "add", name]).await?;
        let code = said
            .split_whitespace()
            .find(|word| word.len() >= 24 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
        Ok(code.ok_or_else(|| format!("no code in: {said}"))?.to_owned())
    }

    /// A command of the operator's, on the relay's own computer.
    ///
    /// # Errors
    /// What the program said.
    pub async fn operator(&self, words: &[&str]) -> Outcome<String> {
        let mut command = self.program()?;
        command.args(words).arg("--data-dir").arg(self.folder.join("store"));
        command.env("CLOAKROOM_CLOCK", self.folder.join("clock"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (mut said, mut wrong) = (String::new(), String::new());
        let (mut out, mut err) =
            (child.stdout.take().ok_or("no output")?, child.stderr.take().ok_or("no output")?);
        tokio::try_join!(out.read_to_string(&mut said), err.read_to_string(&mut wrong))?;
        ensure(child.wait().await?.success(), format!("cloakroom-relay {words:?}: {wrong}"))?;
        Ok(said)
    }

    /// Time passes on its computer.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn pass(&mut self, seconds: u64) -> Outcome {
        self.passed += seconds;
        Ok(fs::write(self.folder.join("clock"), self.passed.to_string())?)
    }

    /// Where desks and customers reach it, by name.
    pub fn origin(&self) -> String {
        format!("https://{NAME}:{}", self.port)
    }

    /// The same by address, for whoever has nobody to ask for names.
    pub fn origin_by_address(&self) -> String {
        format!("https://{}:{}", self.host.address, self.port)
    }

    /// What a test's browser is told to trust.
    pub fn pin(&self) -> &str {
        &self.issued.pin
    }

    /// Everything it keeps.
    pub fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// Everything it has logged.
    ///
    /// # Errors
    /// There is no log.
    pub fn log(&self) -> Outcome<String> {
        Ok(fs::read_to_string(self.folder.join("log"))?)
    }

    fn program(&self) -> Outcome<tokio::process::Command> {
        Ok(self.host.command(verifier::sibling("cloakroom-relay")?))
    }
}
