use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::workspace;

/// A program to run in the workspace's root.
pub(crate) struct Shell {
    command: Command,
    line: String,
}

/// `cargo` as the one that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Shell {
    Shell::new(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), arguments)
}

/// `npm`, under the name it has on this system.
pub(crate) fn npm(arguments: &[&str]) -> Shell {
    Shell::new(if cfg!(windows) { "npm.cmd" } else { "npm" }, arguments)
}

impl Shell {
    pub(crate) fn new(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(workspace::root());
        // Cargo sets these for us; a cargo below us is to find its own.
        for inherited in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
            command.env_remove(inherited);
        }
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
        let line = [&[name], arguments].concat().join(" ");
        Self { command, line }
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// In another folder than the workspace's root.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs with our terminal. An error names the command.
    pub(crate) fn run(mut self) -> Result<(), String> {
        match self.command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{}` failed ({status})", self.line)),
            Err(why) => Err(format!("`{}` did not start ({why})", self.line)),
        }
    }

    /// Runs and gives what it printed; what it complained of goes to our terminal.
    pub(crate) fn read(mut self) -> Result<String, String> {
        let out = self
            .command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|why| format!("`{}` did not start ({why})", self.line))?;
        if !out.status.success() {
            return Err(format!("`{}` failed ({})", self.line, out.status));
        }
        String::from_utf8(out.stdout)
            .map_err(|_| format!("`{}` printed something that is not text", self.line))
    }

    /// Everything it prints, whether it succeeds or not.
    pub(crate) fn all_it_says(mut self) -> Result<String, String> {
        let out = self
            .command
            .stdin(Stdio::null())
            .output()
            .map_err(|why| format!("`{}` did not start ({why})", self.line))?;
        Ok(String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
    }

    /// Whether it runs and succeeds; prints nothing.
    pub(crate) fn works(mut self) -> bool {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// What it printed when it succeeded, and nothing otherwise; complaints are dropped.
    pub(crate) fn quietly(mut self) -> Option<String> {
        let out = self.command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
    }
}
