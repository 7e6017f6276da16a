//! The vault's files of ciphertext, opened with the stock `age` program by whoever has the request identity.

use crate::{Outcome, Scene, ensure};
use std::{
    fs::File,
    io::Write,
    os::fd::AsRawFd,
    process::{Command, Stdio},
};
use wire::{BoxId, DataClass, PartSlot};

/// One file that a browser sealed, in the clear.
pub struct Opened {
    /// Its class.
    pub class: DataClass,
    /// The file's name, empty for a card.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes, without the padding.
    pub bytes: Vec<u8>,
}

/// Opens everything a round brought in, manifests first, each by its own class's identity. The desk is closed.
pub fn open(scene: &Scene, id: BoxId) -> Outcome<Vec<Opened>> {
    let (vault, session) = scene.vault()?;
    let parts = vault.db().parts(id)?;
    let mut opened = Vec::new();
    for holding in vault.db().holdings(id)? {
        let class = holding.class;
        let identity = vault.request_identity(&session, id, class)?;
        let own: Vec<_> = parts.iter().filter(|part| part.class == class).collect();
        let plain = |blob| age(&identity.to_text(), &vault.blobs().open(blob)?);
        let manifest = own.iter().find(|part| part.slot == PartSlot::Manifest);
        let manifest = plain(manifest.ok_or("a class has no manifest")?.blob)?;
        let manifest = seal::manifest::Manifest::parse(&manifest)?;
        ensure(manifest.items.len() + 1 == own.len(), "the manifest does not list every part")?;
        for item in manifest.items {
            let part = own.iter().find(|part| part.part == item.part).ok_or("a part is missing")?;
            let mut bytes = plain(part.blob)?;
            let padding = bytes.split_off(usize::try_from(item.length)?);
            ensure(padding.iter().all(|byte| *byte == 0), "the padding is not zeros")?;
            opened.push(Opened { class, name: item.name, media_type: item.media_type, bytes });
        }
    }
    Ok(opened)
}

/// `age --decrypt`: the identity through its standard input, so that it touches no disk, and the file by its number.
fn age(identity: &str, file: &File) -> Outcome<Vec<u8>> {
    let mut program = Command::new("age")
        .args(["--decrypt", "--identity", "-"])
        .arg(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|_| "the program age was not found; install the package age")?;
    let mut stdin = program.stdin.take().ok_or("age has no standard input")?;
    stdin.write_all(identity.as_bytes())?;
    drop(stdin);
    let out = program.wait_with_output()?;
    ensure(out.status.success(), format!("age: {}", String::from_utf8_lossy(&out.stderr)))?;
    Ok(out.stdout)
}
