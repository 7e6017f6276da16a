//! A file server that others run, taking the same files on the same disk: it does not make them durable.

use super::{
    MIB,
    http::Connection,
    random,
    relay::{Uploads, WRITERS},
};
use journeys::{Outcome, ensure, root};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const VERSION: &str = "0.18.1";
const BOUNDARY: &str = "cloakroom-bench";
/// How long it may take to come up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The installed program.
pub(crate) struct Rustypaste(PathBuf);

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Rustypaste {
    /// Builds and installs it below `target`, once.
    pub(crate) fn install() -> Outcome<Self> {
        let tools = root().join("target/bench-tools");
        let program = tools.join("bin").join(format!("rustypaste{}", std::env::consts::EXE_SUFFIX));
        if !program.is_file() {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut install = Command::new(cargo);
            install
                .args(["install", "--quiet", "--locked", "rustypaste", "--version", VERSION, "--root"])
                .arg(tools);
            ensure(install.status()?.success(), "rustypaste could not be installed")?;
        }
        Ok(Self(program))
    }

    /// Sends it files of 1 MiB, as many at once as the relay is sent.
    pub(crate) async fn uploads(&self, folder: &Path, files: usize) -> Outcome<Uploads> {
        let folder = folder.join("rustypaste");
        fs::create_dir_all(&folder)?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.to_string();
        let config = folder.join("config.toml");
        fs::write(
            &config,
            format!(
                "[server]\naddress = \"{address}\"\nmax_content_length = \"10MB\"\nupload_path = {:?}\n\
                 [paste]\nrandom_url = {{ type = \"alphanumeric\", length = 24 }}\ndefault_extension = \"bin\"\n",
                folder.join("files")
            ),
        )?;
        let mut program = Command::new(&self.0);
        program.env("CONFIG", &config).env("RUST_LOG", "error").current_dir(&folder).stdout(Stdio::null());
        let running = Running(program.spawn()?);
        let mut connections = Vec::new();
        for _ in 0..WRITERS {
            connections.push(connect(&address).await?);
        }
        let body = Arc::new(form(&random(MIB)?));
        let begun = Instant::now();
        let mut sending = JoinSet::new();
        for mut connection in connections {
            let body = Arc::clone(&body);
            sending.spawn(async move {
                let headers = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n");
                let mut times = Vec::with_capacity(files / WRITERS);
                for _ in 0..files / WRITERS {
                    let begun = Instant::now();
                    connection.expect(200, "POST", "/", &headers, &body).await?;
                    times.push(begun.elapsed());
                }
                Outcome::Ok(times)
            });
        }
        let uploads = Uploads::gather(begun, sending).await;
        drop(running);
        fs::remove_dir_all(&folder)?;
        uploads
    }
}

/// A connection as soon as it listens.
async fn connect(address: &str) -> Outcome<Connection> {
    let begun = Instant::now();
    loop {
        match Connection::open(address).await {
            Ok(connection) => return Ok(connection),
            Err(error) if begun.elapsed() > PATIENCE => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

fn form(file: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"bench.bin\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    [head.as_bytes(), file, tail.as_bytes()].concat()
}
