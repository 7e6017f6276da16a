//! File servers that others run, sent the same files on the same disk. They do not make them durable.

use super::{
    MIB,
    http::Connection,
    random,
    relay::{Uploads, WRITERS},
};
use journeys::{Outcome, ensure, root};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const RUSTYPASTE: &str = "0.18.1";
const COPYPARTY: &str = "1.20.26";
const BOUNDARY: &str = "cloakroom-bench";
/// How long one may take to come up.
const PATIENCE: Duration = Duration::from_secs(20);

/// One of them, installed.
pub(crate) struct Other {
    kind: Kind,
    program: PathBuf,
}

#[derive(Clone, Copy)]
enum Kind {
    /// A Rust crate.
    Rustypaste,
    /// A Python package.
    Copyparty,
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Its workers as well, which do not end with it.
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

impl Other {
    /// Builds and installs both below `target`, once.
    pub(crate) fn install() -> Outcome<[Self; 2]> {
        let tools = root().join("target/bench-tools");
        let program = tools.join("bin").join(format!("rustypaste{}", std::env::consts::EXE_SUFFIX));
        if !program.is_file() {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut install = Command::new(cargo);
            install
                .args(["install", "--quiet", "--locked", "rustypaste", "--version", RUSTYPASTE, "--root"])
                .arg(&tools);
            ensure(install.status()?.success(), "rustypaste could not be installed")?;
        }
        let venv = tools.join("copyparty");
        let python = venv.join("bin/copyparty");
        if !python.is_file() {
            let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).status()?;
            ensure(made.success(), "Python could not make a place for copyparty; install python3-venv")?;
            let package = format!("copyparty=={COPYPARTY}");
            let installed =
                Command::new(venv.join("bin/pip")).args(["install", "--quiet", &package]).status()?;
            ensure(installed.success(), "copyparty could not be installed")?;
        }
        Ok([Self { kind: Kind::Rustypaste, program }, Self { kind: Kind::Copyparty, program: python }])
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Rustypaste => "rustypaste, without fsync",
            Kind::Copyparty => "copyparty, without fsync",
        }
    }

    /// Sends it files of 1 MiB, as many at once as the relay is sent.
    pub(crate) async fn uploads(&self, folder: &Path, files: usize) -> Outcome<Uploads> {
        let folder = folder.join("other");
        fs::create_dir_all(folder.join("files"))?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.to_string();
        let running =
            Running(self.command(&folder, &address)?.stdout(Stdio::null()).process_group(0).spawn()?);
        let mut connections = vec![connect(&address).await?];
        while connections.len() < WRITERS {
            connections.push(Connection::open(&address).await?);
        }
        let kind = self.kind;
        let body = Arc::new(kind.body(&random(MIB)?));
        let begun = Instant::now();
        let mut sending = JoinSet::new();
        for (writer, mut connection) in connections.into_iter().enumerate() {
            let body = Arc::clone(&body);
            sending.spawn(async move {
                let mut times = Vec::with_capacity(files / WRITERS);
                for n in 0..files / WRITERS {
                    let begun = Instant::now();
                    kind.send(&mut connection, &format!("/{writer}-{n}.bin"), &body).await?;
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

    fn command(&self, folder: &Path, address: &str) -> Outcome<Command> {
        let mut command = Command::new(&self.program);
        command.current_dir(folder);
        match self.kind {
            Kind::Rustypaste => {
                let config = folder.join("config.toml");
                fs::write(
                    &config,
                    format!(
                        "[server]\naddress = \"{address}\"\nmax_content_length = \"10MB\"\nupload_path = {:?}\n\
                         [paste]\nrandom_url = {{ type = \"alphanumeric\", length = 24 }}\n\
                         default_extension = \"bin\"\n",
                        folder.join("files")
                    ),
                )?;
                command.env("CONFIG", &config).env("RUST_LOG", "error");
            }
            Kind::Copyparty => {
                let (host, port) = address.rsplit_once(':').ok_or("an address has a port")?;
                let volume = format!("{}::rw", folder.join("files").display());
                command.args(["-q", "-j", "2", "-i", host, "-p", port, "-v", &volume]);
                command.env("HOME", folder).env("XDG_CONFIG_HOME", folder).stderr(Stdio::null());
            }
        }
        Ok(command)
    }
}

impl Kind {
    fn body(self, file: &[u8]) -> Vec<u8> {
        match self {
            Self::Rustypaste => form(file),
            Self::Copyparty => file.to_vec(),
        }
    }

    async fn send(self, connection: &mut Connection, path: &str, body: &[u8]) -> Outcome {
        match self {
            Self::Rustypaste => {
                let headers = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n");
                connection.expect(200, "POST", "/", &headers, body).await
            }
            Self::Copyparty => connection.expect(201, "PUT", path, "", body).await,
        }
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
