//! A desk for tests of what happens between two of its tasks: its relay opens every box and says nothing else.

use crate::{
    Answer, Ask, Call, Company, Desk, DeskConfig, NewLink, NoAnswer, RemoteRelay, Template, Transport,
};
use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture};
use http::{HeaderMap, Method, StatusCode};
use seal::passphrase::{Cost, Passphrase};
use std::{future, sync::Arc};
use wire::{
    DeskToken,
    api::{BoxOpened, OpenBox},
};

struct OpensBoxes;

impl Transport for OpensBoxes {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>> {
        if call.method == Method::POST && call.path == "/v1/boxes" {
            let asked: OpenBox = serde_json::from_slice(&call.body).unwrap();
            let opened = BoxOpened { id: asked.id, expires: asked.expires, chunk_size: 65_536 };
            let body = Bytes::from(serde_json::to_vec(&opened).unwrap());
            let body = futures_util::stream::once(future::ready(Ok(body))).boxed();
            let answer = Answer { status: StatusCode::CREATED, headers: HeaderMap::new(), body };
            return Box::pin(future::ready(Ok(answer)));
        }
        Box::pin(future::ready(Err(NoAnswer::Broken)))
    }
}

/// A desk that was just unlocked, and a link that was just shown.
pub(crate) async fn asked(folder: &std::path::Path, template: Template) -> (Desk, NewLink) {
    let mut config = DeskConfig::new(folder.join("desk"));
    config.cost = Cost::WEAK_FOR_TESTS;
    let token = Arc::new(DeskToken::from_bytes([7; 32]));
    config.relay = Some(RemoteRelay { origin: "https://relay.example.com".to_owned(), token });
    config.transport = Arc::new(OpensBoxes);
    let passphrase = || Passphrase::entered("umbrella hat left glove".to_owned().into());
    let company = Company::default();
    let (desk, person, _sheets) = Desk::found(config, "Mira Berg", passphrase(), &company).await.unwrap();
    desk.unlock(person, passphrase()).await.unwrap();
    // It keeps no shares either.
    desk.set_relay_shares(false).await.unwrap();
    let ask = Ask { ticket: "#1".to_owned(), template, client: String::new(), until: None };
    let link = desk.ask(&ask).await.unwrap();
    (desk, link)
}
