//! A customer: what the page does, without a page.

use reqwest::{Method, StatusCode};
use seal::{
    Link, agefile,
    card::{Card, Pan},
    json::V1,
    manifest::{Item, Manifest},
    note::{NoteLog, Says},
    request::{Ask, Request},
    submission::{self, Owner},
    word::{Word, WordKind},
};
use std::collections::BTreeMap;
use wire::{DataClass, PartId, PartSlot, Record, RecordPart, api::BoxView, digest::part_digest};
use zeroize::Zeroizing;

pub const PAN: &str = "5555555555554444";
pub const HOLDER: &str = "Wilhelmina Quackenbush";
pub const FILE_NAME: &str = "zeldzaam-paspoort-7731.png";

pub struct Customer {
    pub link: Link,
    pub origin: String,
    pub request: Request,
    pub chunk_size: u32,
    sealed_request: Vec<u8>,
    http: reqwest::Client,
    pub owner_bytes: [u8; 32],
    pub body: Vec<u8>,
}

pub struct Part {
    pub id: PartId,
    pub class: DataClass,
    pub slot: PartSlot,
    pub sealed: Vec<u8>,
}

pub fn random<const N: usize>() -> [u8; N] {
    seal::rng::make_array(&seal::SystemRng).unwrap()
}

/// A picture with something to recognise in it.
pub fn picture() -> Vec<u8> {
    let mut png = Vec::new();
    let image = image::RgbImage::from_fn(320, 200, |x, y| image::Rgb([x as u8, y as u8, 77]));
    image.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
    png
}

impl Customer {
    pub async fn open(url: &str) -> Self {
        let (origin, _) = url.split_once("/#").unwrap();
        let link = Link::parse(url).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut customer = Self {
            origin: origin.to_owned(),
            request: serde_json::from_value(serde_json::json!({
                "v": 1, "company": "", "colour": "#000000", "agent": "", "ticket": "", "purpose": "", "slots": [],
                "seen_by": [], "retention": [], "help": {"name": "", "phone": null, "email": null, "web": null},
                "language": "en", "limits": {"bytes": 0, "parts": 0}, "opened": 0, "expires": 0, "recipients": [],
                "ledger_key": "", "notice": {"version": "", "hash": "00".repeat(32)}
            }))
            .unwrap(),
            chunk_size: 0,
            sealed_request: Vec::new(),
            link,
            http,
            owner_bytes: random(),
            body: Vec::new(),
        };
        let view = customer.view().await;
        customer.request = Request::open(&customer.link, &view.request.0).unwrap();
        customer.sealed_request = view.request.0;
        customer.chunk_size = view.chunk_size;
        customer
    }

    pub fn call(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let bearer = self.link.upload_token().to_bearer();
        self.http
            .request(method, format!("{}/v1/boxes/{}{path}", self.origin, self.link.box_id()))
            .bearer_auth(&*bearer)
    }

    /// Whom the relay says to ask about a link that does not work.
    pub async fn public_contact(&self) -> Option<String> {
        let answer = self.http.get(format!("{}/v1/contact", self.origin)).send().await.unwrap();
        answer.json::<wire::api::Contact>().await.unwrap().contact
    }

    pub async fn view(&self) -> BoxView {
        self.call(Method::GET, "").send().await.unwrap().json().await.unwrap()
    }

    /// What the desk wrote, opened; gaps and doubles are refused.
    pub async fn notes(&self) -> Vec<Says> {
        let view = self.view().await;
        let series = view.notes.iter().map(|note| (note.seq, note.note.0.as_slice()));
        let log = NoteLog::read(&self.link.status_seal(), self.link.box_id(), series).unwrap();
        log.notes().iter().map(|note| note.says.clone()).collect()
    }

    /// Everything that was asked for, sealed as the page seals it.
    pub fn seal_everything(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut listed: BTreeMap<DataClass, Vec<Item>> = BTreeMap::new();
        for slot in &self.request.slots {
            let (plain, name, media_type, preview) = match &slot.ask {
                Ask::Document { .. } => (picture(), FILE_NAME, "image/png", String::new()),
                Ask::Card { .. } => {
                    let number = Pan::parse(PAN).unwrap();
                    let preview = number.masked();
                    let holder = Zeroizing::new(HOLDER.to_owned());
                    let card = Card { number, month: 11, year: 2031, holder };
                    (card.encode().unwrap().to_vec(), "", seal::card::CARD_TYPE, preview)
                }
                Ask::Text { .. } => (b"hello".to_vec(), "", "text/plain;charset=utf-8", String::new()),
            };
            let (id, class) = (PartId::from_bytes(random()), slot.ask.class());
            let sealed = agefile::seal_item(self.request.recipient(class).unwrap(), &plain).unwrap();
            parts.push(Part { id, class, slot: PartSlot::Item(slot.slot), sealed });
            listed.entry(class).or_default().push(Item {
                part: id,
                slot: slot.slot,
                name: name.to_owned(),
                media_type: media_type.to_owned(),
                length: plain.len() as u64,
                preview,
                covers: Vec::new(),
            });
        }
        for (class, items) in listed {
            let manifest = Manifest { v: V1, class, items, by_agent: false };
            let sealed = manifest.seal(self.request.recipient(class).unwrap()).unwrap();
            parts.push(Part { id: PartId::from_bytes(random()), class, slot: PartSlot::Manifest, sealed });
        }
        parts
    }

    pub async fn put(&self, part: &Part) {
        for (n, chunk) in part.sealed.chunks(self.chunk_size as usize).enumerate() {
            let path = format!("/parts/{}/{n}", part.id);
            let answer = self.call(Method::PUT, &path).body(chunk.to_vec()).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
        }
    }

    pub fn record(&self, parts: &[Part]) -> Record {
        Record {
            box_id: self.link.box_id(),
            request_hash: wire::sha256(&self.sealed_request),
            owner_hash: Owner::from_bytes(Zeroizing::new(self.owner_bytes)).hash(),
            parts: parts
                .iter()
                .map(|part| RecordPart {
                    id: part.id,
                    class: part.class,
                    slot: part.slot,
                    length: part.sealed.len() as u64,
                    digest: part_digest(&part.sealed, self.chunk_size as usize),
                })
                .collect(),
        }
    }

    pub async fn submit_body(&self, body: &[u8]) -> StatusCode {
        self.call(Method::POST, "/submit").body(body.to_vec()).send().await.unwrap().status()
    }

    pub async fn send_everything(&mut self) {
        let parts = self.seal_everything();
        self.send(&parts).await;
    }

    pub async fn send(&mut self, parts: &[Part]) {
        for part in parts {
            self.put(part).await;
        }
        self.body = submission::make(&self.record(parts), &self.link.submission_mac());
        assert_eq!(self.submit_body(&self.body).await, StatusCode::OK);
    }

    pub async fn say(&self, says: WordKind) {
        let word = Word { box_id: self.link.box_id(), newest: None, says }.make(&self.link.voice());
        let answer = self.call(Method::POST, "/words").body(word).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
}
