//! Rounds that can be known again by their number: in another process, after a crash, on a raw disk.

use super::NOW;
use ledger::{Class, Hash, Id, Notice, What, Who};
use seal::{
    Link, RequestIdentity, Rng, agefile,
    card::Card,
    manifest::{Cover, Item, Manifest},
    rng::RngFailed,
    wrap,
};
use std::sync::atomic::{AtomicU64, Ordering};
use vault::{
    BlobName, PurgeId, PurgeOrder, RequestId, Vault, VaultError,
    tables::{
        holding::{HoldingRow, HoldingState},
        outbox::Message,
        part::PartRow,
        remark::RemarkKind,
        request::{RequestRow, Shelf},
        round::{Arrival, RoundRow, RoundState, Way},
        slot::{SlotKind, SlotRow},
    },
};
use wire::{BoxId, DataClass, PartId, PartSlot, sha256};
use zeroize::Zeroizing;

/// A round: its number says all about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample(pub(crate) u32);

impl Sample {
    /// The classes it asks for: identity, payment, or both.
    pub(crate) fn classes(self) -> &'static [DataClass] {
        match self.0 % 3 {
            0 => &[DataClass::Identity],
            1 => &[DataClass::Payment],
            _ => &[DataClass::Identity, DataClass::Payment],
        }
    }

    pub(crate) fn ticket(self) -> String {
        format!("#{}", 4000 + self.0)
    }

    pub(crate) fn link(self) -> Link {
        Link::from_secret(Zeroizing::new(self.hash("link")))
    }

    pub(crate) fn box_id(self) -> BoxId {
        self.link().box_id()
    }

    pub(crate) fn request(self) -> RequestId {
        RequestId::from_bytes(self.short("request"))
    }

    pub(crate) fn identity(self, class: DataClass) -> RequestIdentity {
        let rng =
            Seeded { seed: self.hash(&format!("identity {}", class.as_u8())), count: AtomicU64::new(0) };
        RequestIdentity::make(&rng).unwrap()
    }

    /// 16 digits with a right Luhn sum.
    pub(crate) fn card_number(self) -> String {
        let digits = format!("411111{:09}", u64::from(self.0) * 7919 + 123_456_789);
        let sum: u32 = digits
            .bytes()
            .rev()
            .enumerate()
            .map(|(at, byte)| match u32::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 } {
                number @ 10.. => number - 9,
                number => number,
            })
            .sum();
        format!("{digits}{}", (10 - sum % 10) % 10)
    }

    /// A text that stands all through the file of this round.
    pub(crate) fn marker(self) -> String {
        format!("passport page of holder {}", data_encoding::HEXLOWER.encode(&self.hash("marker")[..12]))
    }

    pub(crate) fn file_name(self) -> String {
        format!("scan-{}.jpg", data_encoding::HEXLOWER.encode(&self.hash("name")[..12]))
    }

    /// What the customer sends of a class.
    pub(crate) fn plaintext(self, class: DataClass) -> Vec<u8> {
        match class {
            DataClass::Payment => {
                let text = format!(
                    r#"{{"number":"{}","month":12,"year":2030,"holder":"HOLDER {}"}}"#,
                    self.card_number(),
                    self.0
                );
                Card::parse(text.as_bytes()).unwrap();
                text.into_bytes()
            }
            _ => (0..200)
                .map(|line| format!("{} line {line}\n", self.marker()))
                .collect::<String>()
                .into_bytes(),
        }
    }

    pub(crate) fn manifest(self, class: DataClass) -> Vec<u8> {
        let payment = class == DataClass::Payment;
        let item = Item {
            part: self.part(class),
            slot: class.as_u8(),
            name: if payment { String::new() } else { self.file_name() },
            media_type: if payment { "application/vnd.cloakroom.card+json" } else { "image/jpeg" }.to_owned(),
            length: self.plaintext(class).len() as u64,
            preview: if payment { "411111••••••1111".to_owned() } else { String::new() },
            covers: if payment { Vec::new() } else { vec![Cover::Metadata] },
        };
        serde_json::to_vec(&Manifest { v: seal::json::V1, class, items: vec![item], by_agent: false })
            .unwrap()
    }

    pub(crate) fn part(self, class: DataClass) -> PartId {
        PartId::from_bytes(self.short(&format!("part {}", class.as_u8())))
    }

    pub(crate) fn submit_body(self) -> Vec<u8> {
        [b"cloakroom/v1/submission\0".as_slice(), self.box_id().as_bytes(), &self.hash("record")].concat()
    }

    /// Writes the request down, as before its link is shown.
    pub(crate) fn make(self, vault: &mut Vault) -> Result<(), VaultError> {
        let (id, link) = (self.box_id(), self.link());
        vault.change(NOW, |change| {
            let db = change.db();
            db.insert_request(&RequestRow {
                id: self.request(),
                ticket: self.ticket(),
                template: "id-and-card".to_owned(),
                owner: "ada".to_owned(),
                client: "brand".to_owned(),
                created: NOW,
                shelf: Shelf::Waiting,
                moved: NOW,
                due: None,
            })?;
            db.insert_round(&RoundRow {
                box_id: id,
                request: self.request(),
                number: 1,
                state: RoundState::Opening,
                opened: NOW,
                expires: NOW + 7 * 86_400,
                request_hash: self.hash("sealed request"),
                arrived: None,
                looked: None,
                record_hash: None,
                collect_leaf: None,
                problem: None,
                notes: 0,
                status_end: None,
                way: Way::Link,
                follows: None,
                why: None,
            })?;
            let mut recipients = Vec::new();
            for class in self.classes() {
                let identity = self.identity(*class);
                let kind = if *class == DataClass::Payment { SlotKind::Card } else { SlotKind::Document };
                db.insert_slot(id, SlotRow { slot: class.as_u8(), kind, class: *class, parts: 1 })?;
                db.insert_holding(&HoldingRow {
                    box_id: id,
                    class: *class,
                    recipient: identity.recipient(),
                    grace: 3600,
                    term: 86_400,
                    term_max: NOW + 30 * 86_400,
                    due: None,
                    rule: None,
                    held_until: None,
                    purge: None,
                    state: HoldingState::Alive,
                    kept_until: None,
                    offered: None,
                })?;
                let (generation, to) = db.class_key(*class)?;
                change.insert_wrap(id, *class, generation, &wrap::seal(&identity, &to).unwrap())?;
                recipients.push(identity.recipient());
            }
            change.insert_box_keys(&link.box_keys())?;
            let to: Vec<_> = recipients.iter().collect();
            change.insert_remark(id, None, RemarkKind::Link, NOW, &link.seal_to(&to).unwrap())?;
            change.record(Who::Desk, self.created())?;
            Ok::<_, VaultError>(())
        })?;
        vault.change(NOW, |change| change.db().set_round_state(id, RoundState::Waiting))
    }

    /// Takes the submission in: files durable, then the rows.
    pub(crate) fn collect(self, vault: &mut Vault) -> Result<(), VaultError> {
        let id = self.box_id();
        let blobs = vault.blobs();
        let mut parts = Vec::new();
        for class in self.classes() {
            let to = self.identity(*class).recipient();
            let item = agefile::seal_item(&to, &self.plaintext(*class)).unwrap();
            let manifest = agefile::seal_item(&to, &self.manifest(*class)).unwrap();
            let manifest_part = PartId::from_bytes(self.short(&format!("manifest {}", class.as_u8())));
            for (part, slot, bytes) in [
                (self.part(*class), PartSlot::Item(class.as_u8()), item),
                (manifest_part, PartSlot::Manifest, manifest),
            ] {
                let blob = BlobName::make(&seal::SystemRng)?;
                let mut writer = blobs.begin(blob)?;
                writer.write(&bytes)?;
                writer.finish()?;
                parts.push(PartRow { part, class: *class, slot, length: bytes.len() as u64, blob });
            }
        }
        blobs.sync()?;
        vault.change(NOW + 60, |change| {
            let db = change.db();
            for part in &parts {
                db.insert_part(id, part)?;
            }
            let record_hash = sha256(&self.submit_body());
            let what = What::Collected {
                box_id: Id::from_bytes(*id.as_bytes()),
                record: Hash::from_bytes(record_hash),
            };
            let leaf = change.record(Who::Desk, what)?;
            let submit_body = self.submit_body();
            let arrival =
                Arrival { at: NOW + 60, submit_body: &submit_body, record_hash, chunk_size: 262_144, leaf };
            db.set_collected(id, &arrival)?;
            for class in self.classes() {
                db.set_due(id, *class, Some(NOW + 86_400), "term")?;
            }
            db.tell(id, &Message::Collected { record: record_hash })?;
            db.shelve(self.request(), Shelf::Arrived, NOW + 60, Some(NOW + 86_400))
        })
    }

    /// Begins the purge of some of its classes.
    pub(crate) fn begin_purge(self, vault: &mut Vault, classes: &[DataClass]) -> Result<PurgeId, VaultError> {
        let targets = classes.iter().map(|class| (self.box_id(), *class)).collect();
        self.begin(vault, targets, Vec::new())
    }

    /// Begins the end of the status page: the last that is kept of a link.
    pub(crate) fn end_status(self, vault: &mut Vault) -> Result<PurgeId, VaultError> {
        self.begin(vault, Vec::new(), vec![self.box_id()])
    }

    fn begin(
        self,
        vault: &mut Vault,
        targets: Vec<(BoxId, DataClass)>,
        status_ended: Vec<BoxId>,
    ) -> Result<PurgeId, VaultError> {
        let ticket = self.ticket();
        let order = PurgeOrder {
            ticket: &ticket,
            rule: "closed",
            person: None,
            due: NOW + 90,
            targets,
            status_ended,
        };
        Ok(vault.begin_purges(NOW + 100, &[order])?[0])
    }

    fn created(self) -> What {
        What::CreatedRequest {
            request: Id::from_bytes(*self.request().as_bytes()),
            box_id: Id::from_bytes(*self.box_id().as_bytes()),
            ticket: self.ticket().parse().unwrap(),
            classes: self
                .classes()
                .iter()
                .map(|class| if *class == DataClass::Payment { Class::Payment } else { Class::Identity })
                .collect(),
            notice: Notice { version: "1".to_owned(), hash: Hash::from_bytes([7; 32]) },
        }
    }

    fn hash(self, what: &str) -> [u8; 32] {
        sha256(format!("sample {} {what}", self.0).as_bytes())
    }

    fn short(self, what: &str) -> [u8; 16] {
        self.hash(what)[..16].try_into().unwrap()
    }
}

/// Randomness that comes again.
struct Seeded {
    seed: [u8; 32],
    count: AtomicU64,
}

impl Rng for Seeded {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RngFailed> {
        for chunk in dest.chunks_mut(32) {
            let count = self.count.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let block = sha256(&[self.seed.as_slice(), &count].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}
