//! `cloakroom-verify`: checks a certificate, or a whole ledger, without Cloakroom and without a network.

use clap::Parser;
use ledger::{Certificate, Checkpoint, Depth, LogError, Signer, VerifyingKey, verify_log};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const VERIFIED: u8 = 0;
const FAILED: u8 = 1;
const UNREADABLE: u8 = 2;
const UNKNOWN_SIGNER: u8 = 3;

const LIMITS: &str = "This proves what the desk recorded and signed. It is no proof of physics: that no copy survives on some disk.";

/// Checks that a desk recorded the destruction of what a customer sent, offline.
///
/// Exit status: 0 verified by that key, 1 does not verify, 2 wrong usage or unreadable, 3 consistent but no key was
/// given to tell whose it is. The desk's key is in every request it made, and belongs on the company's site.
#[derive(Parser)]
#[command(name = "cloakroom-verify", version)]
struct Arguments {
    /// The desk's key, cloakroom/desk/…+…+…
    #[arg(long, value_name = "VKEY")]
    key: Option<VerifyingKey>,
    /// The certificate
    #[arg(value_name = "FILE", required_unless_present = "ledger", conflicts_with = "ledger")]
    certificate: Option<PathBuf>,
    /// Check a whole ledger file instead
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    ledger: Option<PathBuf>,
    /// The checkpoint to check it against
    #[arg(long, value_name = "FILE", requires = "ledger")]
    checkpoint: Option<PathBuf>,
    /// Read every entry of the ledger too, not only hash it
    #[arg(long, requires = "ledger")]
    entries: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (&arguments.certificate, &arguments.ledger, &arguments.checkpoint) {
        (Some(file), None, None) => certificate(file, arguments.key.as_ref()),
        (None, Some(file), Some(head)) => {
            let depth = if arguments.entries { Depth::Entries } else { Depth::Hashes };
            ledger(file, head, arguments.key.as_ref(), depth)
        }
        _ => {
            Err(Failure { code: UNREADABLE, text: "either a certificate or a ledger; see --help".to_owned() })
        }
    };
    match outcome {
        Ok((signer, found)) => {
            let (code, first) = verdict(&signer);
            say(io::stdout(), &format!("{first}\n{found}\n{LIMITS}"));
            ExitCode::from(code)
        }
        Err(failure) => {
            say(io::stderr(), &failure.text);
            ExitCode::from(failure.code)
        }
    }
}

struct Failure {
    code: u8,
    text: String,
}

fn certificate(file: &Path, key: Option<&VerifyingKey>) -> Result<(Signer, String), Failure> {
    let json = fs::read(file).map_err(|error| unreadable(file, &error))?;
    let findings = Certificate::parse(&json).and_then(|c| c.verify(key)).map_err(|error| failed(&error))?;
    let sentence = findings.sentence();
    Ok((findings.signer, sentence))
}

fn ledger(
    file: &Path,
    head: &Path,
    key: Option<&VerifyingKey>,
    depth: Depth,
) -> Result<(Signer, String), Failure> {
    let text = fs::read_to_string(head).map_err(|error| unreadable(head, &error))?;
    let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
    let checkpoint = Checkpoint::parse(&text).map_err(|error| failed(&error))?;
    let report = verify_log(opened, &checkpoint, key, depth).map_err(|error| match error {
        LogError::Read(error) => unreadable(file, &error),
        other => failed(&other),
    })?;
    let later = report.entries - report.covered;
    let found = format!(
        "The ledger of desk {} holds {} entries; the checkpoint covers {}, none changed, removed or put in, and {later} \
         came after it.",
        report.vault, report.entries, report.covered
    );
    Ok((report.signer, found))
}

fn verdict(signer: &Signer) -> (u8, String) {
    match signer {
        Signer::Given => (VERIFIED, "verified".to_owned()),
        Signer::Unknown { fingerprint } => {
            (UNKNOWN_SIGNER, format!("consistent, signer unknown {fingerprint}"))
        }
        Signer::Unchecked { key_id } => (
            UNKNOWN_SIGNER,
            format!("consistent, signer unknown {key_id} (a key id; the signature could not be checked)"),
        ),
    }
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure { code: FAILED, text: format!("does not verify: {error}") }
}

fn unreadable(file: &Path, error: &io::Error) -> Failure {
    let text = format!("{} could not be read ({error}); check the name and the permissions", file.display());
    Failure { code: UNREADABLE, text }
}

/// A closed pipe changes nothing about the verdict.
fn say(mut to: impl Write, text: &str) {
    let _ = writeln!(to, "{text}");
}
