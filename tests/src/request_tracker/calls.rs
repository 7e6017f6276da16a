//! A helpdesk's calls over real HTTP, as the desk sends them.

use crate::Outcome;
use helpdesk::{ANSWER_MAX, Answer, Authorization, Call, Credential, Helpdesk, Pull, TicketNews};
use reqwest::{Client, Method, redirect::Policy};
use std::time::{Duration, Instant};

/// Sends calls over one connection, to whatever helpdesk; follows no redirect.
pub struct Caller(Client);

impl Caller {
    /// One that has not called yet.
    pub fn new() -> Outcome<Self> {
        Ok(Self(Client::builder().no_proxy().redirect(Policy::none()).build()?))
    }

    /// Sends one call and reads its answer.
    pub async fn ask(&self, helpdesk: &Helpdesk, credential: &Credential, call: Call) -> Outcome<Answer> {
        let method = Method::from_bytes(call.method.as_str().as_bytes())?;
        let mut request = self
            .0
            .request(method, &call.url)
            .header(Authorization::HEADER, helpdesk.authorization(credential).expose());
        for (name, value) in &call.headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let mut answer = request.send().await?;
        let headers = answer.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
        let (status, headers) = (answer.status().as_u16(), headers.collect());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await?.filter(|_| body.len() <= ANSWER_MAX) {
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

/// Sends one call by itself.
pub async fn ask(helpdesk: &Helpdesk, credential: &Credential, call: Call) -> Outcome<Answer> {
    Caller::new()?.ask(helpdesk, credential, call).await
}

/// One round of a pull.
#[derive(Debug)]
pub struct Round {
    /// Everything it brought.
    pub news: Vec<TicketNews>,
    /// Where the next one begins.
    pub next: Pull,
    /// How many calls it took.
    pub calls: u32,
    /// How much of its time the helpdesk took to answer.
    pub waited: Duration,
}

/// Pulls one round over one connection. The waits between its pages are not waited for.
pub async fn pull_all(
    helpdesk: &Helpdesk,
    credential: &Credential,
    mut pull: Pull,
    now: u64,
) -> Outcome<Round> {
    let caller = Caller::new()?;
    let (mut news, mut calls, mut waited) = (Vec::new(), 0, Duration::ZERO);
    loop {
        let call = helpdesk.pull_call(&mut pull, now);
        let asked = Instant::now();
        let answer = caller.ask(helpdesk, credential, call).await?;
        waited += asked.elapsed();
        let page = helpdesk.pulled(&pull, &answer)?;
        calls += 1;
        news.extend(page.news);
        // As the desk keeps it between two calls.
        let next = Pull::from_text(&page.next.to_text())?;
        if !page.more {
            return Ok(Round { news, next, calls, waited });
        }
        pull = next;
    }
}
