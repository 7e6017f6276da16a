//! Computers of their own on this machine: network namespaces joined by a bridge. What crosses them crosses a network
//! that can be cut, slowed, or left hanging half-open. Needs root, as a test of a network does.

use crate::{Outcome, ensure};
use std::{
    ffi::OsStr,
    io::Write,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU8, Ordering::SeqCst},
    time::Duration,
};

/// Whether this machine lets a test have computers of its own. Where not, the test says so, for the summary to count.
pub fn has_hosts(test: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if root && Path::new("/run").is_dir() && run("ip", &["-V"]).is_ok() {
        return true;
    }
    let why = if root { "iproute2" } else { "root" };
    let line = format!("network {test}: needs {why}\n");
    let _ = write!(std::io::stderr(), "not run: {line}");
    if let Some(path) = std::env::var_os("CLOAKROOM_NOT_RUN") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
    false
}

/// A network with this machine on it as `.1`. Its hosts go away with it.
pub struct Network {
    name: String,
    /// The third number of its addresses, `10.91.x.0/24`.
    third: u8,
    hosts: Vec<String>,
}

/// One computer on it.
#[derive(Debug, Clone)]
pub struct Host {
    /// Where the others reach it.
    pub address: Ipv4Addr,
    namespace: String,
    /// The bridge's end of its cable.
    port: String,
}

impl Network {
    /// An empty network.
    ///
    /// # Errors
    /// The system does not let it.
    pub fn set_up() -> Outcome<Self> {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let process = std::process::id();
        // Several test processes may run side by side: whoever finds the bridge's address taken goes on to the next.
        for _ in 0..200 {
            let third = (process as u8).wrapping_mul(31).wrapping_add(NEXT.fetch_add(1, SeqCst)).max(1);
            let name = format!("ckr{third}");
            if run("ip", &["link", "add", &name, "type", "bridge"]).is_err() {
                continue;
            }
            let network = Self { name, third, hosts: Vec::new() };
            no_address_of_its_own(&["link", "set", &network.name])?;
            run("ip", &["addr", "add", &format!("10.91.{third}.1/24"), "dev", &network.name])?;
            run("ip", &["link", "set", &network.name, "up"])?;
            return Ok(network);
        }
        Err("no network could be made; look at `ip link`".into())
    }

    /// A further computer on it. Names it is to know beyond its own address are given as `name address`.
    ///
    /// # Errors
    /// The system does not let it.
    pub fn host(&mut self, names: &[(&str, Ipv4Addr)]) -> Outcome<Host> {
        let number = u8::try_from(self.hosts.len() + 2)?;
        let namespace = format!("{}h{number}", self.name);
        let port = format!("{}p{number}", self.name);
        run("ip", &["netns", "add", &namespace])?;
        self.hosts.push(namespace.clone());
        run("ip", &["link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns", &namespace])?;
        no_address_of_its_own(&["link", "set", &port])?;
        no_address_of_its_own(&["-n", &namespace, "link", "set", "eth0"])?;
        run("ip", &["link", "set", &port, "master", &self.name, "up"])?;
        let address = Ipv4Addr::new(10, 91, self.third, number);
        run("ip", &["-n", &namespace, "addr", "add", &format!("{address}/24"), "dev", "eth0"])?;
        run("ip", &["-n", &namespace, "link", "set", "eth0", "up"])?;
        run("ip", &["-n", &namespace, "link", "set", "lo", "up"])?;
        // `ip netns exec` mounts these over the machine's own.
        let etc = etc(&namespace);
        std::fs::create_dir_all(&etc)?;
        let lines: String = names.iter().map(|(name, address)| format!("{address} {name}\n")).collect();
        std::fs::write(etc.join("hosts"), format!("127.0.0.1 localhost\n{lines}"))?;
        Ok(Host { address, namespace, port })
    }

    /// Where this machine is on it.
    pub fn here(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 91, self.third, 1)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for host in &self.hosts {
            let _ = run("ip", &["netns", "del", host]);
            let _ = std::fs::remove_dir_all(etc(host));
        }
        let _ = run("ip", &["link", "del", &self.name]);
    }
}

impl Host {
    /// What `ip netns exec` calls it, for programs that others start there.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// A program that is to run there. Its files are this machine's.
    pub fn command(&self, program: impl AsRef<OsStr>) -> tokio::process::Command {
        let mut command = tokio::process::Command::new("ip");
        command.args(["netns", "exec", &self.namespace]).arg(program).kill_on_drop(true);
        command
    }

    /// Pulls its cable. Nobody is told: what was open hangs, as behind a router that forgot it.
    ///
    /// # Errors
    /// The system does not let it.
    pub fn unplug(&self) -> Outcome {
        run("ip", &["link", "set", &self.port, "down"])
    }

    /// Puts it back.
    ///
    /// # Errors
    /// The system does not let it.
    pub fn plug(&self) -> Outcome {
        run("ip", &["link", "set", &self.port, "up"])
    }

    /// Lets only so much through towards it and away from it, in kilobits a second.
    ///
    /// # Errors
    /// The system does not let it.
    pub fn slow(&self, kilobits: u32) -> Outcome {
        let rate = format!("{kilobits}kbit");
        let shape = ["root", "tbf", "rate", &rate, "burst", "16kb", "latency", "800ms"];
        run("tc", &[&["qdisc", "replace", "dev", &self.port], &shape[..]].concat())?;
        run("tc", &[&["-n", &self.namespace, "qdisc", "replace", "dev", "eth0"], &shape[..]].concat())
    }

    /// Swallows whatever it sends, without a word to anybody, until [`Host::free`]; and lets it give up soon on what
    /// nobody answers.
    ///
    /// # Errors
    /// The system does not let it.
    pub fn swallow(&self) -> Outcome {
        let setting = ["sysctl", "-q", "-w", "net.ipv4.tcp_orphan_retries=1"];
        run("ip", &[&["netns", "exec", &self.namespace], &setting[..]].concat())?;
        run("tc", &["-n", &self.namespace, "qdisc", "replace", "dev", "eth0", "root", "blackhole"])?;
        run("tc", &["qdisc", "replace", "dev", &self.port, "root", "pfifo"])
    }

    /// Waits until it has forgotten every connection of programs that ended.
    ///
    /// # Errors
    /// It does not.
    pub async fn until_forgotten(&self) -> Outcome {
        for _ in 0..600 {
            let list = Command::new("ip")
                .args(["netns", "exec", &self.namespace, "ss", "-Htan", "state", "connected"])
                .output()?;
            ensure(list.status.success(), "ss does not run")?;
            if list.stdout.trim_ascii().is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("connections are still remembered".into())
    }

    /// Lets everything through again.
    ///
    /// # Errors
    /// The system does not let it.
    pub fn free(&self) -> Outcome {
        run("tc", &["qdisc", "del", "dev", &self.port, "root"])?;
        run("tc", &["-n", &self.namespace, "qdisc", "del", "dev", "eth0", "root"])
    }
}

/// An interface that comes up gives itself an IPv6 address a second or two later, and a browser that sees a new address
/// breaks off whatever it loads just then (Chromium's ERR_NETWORK_CHANGED).
fn no_address_of_its_own(set: &[&str]) -> Outcome {
    run("ip", &[set, &["addrgenmode", "none"]].concat())
}

fn etc(namespace: &str) -> PathBuf {
    Path::new("/etc/netns").join(namespace)
}

fn run(program: &str, arguments: &[&str]) -> Outcome {
    let done = Command::new(program).args(arguments).output()?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    ensure(done.status.success(), format!("{program} {arguments:?}: {said}"))
}
