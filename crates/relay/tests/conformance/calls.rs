//! The calls a customer's page and a desk make.

use super::Target;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use wire::{
    BoxId, DataClass, PartId, PartSlot, Record, RecordPart, SubmitBody, UploadToken, digest::part_digest,
    sha256,
};

pub(crate) const CHUNK: usize = 64 * 1024;
pub(crate) const LIMIT: u64 = 1024 * 1024;

/// A client wants to know its cryptography before it is made, also for plain HTTP.
pub(crate) fn clients_can_be_made() {
    // Another test of this process may have said it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}

pub(crate) fn random_bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}

/// A box and everything its customer knows.
#[derive(Clone)]
pub(crate) struct Customer {
    pub(crate) target: Target,
    pub(crate) http: Client,
    pub(crate) id: BoxId,
    pub(crate) token: String,
    pub(crate) request: Vec<u8>,
    pub(crate) expires: u64,
}

/// A part as the browser holds it.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) id: PartId,
    pub(crate) bytes: Vec<u8>,
}

impl Part {
    pub(crate) fn make(length: usize) -> Self {
        Self { id: PartId::from_bytes(random()), bytes: random_bytes(length) }
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = (u32, &[u8])> {
        (0..).zip(self.bytes.chunks(CHUNK))
    }
}

/// What is asked to open a box: limit 1 MiB, a day, chunks of 64 KiB.
pub(crate) fn opening(target: &Target) -> (Value, Customer) {
    let customer = Customer {
        target: target.clone(),
        http: Client::new(),
        id: BoxId::from_bytes(random()),
        token: UploadToken::from_bytes(random()).to_bearer().to_string(),
        request: random_bytes(4125),
        expires: (target.now)() + 86_400,
    };
    let body = json!({
        "id": customer.id,
        "token_hash": UploadToken::parse(&customer.token).unwrap().hash(),
        "request": data_encoding::BASE64.encode(&customer.request),
        "expires": customer.expires,
        "limits": {"bytes": LIMIT, "parts": 20},
        "chunk_size": CHUNK,
    });
    (body, customer)
}

/// A box, open.
pub(crate) async fn open(target: &Target) -> Customer {
    let (body, customer) = opening(target);
    let answer = target.desk(Method::POST, "/v1/boxes").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    customer
}

impl Target {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A call of the first desk.
    pub(crate) fn desk(&self, method: Method, path: &str) -> RequestBuilder {
        self.desk_number(0, method, path)
    }

    pub(crate) fn desk_number(&self, number: usize, method: Method, path: &str) -> RequestBuilder {
        Client::new().request(method, self.url(path)).bearer_auth(&self.desks[number])
    }

    /// All events of the first desk about one box, without their numbers.
    pub(crate) async fn events_of(&self, id: BoxId) -> Vec<Value> {
        let (mut after, mut found) = (0, Vec::new());
        loop {
            let path = format!("/v1/desk/events?after={after}");
            let answer: Value = self.desk(Method::GET, &path).send().await.unwrap().json().await.unwrap();
            let events = answer["events"].as_array().unwrap().clone();
            if events.is_empty() {
                return found;
            }
            after = answer["next"].as_u64().unwrap();
            for mut event in events {
                if event["box"] == id.to_string() {
                    event.as_object_mut().unwrap().remove("seq");
                    event.as_object_mut().unwrap().remove("box");
                    found.push(event);
                }
            }
        }
    }
}

impl Customer {
    /// The same customer, of a relay that was started anew.
    pub(crate) fn at(&self, target: &Target) -> Self {
        Self { target: target.clone(), http: Client::new(), ..self.clone() }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/boxes/{}{rest}", self.id)
    }

    pub(crate) fn desk_path(&self, rest: &str) -> String {
        format!("/v1/desk/boxes/{}{rest}", self.id)
    }

    pub(crate) fn call(&self, method: Method, rest: &str) -> RequestBuilder {
        self.http.request(method, self.target.url(&self.path(rest))).bearer_auth(&self.token)
    }

    pub(crate) async fn view(&self) -> Value {
        let answer = self.call(Method::GET, "").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let mut view: Value = answer.json().await.unwrap();
        // The clock moves by itself.
        assert!(view.as_object_mut().unwrap().remove("now").is_some());
        view
    }

    pub(crate) async fn state(&self) -> String {
        self.view().await["state"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn parts(&self) -> Value {
        self.call(Method::GET, "/parts").send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn put(&self, part: PartId, n: u32, bytes: &[u8]) -> Response {
        self.call(Method::PUT, &format!("/parts/{part}/{n}")).body(bytes.to_vec()).send().await.unwrap()
    }

    /// Sends all of a part, whatever is there already; the statuses in order.
    pub(crate) async fn send(&self, part: &Part) -> Vec<StatusCode> {
        let mut statuses = Vec::new();
        for (n, chunk) in part.chunks() {
            statuses.push(self.put(part.id, n, chunk).await.status());
        }
        statuses
    }

    pub(crate) fn record(&self, parts: &[Part]) -> Record {
        let parts = parts
            .iter()
            .enumerate()
            .map(|(n, part)| RecordPart {
                id: part.id,
                class: DataClass::Identity,
                slot: if n == 0 { PartSlot::Manifest } else { PartSlot::Item(0) },
                length: part.bytes.len() as u64,
                digest: part_digest(&part.bytes, CHUNK),
            })
            .collect();
        Record { box_id: self.id, request_hash: sha256(&self.request), owner_hash: random(), parts }
    }

    pub(crate) fn body(&self, parts: &[Part]) -> Vec<u8> {
        SubmitBody { record: self.record(parts), mac: random() }.encode()
    }

    pub(crate) async fn submit(&self, body: &[u8]) -> Response {
        self.call(Method::POST, "/submit").body(body.to_vec()).send().await.unwrap()
    }

    /// Sends parts and submits them; the accepted body.
    pub(crate) async fn hand_in(&self, parts: &[Part]) -> Vec<u8> {
        for part in parts {
            self.send(part).await;
        }
        let body = self.body(parts);
        assert_eq!(self.submit(&body).await.status(), StatusCode::OK);
        body
    }

    pub(crate) async fn desk_view(&self) -> Value {
        self.target.desk(Method::GET, &self.desk_path("")).send().await.unwrap().json().await.unwrap()
    }

    /// What the desk downloads of a part.
    pub(crate) async fn download(&self, part: PartId) -> Vec<u8> {
        let path = self.desk_path(&format!("/parts/{part}"));
        let answer = self.target.desk(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn collected(&self, body: &[u8]) -> Response {
        let record = SubmitBody::parse(body).unwrap().record.hash();
        let json = json!({"record": data_encoding::HEXLOWER.encode(&record)});
        self.target.desk(Method::POST, &self.desk_path("/collected")).json(&json).send().await.unwrap()
    }

    pub(crate) async fn end(&self, how: &str) -> Response {
        self.target.desk(Method::DELETE, &self.desk_path(&format!("?as={how}"))).send().await.unwrap()
    }
}

/// Checks that an answer is exactly this problem.
pub(crate) async fn is_problem(answer: Response, status: u16, code: &str) -> Value {
    assert_eq!(answer.status().as_u16(), status);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], format!("urn:cloakroom:problem:{code}"));
    assert_eq!(problem["status"], status);
    for field in ["title", "detail"] {
        assert!(!problem[field].as_str().unwrap().is_empty());
    }
    problem
}
