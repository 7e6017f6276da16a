//! Links that came to harm on their way, and links that lead nowhere.

use crate::stage::Stage;
use desk::Template;
use journeys::{Interceptor, Outcome, ensure, scene::COMPANY};
use reqwest::Method;
use seal::{Link, SystemRng};

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_link_says_so_and_a_repairable_one_works() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#1").await?;
    let (origin, code) = link.url.split_once("/#").unwrap();
    let other = if code.ends_with('2') { '3' } else { '2' };
    let mistyped = format!("{origin}/#{}{other}", &code[..code.len() - 1]);
    let cut = format!("{origin}/#{}", &code[..code.len() - 5]);
    for damaged in [mistyped, cut, format!("{origin}/#"), format!("{origin}/")] {
        on.customer.new_context().await?;
        on.customer.open(&damaged).await?;
        on.customer.wait_status("This link was damaged").await?;
        on.page_says(COMPANY, false).await?;
    }
    for repairable in [
        format!("{origin}/%23{code}"),
        format!("{origin}/#%23{code}"),
        format!("{origin}/#{code}."),
        format!("{origin}/#{code}),"),
        format!("{origin}/#{code}%3E"),
        format!("{origin}/#%20{code}%20%0A"),
        format!("  {}\n", *link.url),
    ] {
        on.customer.new_context().await?;
        on.customer.open(&repairable).await?;
        on.customer.wait_status("Ready.").await?;
        on.page_says(COMPANY, true).await?;
        ensure(on.customer.address().await? == format!("{origin}/"), "the secret stays in the address")?;
    }
    on.leave().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_link_and_a_wrong_token_look_alike_and_say_nothing() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdDocument, "#2").await?;
    let origin = on.scene.desk()?.origin().to_owned();
    let holder = Interceptor::of(&link.url)?;
    let stranger = Link::make(&SystemRng)?;
    let nowhere = Interceptor::with(&origin, Link::make(&SystemRng)?)?;
    for path in ["", "/parts", "/parts/00112233445566778899aabbccddeeff/0", "/submit", "/words"] {
        for method in [Method::GET, Method::PUT, Method::POST] {
            let wrong = look(holder.call_with(&stranger, method.clone(), path)).await?;
            let unknown = look(nowhere.call(method.clone(), path)).await?;
            let malformed = look(holder.bare(method, &format!("/v1/boxes/nothing{path}"))).await?;
            ensure(wrong == unknown && wrong == malformed, format!("{wrong:?} {unknown:?} {malformed:?}"))?;
        }
    }
    let unknown = stranger.url(&origin);
    on.customer.open(&unknown).await?;
    on.customer.wait_status("This link does not lead anywhere any more.").await?;
    on.page_says(COMPANY, false).await?;
    on.leave().await
}

/// Status, headers and body: all that anybody could compare.
async fn look(call: reqwest::RequestBuilder) -> Outcome<(u16, Vec<(String, Vec<u8>)>, Vec<u8>)> {
    let answer = call.send().await?;
    let status = answer.status().as_u16();
    let mut headers: Vec<_> = answer
        .headers()
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    headers.sort();
    Ok((status, headers, answer.bytes().await?.to_vec()))
}
