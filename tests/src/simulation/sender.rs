//! A customer without a browser: opens the link's request, seals what is asked for, sends it, hands it in, says words,
//! reads what the desk answers. Tries again a few times, as the page does, and may leave at any point.

use super::{dice::Dice, far::ORIGIN, way::Way};
use crate::Outcome;
use axum::http::{
    Method, StatusCode,
    header::{self, HeaderMap, HeaderValue},
};
use bytes::Bytes;
use desk::{Call, NoAnswer, Transport};
use futures_util::StreamExt;
use seal::{
    Link,
    note::{NoteLog, Says},
    request::Request,
    submission::{self, Owner},
    word::{Word, WordKind},
};
use std::time::Duration;
use wire::{
    Problem, ProblemCode, Record, RecordPart,
    api::{BoxView, Submitted},
    digest::part_digest,
};
use zeroize::Zeroizing;

/// How often the page tries before it waits for the person.
const TRIES: u32 = 6;

/// One browser that holds a link.
pub(crate) struct Sender {
    /// The link.
    pub(crate) link: Link,
    way: Way,
    dice: Dice,
    /// Which of the history's browsers: what it sends is known by it.
    pub(crate) number: u64,
    owner: [u8; 32],
    opened: Option<Opened>,
    parts: Vec<super::sealing::Part>,
    /// How many of them were sent.
    sent: usize,
    /// What it hands in.
    pub(crate) body: Option<Vec<u8>>,
    /// The newest note it saw.
    newest: Option<u32>,
    /// Words it tried to say, and whether what it had sent was accepted by then.
    tried: Vec<(Vec<u8>, bool)>,
    /// The relay said that it accepted.
    pub(crate) accepted: bool,
}

struct Opened {
    sealed: Vec<u8>,
    chunk_size: usize,
}

/// Why a browser got no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// No answer that counts, however often it tried.
    NoAnswer,
    /// The relay refused.
    Refused(ProblemCode),
}

/// What the desk told a customer.
pub(crate) struct Told {
    /// The notes, oldest first.
    pub(crate) says: Vec<Says>,
    /// A link that was passed on to this very browser.
    pub(crate) next: Option<Link>,
}

