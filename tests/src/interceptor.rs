//! Somebody else who holds the link, or none: plain HTTP calls to the relay, without a browser.

use crate::Outcome;
use reqwest::{Client, Method, RequestBuilder, Response, header};
use seal::{
    Link, SystemRng, agefile,
    json::V1,
    manifest::{Item, Manifest},
    request::{self, Request},
    submission::{self, Owner},
};
use wire::{
    BoxId, PartId, PartSlot, Record, RecordPart,
    api::{BoxView, PartsView},
    digest::part_digest,
};

/// An interceptor.
pub struct Interceptor {
    http: Client,
    origin: String,
    link: Link,
}

impl Interceptor {
    /// Reads a link over somebody's shoulder.
    pub fn of(url: &str) -> Outcome<Self> {
        let (origin, _) = url.split_once("/#").ok_or("this is no link")?;
        Self::with(origin, Link::parse(url)?)
    }

    /// Somebody with a link of their own making.
    pub fn with(origin: &str, link: Link) -> Outcome<Self> {
        let http = Client::builder().no_proxy().build()?;
        Ok(Self { http, origin: origin.to_owned(), link })
    }

    /// The box.
    pub fn box_id(&self) -> BoxId {
        self.link.box_id()
    }

    /// A call without any token.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.origin))
    }

    /// A call on the box with the link's token; `path` begins after the box id.
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.call_with(&self.link, method, path)
    }

    /// A call on the box with another link's token.
    pub fn call_with(&self, token: &Link, method: Method, path: &str) -> RequestBuilder {
        let bearer = format!("Bearer {}", *token.upload_token().to_bearer());
        self.bare(method, &format!("/v1/boxes/{}{path}", self.box_id())).header(header::AUTHORIZATION, bearer)
    }

    /// What the relay shows of the box.
    pub async fn view(&self) -> Outcome<BoxView> {
        let answer = self.call(Method::GET, "").send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }

    /// Which chunks arrived.
    pub async fn parts(&self) -> Outcome<PartsView> {
        let answer = self.call(Method::GET, "/parts").send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }

    /// Writes a chunk.
    pub async fn put(&self, part: PartId, n: u32, chunk: Vec<u8>) -> Outcome<Response> {
        Ok(self.call(Method::PUT, &format!("/parts/{part}/{n}")).body(chunk).send().await?)
    }

    /// Makes a whole and valid submission of its own and sends it; answers the HTTP status.
    pub async fn submit_own(&self, name: &str, content: &[u8]) -> Outcome<u16> {
        let view = self.view().await?;
        let asked = Request::open(&self.link, &view.request.0)?;
        let rng = SystemRng;
        let mut parts = Vec::new();
        let mut sealed = Vec::new();
        for slot in &asked.slots {
            let class = slot.ask.class();
            let to = asked.recipient(class).ok_or("no recipient for a class")?;
            let part = PartId::from_bytes(seal::rng::make_array(&rng)?);
            let item = Item {
                part,
                slot: slot.slot,
                name: name.to_owned(),
                media_type: "application/pdf".to_owned(),
                length: content.len() as u64,
                preview: String::new(),
                covers: Vec::new(),
            };
            sealed.push((part, class, PartSlot::Item(slot.slot), agefile::seal_item(to, content)?));
            let manifest = Manifest { v: V1, class, items: vec![item], by_agent: false }.seal(to)?;
            let part = PartId::from_bytes(seal::rng::make_array(&rng)?);
            sealed.push((part, class, PartSlot::Manifest, manifest));
        }
        let size = view.chunk_size as usize;
        for (id, class, slot, bytes) in &sealed {
            for (n, chunk) in bytes.chunks(size).enumerate() {
                self.put(*id, u32::try_from(n)?, chunk.to_vec()).await?.error_for_status()?;
            }
            let digest = part_digest(bytes, size);
            parts.push(RecordPart {
                id: *id,
                class: *class,
                slot: *slot,
                length: bytes.len() as u64,
                digest,
            });
        }
        let record = Record {
            box_id: self.box_id(),
            request_hash: request::request_hash(&view.request.0),
            owner_hash: Owner::make(&rng)?.hash(),
            parts,
        };
        let body = submission::make(&record, &self.link.submission_mac());
        Ok(self.call(Method::POST, "/submit").body(body).send().await?.status().as_u16())
    }
}
