//! The program `cloakroom-verify`, run as a person would.

use crate::desk::{self, VAULT, ledger, stranger, vkey};
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn certificate(&self) -> String {
        self.file("certificate.json", desk::certificate(&ledger(9)).to_json().unwrap())
    }
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_cloakroom-verify")).args(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_good_certificate_verifies_and_its_limits_are_said() {
    let folder = Folder::new();
    let (code, out, _) = run(&["--key", &vkey().to_string(), &folder.certificate()]);
    assert_eq!(code, 0);
    assert!(out.starts_with("verified\nFor ticket #4821 the desk "), "{out}");
    assert!(out.contains("what the desk recorded") && out.contains("no proof of physics"), "{out}");
}

#[test]
fn without_a_key_it_is_consistent_and_the_signer_unknown() {
    let folder = Folder::new();
    let (code, out, _) = run(&[&folder.certificate()]);
    assert_eq!(code, 3);
    assert!(out.starts_with(&format!("consistent, signer unknown {}\n", vkey().fingerprint())), "{out}");
}

#[test]
fn without_any_key_the_signature_is_said_to_be_unchecked() {
    let folder = Folder::new();
    let json = desk::certificate(&ledger(9)).to_json().unwrap();
    let (keyless, _) = json.split_once(",\"vkey\"").unwrap();
    let (code, out, _) = run(&[&folder.file("keyless.json", format!("{keyless}}}"))]);
    assert_eq!(code, 3);
    assert!(out.starts_with("consistent, signer unknown ") && out.contains("could not be checked"), "{out}");
}

#[test]
fn a_changed_certificate_does_not_verify_and_says_what_to_do() {
    let folder = Folder::new();
    let json = desk::certificate(&ledger(9)).to_json().unwrap().replace("#4821", "#4822");
    let (code, out, err) = run(&["--key", &vkey().to_string(), &folder.file("changed.json", json)]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.starts_with("does not verify: the intent entry") && err.contains("do not trust it"), "{err}");
    assert!(!err.contains("4822"), "{err}");
}

#[test]
fn a_changed_certificate_is_not_consistent_without_a_key_either() {
    let folder = Folder::new();
    let json = desk::certificate(&ledger(9)).to_json().unwrap().replace("#4821", "#4822");
    assert_eq!(run(&[&folder.file("changed.json", json)]).0, 1);
    assert_eq!(run(&[&folder.file("noise.json", "noise")]).0, 1);
}

#[test]
fn another_key_does_not_verify() {
    let folder = Folder::new();
    let (code, _, err) = run(&["--key", &stranger().verifying(VAULT).to_string(), &folder.certificate()]);
    assert_eq!(code, 1);
    assert!(err.contains("another key"), "{err}");
}

#[test]
fn wrong_usage_and_unreadable_files_are_neither() {
    let folder = Folder::new();
    let certificate = folder.certificate();
    for arguments in [
        vec![],
        vec!["--key", "not a key", &certificate],
        vec!["--ledger", &certificate],
        vec!["--ledger", &certificate, "--checkpoint", "/nowhere/checkpoint"],
        vec!["--checkpoint", &certificate],
        vec!["--entries", &certificate],
        vec!["--ledger", &certificate, "--checkpoint", &certificate, &certificate],
        vec!["/nowhere/certificate.json"],
    ] {
        assert_eq!(run(&arguments).0, 2, "{arguments:?}");
    }
}

#[test]
fn a_whole_ledger_verifies_against_its_checkpoint() {
    let folder = Folder::new();
    let whole = ledger(30);
    let file = folder.file("ledger.log", desk::flat(&whole));
    let head = folder.file("checkpoint", desk::head(&whole[..25]));
    let key = vkey().to_string();
    for more in [vec![], vec!["--entries"]] {
        let arguments = [vec!["--key", &key, "--ledger", &file, "--checkpoint", &head], more].concat();
        let (code, out, _) = run(&arguments);
        assert_eq!(code, 0);
        assert!(out.contains("holds 30 entries; the checkpoint covers 25"), "{out}");
    }
    assert_eq!(run(&["--ledger", &file, "--checkpoint", &head]).0, 3);
}

#[test]
fn a_shortened_ledger_does_not_verify() {
    let folder = Folder::new();
    let whole = ledger(30);
    let file = folder.file("ledger.log", desk::flat(&whole[..29]));
    let head = folder.file("checkpoint", desk::head(&whole));
    let (code, _, err) = run(&["--key", &vkey().to_string(), "--ledger", &file, "--checkpoint", &head]);
    assert_eq!(code, 1);
    assert!(err.contains("entries were cut off"), "{err}");
}
