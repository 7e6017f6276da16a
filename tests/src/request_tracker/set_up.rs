//! From nothing to a Request Tracker that can be started: configuration, database, queue, people.

use crate::{Outcome, ensure};
use std::{
    fs,
    io::ErrorKind,
    path::Path,
    process::{Command, Stdio},
};

/// What Debian calls what is needed, in words.
const MISSING: &str = "Request Tracker is not installed: `cargo xtask test` does that, or \
                       `apt-get install request-tracker5 rt5-db-sqlite rt5-standalone`";
pub(super) const SERVER: &str = "/usr/share/request-tracker5/libexec/rt-server";

/// Whether there is one to set up.
pub(super) fn is_installed() -> Outcome {
    ensure(Path::new(SERVER).exists(), MISSING)
}

/// Configuration, database, queue and people. What the people's tokens are, a line each.
pub(super) fn set_up(folder: &Path, port: u16) -> Outcome<String> {
    for name in ["etc", "var", "mason", "session"] {
        fs::create_dir(folder.join(name))?;
    }
    let path = folder.to_str().ok_or("a folder whose name is no text")?;
    let config = format!(
        r#"
Set($rtname, 'cloakroom.test');
Set($Organization, 'cloakroom.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($WebURL, 'http://127.0.0.1:{port}/');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{path}/var/rt5');
Set($DatabaseHost, '');
Set($DatabasePort, '');
Set($MailCommand, 'mbox');
Set($CorrespondAddress, 'rt@cloakroom.test');
Set($CommentAddress, 'rt-comment@cloakroom.test');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
$RT::VarPath = '{path}/var';
$RT::MasonDataDir = '{path}/mason';
$RT::MasonSessionDir = '{path}/session';
1;
"#
    );
    fs::write(folder.join("RT_SiteConfig.pm"), config)?;
    run(program("/usr/sbin/rt-setup-database-5", folder).args(["--action", "init"]))?;
    run_script(folder, "set_up.pl", include_str!("set_up.pl"), &[])
}

pub(super) fn run_script(folder: &Path, name: &str, script: &str, arguments: &[&str]) -> Outcome<String> {
    fs::write(folder.join(name), script)?;
    run(program("perl", folder).arg(folder.join(name)).args(arguments))
}

/// A program that finds this configuration, and none of the system's.
pub(super) fn program(name: &str, folder: &Path) -> Command {
    let mut program = Command::new(name);
    program
        .current_dir(folder)
        .env("RT_SITE_CONFIG", folder.join("RT_SiteConfig.pm"))
        .env("RT_SITE_CONFIG_DIR", folder.join("etc"))
        .env("TZ", "UTC")
        .stdin(Stdio::null());
    program
}

fn run(program: &mut Command) -> Outcome<String> {
    let done = program.output().map_err(|why| match why.kind() {
        ErrorKind::NotFound => MISSING.into(),
        _ => why.to_string(),
    })?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure(done.status.success(), format!("Request Tracker could not be set up: {said}"))?;
    Ok(String::from_utf8(done.stdout)?)
}
