//! The relay's process: started, and asked what it takes of the machine.

use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A running relay. Dropped, it ends.
pub(crate) struct Process {
    child: Child,
    /// Where it listens, host and port.
    pub(crate) address: String,
    /// The token of its desk.
    pub(crate) desk: String,
}

impl Process {
    /// Starts it on an empty store in `folder`, with these arguments besides.
    pub(crate) fn start(program: &str, folder: &Path, more: &[String]) -> Self {
        let token = folder.join("token");
        let mut command = Command::new(program);
        command.args(["serve", "--data-dir"]).arg(folder.join("store"));
        command.arg("--desk-token-file").arg(&token).args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap().split("//").nth(1).unwrap().to_owned();
        Self { child, address, desk: fs::read_to_string(token).unwrap().trim().to_owned() }
    }

    /// The most memory it ever had, MiB.
    pub(crate) fn resident(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    /// Processor time it used so far, seconds; Linux counts in hundredths.
    pub(crate) fn processor(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // After the name in brackets, which may hold anything.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        [11, 12].iter().map(|field| fields[*field].parse::<f64>().unwrap() / 100.0).sum()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
