//! What we seal, the stock `age` program opens, and the reverse.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use seal::{RequestIdentity, SystemRng, agefile, padding::padded_len};
use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

#[test]
fn stock_age_opens_what_we_seal() {
    let identity = RequestIdentity::make(&SystemRng).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.txt");
    fs::write(&key, identity.to_text().as_bytes()).unwrap();
    for len in [0, 1, 4096, 65_536, 70_000, 300_000] {
        let content = content(len);
        let sealed = agefile::seal_item(&identity.recipient(), &content).unwrap();
        let opened = age(&["-d", "-i", key.to_str().unwrap()], &sealed);
        assert_eq!(opened.len() as u64, padded_len(len as u64));
        assert_eq!(opened[..len], content);
        assert!(opened[len..].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn we_open_what_stock_age_seals() {
    let identity = RequestIdentity::make(&SystemRng).unwrap();
    for len in [0, 1, 65_535, 65_536, 65_537, 300_000] {
        let content = content(len);
        let sealed = age(&["-r", &identity.recipient().to_text()], &content);
        assert_eq!(*agefile::open(&identity, &sealed).unwrap(), content);
    }
}

/// Runs the program of that name in the path; it belongs to the packages this project builds with.
fn age(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut program = Command::new("age")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program age is installed: apt-get install age");
    let mut stdin = program.stdin.take().unwrap();
    let input = input.to_vec();
    let feeding = std::thread::spawn(move || stdin.write_all(&input));
    let output = program.wait_with_output().unwrap();
    feeding.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
}
