//! After a purge, the memory of the desk's process: neither what the customer sent nor anything that still opens it.

use crate::{
    bed::{PASSPHRASE, config, passphrase},
    clock::Hands,
    customer::{Customer, FILE_NAME, HOLDER, PAN},
};
use desk::{Ask, Company, Desk, Template};
use std::{
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};
use vault::{Layout, Vault, tables::round::RoundState};
use wire::DataClass;

const CHILD: &str = "CLOAKROOM_TEST_MEMORY_CHILD";
const MARK: &str = "desk says: ";

/// The desk whose memory is searched; the customer lives in the other process.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_that_is_searched() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let hands = Arc::new(Hands::new());
    let (desk, person, sheets) =
        Desk::found(config(&folder, &hands), "Mira", passphrase(PASSPHRASE), &Company::default())
            .await
            .unwrap();
    drop(sheets);
    desk.unlock(person, passphrase(PASSPHRASE)).await.unwrap();
    let ask = Ask { ticket: "#1".into(), template: Template::IdAndCard, client: String::new(), until: None };
    let link = desk.ask(&ask).await.unwrap();
    let (request, id) = (link.request, link.box_id);
    say(&link.url);
    drop(link);
    hear();
    let mut news = desk.news();
    while desk.rounds(request).await.unwrap()[0].state != RoundState::Collected {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), news.changed()).await;
    }
    let mut shown = Vec::new();
    for item in desk.items(request).await.unwrap() {
        shown.push(desk.reveal(item.item, "check-quality", None).await.unwrap());
    }
    say(&format!("collected {id}"));
    hear();
    drop(shown);
    let purge = desk.erase_now(request).await.unwrap()[0];
    desk.wait_certified(purge).await.unwrap();
    desk.lock();
    say("purged");
    hear();
    desk.close().await;
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{MARK}{text}").unwrap();
    out.flush().unwrap();
}

fn hear() {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).unwrap();
}

struct Searched {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Searched {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "memory::the_child_that_is_searched", "--nocapture"])
            .env(CHILD, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn until(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "the child ended before it said {start}");
            if let Some(said) = line.trim_end().strip_prefix(MARK)
                && said.starts_with(start)
            {
                return said.to_owned();
            }
        }
    }

    fn go_on(&mut self) {
        writeln!(self.child.stdin.as_mut().unwrap()).unwrap();
    }

    /// Which of the needles lie anywhere in its writable memory.
    fn find(&self, needles: &[(&'static str, Vec<u8>)]) -> Vec<&'static str> {
        let pid = self.child.id();
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
        let mut memory = std::fs::File::open(format!("/proc/{pid}/mem")).unwrap();
        let mut found = Vec::new();
        for map in maps.lines() {
            let mut fields = map.split_whitespace();
            let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
            if !rights.starts_with("rw") {
                continue;
            }
            let (from, to) = range.split_once('-').unwrap();
            let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
            let mut bytes = Vec::new();
            memory.seek(SeekFrom::Start(from)).unwrap();
            // Pages that were never touched cannot be read; they hold nothing.
            if (&memory).take(to - from).read_to_end(&mut bytes).is_err() && bytes.is_empty() {
                continue;
            }
            for (name, needle) in needles {
                if !found.contains(name) && memchr::memmem::find(&bytes, needle).is_some() {
                    found.push(*name);
                }
            }
        }
        found
    }
}

impl Drop for Searched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)
        } else {
            // What was collected leaves the embedded relay's folder meanwhile.
            match std::fs::copy(entry.path(), target) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
    }
}

/// What opened the request before the purge, out of a copy of the folder.
fn request_identities(copy: &Path, id: wire::BoxId) -> Vec<String> {
    let mut vault = Vault::open(Layout::new(copy), Arc::new(seal::SystemRng)).unwrap();
    let person = vault.db().person_ids().unwrap()[0];
    let attempt = vault.begin_unlock(person, 1).unwrap();
    let keys = attempt.open(&passphrase(PASSPHRASE)).unwrap();
    let session = vault.finish_unlock(&attempt, keys, 1).unwrap();
    [DataClass::Identity, DataClass::Payment]
        .into_iter()
        .map(|class| vault.request_identity(&session, id, class).unwrap().to_text().to_string())
        .collect()
}

/// The 32 bytes behind `AGE-SECRET-KEY-1…` (Bech32, BIP 173).
fn raw(identity: &str) -> Vec<u8> {
    const ALPHABET: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let data = identity.to_lowercase();
    let data = data.rsplit_once('1').unwrap().1;
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::new());
    for letter in data[..data.len() - 6].chars() {
        bits = (bits << 5) | u32::try_from(ALPHABET.find(letter).unwrap()).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    assert_eq!(out.len(), 32);
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_it_is_in_the_desks_memory_after_the_purge() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut desk = Searched::start(&data);
    let url = desk.until("http");
    let mut customer = Customer::open(&url).await;
    customer.send_everything().await;
    desk.go_on();
    let said = desk.until("collected");
    let id: wire::BoxId = said.strip_prefix("collected ").unwrap().parse().unwrap();
    let copy = folder.path().join("copy");
    copy_folder(&data, &copy);
    let mut needles = vec![
        ("the card number", PAN.as_bytes().to_vec()),
        ("the name on the card", HOLDER.as_bytes().to_vec()),
        ("the file's name", FILE_NAME.as_bytes().to_vec()),
        ("the file", crate::customer::picture()[100..140].to_vec()),
        ("the picture", (0..40u8).flat_map(|x| [x, 0, 77, 255]).collect()),
        ("the link", url.rsplit_once('#').unwrap().1.as_bytes().to_vec()),
    ];
    for identity in request_identities(&copy, id) {
        // Without its ends, where X25519 sets bits before it uses it.
        needles.push(("a request identity's bytes", raw(&identity)[1..31].to_vec()));
        needles.push(("a request identity", identity.into_bytes()));
    }
    // The search finds what is there: card and picture are shown at this moment.
    let shown = desk.find(&needles);
    assert!(shown.contains(&"the card number") && shown.contains(&"the picture"), "{shown:?}");
    desk.go_on();
    desk.until("purged");
    assert_eq!(desk.find(&needles), Vec::<&str>::new());
    desk.go_on();
    assert!(desk.child.wait().unwrap().success());
    // Nor in any file of the folder, the relay's store included.
    let mut files = vec![data];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for (name, needle) in &needles {
            assert!(memchr::memmem::find(&bytes, needle).is_none(), "{name} is in {}", path.display());
        }
    }
}
