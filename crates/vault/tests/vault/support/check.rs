//! What must hold of a vault whatever happened to it: nothing acknowledged is lost, nothing due survives.

use super::{Fact, NOW, Sample, Step, Thief, create, open, session, workload::Extent};
use ledger::{Certificate, Checkpoint, Depth, Leaf, Nodes, What, leaf_hash, verify_log};
use seal::{Link, RowVersion, agefile};
use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, File},
    path::Path,
};
use vault::{
    Session, Vault, VaultError,
    tables::{holding::HoldingState, purge::PurgeState, remark::RemarkKind, round::RoundState},
};
use wire::{DataClass, PartSlot};

/// Samples from this on are made by the checks themselves.
const AFTER: u32 = 900;

/// Opens what a crash left, resumes it, looks at everything, and goes on working with it.
pub(crate) fn check(folder: &Path, facts: &[Fact]) {
    if facts.iter().any(|fact| matches!(fact, Fact::Destroyed(_))) && facts.iter().all(is_settled(facts)) {
        let thief = Thief::of(folder);
        let slots = fs::read(folder.join("keys/epoch")).unwrap();
        assert_eq!(slots.chunks(4096).filter_map(|slot| thief.opens(slot)).count(), 1, "told too early");
    }
    let mut vault = match open(folder) {
        Ok(vault) => vault,
        Err(VaultError::NoVault) => {
            assert!(!facts.contains(&Fact::Founded), "a vault that was handed out is gone");
            drop(create(folder).expect("founding again"));
            return;
        }
        Err(error) => panic!("a whole vault was refused: {error}"),
    };
    for fact in facts {
        if let Fact::Destroyed(purge) = fact {
            let state = vault.db().purge(*purge).unwrap().state;
            assert_ne!(state, PurgeState::Destroying, "an acknowledged destruction is forgotten");
            none_opens(&vault, &named(&vault, vault.db().purge(*purge).unwrap().intent_leaf));
        }
    }
    resume(&mut vault);
    verify(&mut vault, facts);
    let mut later = facts.to_vec();
    let next = (AFTER..).find(|k| vault.db().find_round(Sample(*k).box_id()).unwrap().is_none()).unwrap();
    for step in
        [Step::Make(next), Step::Collect(next), Step::Begin(next, Extent::All), Step::Destroy, Step::Finish]
    {
        step.act(&mut vault, &mut |fact| later.push(fact)).unwrap();
    }
    drop(vault);
    let mut vault = open(folder).unwrap();
    verify(&mut vault, &later);
    // A rotation leaves exactly the entries that rows need.
    let thief = Thief::of(folder);
    let rows: HashSet<RowVersion> = thief.rows(folder).into_iter().collect();
    let entries: HashSet<RowVersion> = thief.keyring(folder).1.ids().copied().collect();
    assert_eq!(rows, entries, "entries and rows");
}

/// Whether every purge that was begun was also acknowledged as destroyed: then no rotation was under way.
fn is_settled(facts: &[Fact]) -> impl Fn(&Fact) -> bool {
    |fact| {
        match fact {
        Fact::Begun { purge, .. } => facts.contains(&Fact::Destroyed(*purge)),
        Fact::Tries { sample, classes, status } => facts.iter().any(|fact| {
            matches!(fact, Fact::Begun { sample: k, classes: c, status: s, .. } if (k, c, s) == (sample, classes, status))
        }),
        _ => true,
    }
    }
}

/// Finishes what was begun, as a start-up does.
pub(crate) fn resume(vault: &mut Vault) {
    vault.destroy_keys(NOW + 200).unwrap();
    vault.remove_bytes(NOW + 200).unwrap();
    for purge in vault.db().unfinished_purges().unwrap() {
        vault.complete_purge(purge.id, NOW + 200).unwrap();
    }
}

