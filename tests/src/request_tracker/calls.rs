//! A helpdesk's calls over real HTTP, as the desk sends them.

use crate::Outcome;
use helpdesk::{ANSWER_MAX, Answer, Authorization, Call, Credential, Helpdesk, Pull, TicketNews};
use reqwest::{Client, Method, redirect::Policy};

/// Sends one call and reads its answer.
pub async fn ask(helpdesk: &Helpdesk, credential: &Credential, call: Call) -> Outcome<Answer> {
    let http = Client::builder().no_proxy().redirect(Policy::none()).build()?;
    send(&http, helpdesk, credential, call).await
}

async fn send(http: &Client, helpdesk: &Helpdesk, credential: &Credential, call: Call) -> Outcome<Answer> {
    let method = Method::from_bytes(call.method.as_str().as_bytes())?;
    let mut request = http
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

/// One round of a pull, over one connection: everything it brought, where the next one begins, and how many calls it
/// took. Its waits are not waited for.
pub async fn pull_all(
    helpdesk: &Helpdesk,
    credential: &Credential,
    mut pull: Pull,
    now: u64,
) -> Outcome<(Vec<TicketNews>, Pull, u32)> {
    let http = Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let (mut news, mut calls) = (Vec::new(), 0);
    loop {
        let call = helpdesk.pull_call(&mut pull, now);
        let answer = send(&http, helpdesk, credential, call).await?;
        let page = helpdesk.pulled(&pull, &answer)?;
        calls += 1;
        news.extend(page.news);
        // As the desk keeps it between two calls.
        pull = Pull::from_text(&page.next.to_text())?;
        if !page.more {
            return Ok((news, pull, calls));
        }
    }
}
