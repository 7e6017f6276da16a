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
    /// Starts it on an empty store in `folder`, with these arguments besides, and takes the desk's token from a file.
    #[allow(dead_code, reason = "each of the two programs starts it in its own way")]
    pub(crate) fn start(program: &str, folder: &Path, more: &[String]) -> Self {
        let token = folder.join("token");
        let file = ["--desk-token-file".to_owned(), token.display().to_string()];
        let mut process = Self::start_as(program, folder, &[&file, more].concat(), String::new());
        process.desk = fs::read_to_string(token).unwrap().trim().to_owned();
        process
    }

    /// Starts it as one that others reach: it takes no token from a file. Answers besides, with which code a desk that
    /// made itself this token enrols.
    #[allow(dead_code, reason = "each of the two programs starts it in its own way")]
    pub(crate) fn start_public(
        program: &str,
        folder: &Path,
        more: &[String],
        desk: String,
    ) -> (Self, String) {
        let process = Self::start_as(program, folder, more, desk);
        let mut add = Command::new(program);
        add.args(["desk", "add", "strain", "--data-dir"]).arg(folder.join("store"));
        let said = String::from_utf8(add.output().unwrap().stdout).unwrap();
        (process, said.lines().next().unwrap().to_owned())
    }

    fn start_as(program: &str, folder: &Path, more: &[String], desk: String) -> Self {
        let mut command = Command::new(program);
        command.args(["serve", "--data-dir"]).arg(folder.join("store")).args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap().split("//").nth(1).unwrap().to_owned();
        Self { child, address, desk }
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