/// Everything that must hold of a vault with no purge unfinished.
pub(crate) fn verify(vault: &mut Vault, facts: &[Fact]) {
    let session = session(vault);
    let tried: BTreeSet<(u32, u8)> = facts
        .iter()
        .flat_map(|fact| match fact {
            Fact::Tries { sample, classes, .. } => {
                classes.iter().map(|class| (*sample, class.as_u8())).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        })
        .collect();
    for k in (0..16).chain(AFTER..AFTER + 8) {
        round(vault, &session, Sample(k), facts, &tried);
    }
    for fact in facts {
        acknowledged(vault, fact);
    }
    blobs(vault);
    keys(vault);
    ledger(vault, facts);
}

fn round(vault: &Vault, session: &Session, sample: Sample, facts: &[Fact], tried: &BTreeSet<(u32, u8)>) {
    let id = sample.box_id();
    let Some(round) = vault.db().find_round(id).unwrap() else {
        assert!(!facts.contains(&Fact::Made(sample.0)), "round {} is lost", sample.0);
        return;
    };
    let collected = facts.contains(&Fact::Collected(sample.0));
    assert!(
        !collected || matches!(round.state, RoundState::Collected | RoundState::Purged),
        "submission {} is lost: {:?}",
        sample.0,
        round.state
    );
    let is_status =
        |fact: &Fact| matches!(fact, Fact::Tries { sample: k, status: true, .. } if *k == sample.0);
    match vault.keyed().box_keys(id) {
        Ok(keys) => assert_eq!(*keys.encode(), *sample.link().box_keys().encode()),
        Err(error) => {
            assert!(matches!(error, VaultError::NotFound) && facts.iter().any(is_status), "{error}")
        }
    }
    let holdings = vault.db().holdings(id).unwrap();
    assert_eq!(holdings.len(), sample.classes().len());
    for held in &holdings {
        match held.state {
            HoldingState::Alive => {
                alive(vault, session, sample, held.class, round.state == RoundState::Collected)
            }
            HoldingState::Gone => {
                assert!(tried.contains(&(sample.0, held.class.as_u8())), "destroyed without being asked to");
                let wrap = vault.request_identity(session, id, held.class).err().unwrap();
                assert!(matches!(wrap, VaultError::NotFound), "a wrap outlived its purge");
                let parts = vault.db().parts(id).unwrap();
                assert!(parts.iter().all(|part| part.class != held.class), "parts outlived their purge");
            }
            HoldingState::Destroying => panic!("a purge is still going on"),
        }
    }
    let links = vault.keyed().remarks(id, RemarkKind::Link).unwrap();
    match holdings.iter().find(|held| held.state == HoldingState::Alive) {
        Some(held) => {
            let identity = vault.request_identity(session, id, held.class).unwrap();
            let link = Link::open_from(&identity, &links[0]).unwrap();
            assert_eq!(*link.encode(), *sample.link().encode());
        }
        None => assert!(links.is_empty(), "a link outlived its last class"),
    }
}

/// A living class opens, down to the last byte.
fn alive(vault: &Vault, session: &Session, sample: Sample, class: DataClass, collected: bool) {
    let identity = vault.request_identity(session, sample.box_id(), class).unwrap();
    assert_eq!(*identity.to_text(), *sample.identity(class).to_text());
    let parts = vault.db().parts(sample.box_id()).unwrap();
    let parts: Vec<_> = parts.iter().filter(|part| part.class == class).collect();
    assert_eq!(parts.len(), if collected { 2 } else { 0 });
    for part in parts {
        let expected = match part.slot {
            PartSlot::Manifest => sample.manifest(class),
            PartSlot::Item(_) => sample.plaintext(class),
        };
        let file = vault.blobs().open(part.blob).unwrap();
        assert_eq!(file.metadata().unwrap().len(), part.length);
        let opened = agefile::open_item(&identity, file, expected.len() as u64).unwrap();
        assert_eq!(*opened, expected);
    }
}

fn acknowledged(vault: &Vault, fact: &Fact) {
    match fact {
        Fact::Begun { sample, classes, status, purge } => {
            let found = vault.db().purge(*purge).expect("a purge that was begun is forgotten");
            assert_eq!(found.state, PurgeState::Certified);
            for held in vault.db().holdings(Sample(*sample).box_id()).unwrap() {
                assert!(
                    !classes.contains(&held.class) || held.state == HoldingState::Gone,
                    "due, and survives"
                );
            }
            let keys = vault.keyed().box_keys(Sample(*sample).box_id());
            assert!(!status || keys.is_err(), "a link's keys outlived their end");
        }
        Fact::Certified(purge, text) => {
            let certificate = Certificate::parse(text.as_bytes()).unwrap();
            certificate.verify(Some(&vault.verifying_key())).unwrap();
            assert_eq!(certificate.purge().unwrap().as_bytes(), purge.as_bytes());
        }
        _ => {}
    }
}

/// No file without a row, no row without a file.
fn blobs(vault: &Vault) {
    let mut named = 0;
    for entry in fs::read_dir(vault.layout().blobs()).unwrap() {
        entry.unwrap();
        named += 1;
    }
    assert_eq!(vault.db().blobs().unwrap().len(), named, "files without rows, or rows without files");
}

/// What purges named is in no key file, and there is one epoch only.
fn keys(vault: &Vault) {
    for purge in vault.db().purges(None, 1000).unwrap() {
        assert_eq!(purge.state, PurgeState::Certified);
        let certificate = vault.certificate(purge.id).unwrap();
        let certificate = Certificate::parse(certificate.as_bytes()).unwrap();
        certificate.verify(Some(&vault.verifying_key())).unwrap();
        none_opens(vault, &named(vault, purge.intent_leaf));
    }
}

fn none_opens(vault: &Vault, rows: &[RowVersion]) {
    let folder = vault.layout().root();
    let thief = Thief::of(folder);
    let (n, keyring) = thief.keyring(folder);
    assert!(rows.iter().all(|row| !keyring.contains(row)), "a purged key is still in the keyring");
    let slots = fs::read(vault.layout().epoch()).unwrap();
    let open: Vec<u64> =
        slots.chunks(4096).filter_map(|slot| thief.opens(slot)).map(|epoch| epoch.n).collect();
    assert_eq!(open, [n], "an old epoch still opens");
}

/// The rows that the intent at this place in the ledger names.
pub(crate) fn named(vault: &Vault, intent: u64) -> Vec<RowVersion> {
    let leaf = vault.ledger_leaf(intent).unwrap();
    let leaf = Leaf::parse(&leaf).unwrap();
    let What::PurgeIntent { rows, .. } = &leaf.entry.known().unwrap().what else { panic!("no intent") };
    rows.iter().map(|row| RowVersion::from_bytes(*row.as_bytes())).collect()
}

/// The whole file verifies, and goes on from every head that was handed out.
fn ledger(vault: &Vault, facts: &[Fact]) {
    let head = Checkpoint::parse(&vault.checkpoint()).unwrap();
    let key = vault.verifying_key();
    let file = File::open(vault.layout().ledger()).unwrap();
    let report = verify_log(file, &head, Some(&key), Depth::Entries).unwrap();
    assert_eq!(report.entries, report.covered, "entries past the head");
    let nodes: Nodes = (0..head.size()).map(|at| leaf_hash(&vault.ledger_leaf(at).unwrap())).collect();
    for fact in facts {
        let text = match fact {
            Fact::Head(text) => text.clone(),
            Fact::Certified(_, certificate) => {
                let json: serde_json::Value = serde_json::from_str(certificate).unwrap();
                json["checkpoint"].as_str().unwrap().to_owned()
            }
            _ => continue,
        };
        let earlier = Checkpoint::parse(&text).unwrap();
        assert_eq!(nodes.root(earlier.size()), Some(earlier.root()), "history was rewritten under a head");
    }
}