impl Sender {
    /// Somebody opens a link.
    pub(crate) fn new(link: Link, way: Way, seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed, &format!("sender {number}"));
        let mut owner = [0; 32];
        dice.fill(&mut owner);
        Self {
            link,
            way,
            dice,
            number,
            owner,
            opened: None,
            parts: Vec::new(),
            sent: 0,
            body: None,
            newest: None,
            tried: Vec::new(),
            accepted: false,
        }
    }

    fn owner(&self) -> Owner {
        Owner::from_bytes(Zeroizing::new(self.owner))
    }

    /// Opens the page, and seals everything that is asked for.
    pub(crate) async fn open(&mut self) -> Outcome<Result<(), Stuck>> {
        if self.opened.is_some() {
            return Ok(Ok(()));
        }
        let view: BoxView = match self.get("").await {
            Ok(view) => view,
            Err(stuck) => return Ok(Err(stuck)),
        };
        let request = Request::open(&self.link, &view.request.0)?;
        self.parts = super::sealing::everything(&request, &mut self.dice, self.number)?;
        self.opened = Some(Opened { sealed: view.request.0, chunk_size: view.chunk_size as usize });
        Ok(Ok(()))
    }

    /// Sends some of the parts that are left.
    pub(crate) async fn send(&mut self, most: usize) -> Outcome<Result<(), Stuck>> {
        if let Err(stuck) = self.open().await? {
            return Ok(Err(stuck));
        }
        let until = self.parts.len().min(self.sent.saturating_add(most));
        while self.sent < until {
            if let Err(stuck) = self.put(self.sent).await {
                return Ok(Err(stuck));
            }
            self.sent += 1;
        }
        Ok(Ok(()))
    }

    /// Sends what is left, and hands it in.
    pub(crate) async fn give(&mut self) -> Outcome<Result<(), Stuck>> {
        for _ in 0..2 {
            if let Err(stuck) = self.send(usize::MAX).await? {
                return Ok(Err(stuck));
            }
            match self.hand_in().await? {
                // Something in between had said that it was stored.
                Err(Stuck::Refused(ProblemCode::Incomplete)) => self.sent = 0,
                done => return Ok(done),
            }
        }
        Ok(Err(Stuck::Refused(ProblemCode::Incomplete)))
    }

    /// Hands in what was sent, or the same once more.
    pub(crate) async fn hand_in(&mut self) -> Outcome<Result<(), Stuck>> {
        let opened = self.opened.as_ref().ok_or("the page was not opened")?;
        let record = Record {
            box_id: self.link.box_id(),
            request_hash: wire::sha256(&opened.sealed),
            owner_hash: self.owner().hash(),
            parts: self.parts.iter().map(|part| record_part(part, opened.chunk_size)).collect(),
        };
        let body = submission::make(&record, &self.link.submission_mac());
        self.body = Some(body.clone());
        let said: Result<Submitted, Stuck> = self.call(Method::POST, "/submit", &body).await;
        self.accepted |= said.is_ok();
        Ok(said.map(drop))
    }

    /// A word as it would say it now, and whether a desk that hears it follows it: the same word twice is one.
    pub(crate) fn word(&mut self, says: WordKind) -> (Vec<u8>, bool) {
        let word = Word { box_id: self.link.box_id(), newest: self.newest, says };
        let word = word.make(&self.link.voice());
        let new = self.tried.iter().all(|(tried, accepted)| *tried != word || *accepted);
        self.tried.push((word.clone(), self.accepted));
        (word, new && self.accepted)
    }

    /// Takes back what it sent.
    pub(crate) fn take_back(&mut self) -> (Vec<u8>, bool) {
        self.word(WordKind::TakeBack(self.owner()))
    }

    /// Says a word until the relay has it.
    pub(crate) async fn say(&mut self, word: &[u8]) -> Result<(), Stuck> {
        match self.answered(Method::POST, "/words", word).await? {
            (StatusCode::ACCEPTED, _) => Ok(()),
            (_, body) => Err(refused(&body)),
        }
    }

    /// Reads what the desk wrote: without a gap, in order, each note genuine.
    pub(crate) async fn read(&mut self) -> Outcome<Result<Told, Stuck>> {
        let view: BoxView = match self.get("").await {
            Ok(view) => view,
            Err(stuck) => return Ok(Err(stuck)),
        };
        let series = view.notes.iter().map(|note| (note.seq, note.note.0.as_slice()));
        let log = NoteLog::read(&self.link.status_seal(), self.link.box_id(), series)?;
        self.newest = log.next_seq().checked_sub(1);
        let says: Vec<Says> = log.notes().iter().map(|note| note.says.clone()).collect();
        let next = says.iter().find_map(|says| match says {
            Says::Replaced { next } => seal::next::open(&self.link, &self.owner(), &next.0).ok(),
            _ => None,
        });
        Ok(Ok(Told { says, next }))
    }

    async fn put(&mut self, part: usize) -> Result<(), Stuck> {
        let Some((opened, part)) = self.opened.as_ref().zip(self.parts.get(part)) else { return Ok(()) };
        let chunks: Vec<_> =
            part.sealed.chunks(opened.chunk_size).map(|chunk| (part.id, chunk.to_vec())).collect();
        for (n, (id, chunk)) in chunks.into_iter().enumerate() {
            match self.answered(Method::PUT, &format!("/parts/{id}/{n}"), &chunk).await? {
                (StatusCode::OK | StatusCode::CREATED, _) => {}
                (_, body) => return Err(refused(&body)),
            }
        }
        Ok(())
    }

    async fn get<T: serde::de::DeserializeOwned>(&mut self, path: &str) -> Result<T, Stuck> {
        self.call(Method::GET, path, &[]).await
    }

    async fn call<T: serde::de::DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: &[u8],
    ) -> Result<T, Stuck> {
        for _ in 0..TRIES {
            let (status, answer) = self.answered(method.clone(), path, body).await?;
            if !status.is_success() {
                return Err(refused(&answer));
            }
            if let Ok(said) = serde_json::from_slice(&answer) {
                return Ok(said);
            }
        }
        Err(Stuck::NoAnswer)
    }

    /// An answer of the relay's own, whatever it says.
    async fn answered(
        &mut self,
        method: Method,
        path: &str,
        body: &[u8],
    ) -> Result<(StatusCode, Bytes), Stuck> {
        for _ in 0..TRIES {
            if let Ok((status, body)) = self.once(method.clone(), path, body).await
                && (status.is_success() || serde_json::from_slice::<Problem>(&body).is_ok())
            {
                return Ok((status, body));
            }
            tokio::time::sleep(Duration::from_millis(200 + self.dice.below(8_000))).await;
        }
        Err(Stuck::NoAnswer)
    }

    async fn once(&self, method: Method, path: &str, body: &[u8]) -> Result<(StatusCode, Bytes), NoAnswer> {
        let mut headers = HeaderMap::new();
        let bearer = format!("Bearer {}", *self.link.upload_token().to_bearer());
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&bearer).map_err(|_| NoAnswer::Broken)?);
        let path = format!("/v1/boxes/{}{path}", self.link.box_id());
        let body = Bytes::copy_from_slice(body);
        let mut answer = self.way.call(Call { origin: ORIGIN.into(), method, path, headers, body }).await?;
        let mut whole = Vec::new();
        while let Some(piece) = answer.body.next().await {
            whole.extend_from_slice(&piece?);
        }
        let page = answer
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if page { Err(NoAnswer::InBetween) } else { Ok((answer.status, whole.into())) }
    }
}

fn refused(body: &[u8]) -> Stuck {
    serde_json::from_slice::<Problem>(body).map_or(Stuck::NoAnswer, |problem| Stuck::Refused(problem.code))
}

fn record_part(part: &super::sealing::Part, chunk_size: usize) -> RecordPart {
    RecordPart {
        id: part.id,
        class: part.class,
        slot: part.slot,
        length: part.sealed.len() as u64,
        digest: part_digest(&part.sealed, chunk_size),
    }
}
