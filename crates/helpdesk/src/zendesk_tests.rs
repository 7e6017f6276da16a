//! Shapes: developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports ("Incremental Ticket
//! Export, Cursor Based"), …/tickets/tickets ("Show Ticket", "Update Ticket"), …/tickets/ticket_audits, and
//! …/documentation/ticketing/reference-guides/via-object-reference; limits: …/introduction/rate-limits.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::{Helpdesk, TicketRef};

fn zendesk() -> Helpdesk {
    Helpdesk::Zendesk(Zendesk {
        address: Address::parse("https://company.zendesk.com").unwrap(),
        account: ZendeskAccount::ApiToken("agent@company.example".into()),
    })
}

fn answer(body: &serde_json::Value) -> Answer {
    Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }
}

fn ticket(id: u64, status: &str, at: &str, tags: &[&str]) -> serde_json::Value {
    json!({
        "id": id, "url": format!("https://company.zendesk.com/api/v2/tickets/{id}.json"), "status": status,
        "created_at": "2009-07-20T22:55:29Z", "updated_at": at, "subject": "Help, my printer is on fire!",
        "description": "The fire is very colorful.", "tags": tags, "via": { "channel": "web" }, "custom_status_id": 7,
    })
}

fn said_of(status: &str, tags: &[&str]) -> Said {
    let body = json!({ "tickets": [ticket(1, status, "2011-05-05T10:38:52Z", tags)], "after_cursor": "x",
        "end_of_stream": true });
    zendesk().pulled(&Pull::since(0), &answer(&body)).unwrap().news.remove(0).said
}

#[test]
fn a_round_follows_the_cursor_to_the_end_of_the_stream() {
    let helpdesk = zendesk();
    let now = 1_400_000_000;
    let mut pull = helpdesk.pull(1_332_034_771);
    let call = helpdesk.pull_call(&mut pull, now);
    assert_eq!(call.method, Method::Get);
    assert_eq!(
        call.url,
        "https://company.zendesk.com/api/v2/incremental/tickets/cursor.json?per_page=200&start_time=1332034771"
    );
    let page = answer(&json!({
        "tickets": [ticket(35436, "open", "2011-05-05T10:38:52Z", &["enterprise"]), ticket(35437, "solved", "2013-05-05T10:38:52Z", &[])],
        "after_url": "https://company.zendesk.com/api/v2/incremental/tickets/cursor.json?cursor=MTU3NjYxMzUzOS4wfHw0Njd8",
        "after_cursor": "MTU3NjYxMzUzOS4wfHw0Njd8=", "before_url": null, "before_cursor": null, "end_of_stream": false,
    }));
    let page = helpdesk.pulled(&pull, &page).unwrap();
    assert!(page.more && page.wait > 0);
    assert_eq!(
        page.news[0],
        TicketNews {
            reference: "#35436".parse().unwrap(),
            said: Said::Is(TicketSignal::Open),
            at: 1_304_591_932,
            proof: Proof::Pulled
        }
    );
    assert_eq!(page.news[1].said, Said::Is(TicketSignal::Solved));
    let mut next = Pull::from_text(&page.next.to_text()).unwrap();
    let call = helpdesk.pull_call(&mut next, now);
    assert!(call.url.ends_with("?per_page=200&cursor=MTU3NjYxMzUzOS4wfHw0Njd8%3D"), "{}", call.url);

    // At the end the same cursor is where the next round begins.
    let end = json!({ "tickets": [], "after_cursor": "MTU3NjYxMzUzOS4wfHw0Njd8=", "end_of_stream": true });
    let page = helpdesk.pulled(&next, &answer(&end)).unwrap();
    assert!(!page.more && page.wait >= 60);
    assert_eq!(helpdesk.pull_call(&mut page.next.clone(), now), call);
}

#[test]
fn nothing_of_the_last_minute_is_asked_for() {
    let call = zendesk().pull_call(&mut zendesk().pull(1000), 1000);
    assert!(call.url.ends_with("start_time=939"), "{}", call.url);
}

#[test]
fn a_forgotten_cursor_begins_the_round_anew_from_its_time() {
    let helpdesk = zendesk();
    let page = json!({ "tickets": [ticket(1, "open", "2011-05-05T10:38:52Z", &[])], "after_cursor": "gone",
        "end_of_stream": true });
    let pull = helpdesk.pulled(&helpdesk.pull(0), &answer(&page)).unwrap().next;
    let page = helpdesk.pulled(&pull, &Answer { status: 400, ..Answer::default() }).unwrap();
    assert!(page.more && page.news.is_empty());
    let call = helpdesk.pull_call(&mut page.next.clone(), 2_000_000_000);
    assert!(
        call.url.ends_with(&format!("start_time={}", 1_304_591_932 - crate::pull::OVERLAP)),
        "{}",
        call.url
    );
    // Once: without a cursor the same answer is the caller's to know.
    assert_eq!(
        helpdesk.pulled(&page.next, &Answer { status: 400, ..Answer::default() }),
        Err(Trouble::Refused { status: 400 })
    );
}

#[test]
fn solved_and_closed_are_two_things() {
    for status in ["new", "open", "pending", "hold"] {
        assert_eq!(said_of(status, &[]), Said::Is(TicketSignal::Open));
    }
    assert_eq!(said_of("solved", &[]), Said::Is(TicketSignal::Solved));
    assert_eq!(said_of("closed", &[]), Said::Is(TicketSignal::Closed));
    assert_eq!(said_of("deleted", &[]), Said::Is(TicketSignal::Closed));
    for status in ["", "archived", "Closed", "CLOSED "] {
        assert_eq!(said_of(status, &[]), Said::Unknown, "{status:?}");
    }
}

#[test]
fn a_merge_never_closes_and_its_target_stands_in_the_history() {
    assert_eq!(said_of("closed", &["vip", "closed_by_merge"]), Said::MergedSomewhere);
    assert_eq!(said_of("open", &["closed_by_merge"]), Said::Is(TicketSignal::Open));

    let helpdesk = zendesk();
    let asked = helpdesk.confirm(&"4821".parse().unwrap()).unwrap();
    assert!(helpdesk.confirm_call(&asked).url.ends_with("/api/v2/tickets/4821.json"));
    let shown = json!({ "ticket": ticket(4821, "closed", "2011-05-05T10:38:52Z", &["closed_by_merge"]) });
    let Step::Ask(asked) = helpdesk.confirmed(asked, &answer(&shown)).unwrap() else { panic!() };
    assert!(helpdesk.confirm_call(&asked).url.contains("/api/v2/tickets/4821/audits.json?"));
    let done = |audits: serde_json::Value| match helpdesk.confirmed(asked.clone(), &answer(&audits)).unwrap()
    {
        Step::Done(news) => news.said,
        Step::Ask(_) => panic!(),
    };
    let merged = Said::Is(TicketSignal::Merged("#4900".parse().unwrap()));
    let comment = |body: &str| {
        json!({ "audits": [
        { "id": 2, "events": [{ "id": 3, "type": "Change", "field_name": "status", "value": "closed" }] },
        { "id": 1, "events": [{ "id": 1, "type": "Comment", "public": false, "body": body }] },
    ] })
    };
    assert_eq!(done(comment("This request was closed and merged into request #4900 \"Printer\".")), merged);
    assert_eq!(
        done(json!({ "audits": [{ "events": [{ "type": "Comment", "body": "Dazu",
            "via": { "channel": "web", "source": { "rel": "merge", "from": {}, "to": { "ticket_id": 4900 } } } }] }] })),
        merged
    );
    assert_eq!(done(comment("Zusammengefasst")), Said::MergedSomewhere);
    assert_eq!(done(comment("closed and merged into request #4821")), Said::MergedSomewhere, "into itself");
    assert_eq!(done(json!({ "audits": [] })), Said::MergedSomewhere);
}

#[test]
fn a_long_history_is_read_to_its_end() {
    let helpdesk = zendesk();
    let asked = helpdesk.confirm(&"4821".parse().unwrap()).unwrap();
    let shown = json!({ "ticket": ticket(4821, "closed", "2011-05-05T10:38:52Z", &["closed_by_merge"]) });
    let Step::Ask(asked) = helpdesk.confirmed(asked, &answer(&shown)).unwrap() else { panic!() };
    let audit = |body: &str| json!({ "events": [{ "type": "Comment", "public": false, "body": body }] });
    let first =
        json!({ "audits": [audit("Called back")], "meta": { "has_more": true, "after_cursor": "a=b" } });
    let Step::Ask(asked) = helpdesk.confirmed(asked, &answer(&first)).unwrap() else { panic!() };
    let url = helpdesk.confirm_call(&asked).url;
    assert!(url.ends_with("/audits.json?page%5Bsize%5D=100&page%5Bafter%5D=a%3Db"), "{url}");
    let last = json!({
        "audits": [audit("This request was closed and merged into request #4900 \"Printer\".")],
        "meta": { "has_more": false, "after_cursor": "c" },
    });
    let Step::Done(news) = helpdesk.confirmed(asked, &answer(&last)).unwrap() else { panic!() };
    assert_eq!(news.said, Said::Is(TicketSignal::Merged("#4900".parse().unwrap())));
}

#[test]
fn another_ticket_than_was_asked_about_proves_nothing() {
    let asked = zendesk().confirm(&"4821".parse().unwrap()).unwrap();
    let shown = json!({ "ticket": ticket(4822, "closed", "2011-05-05T10:38:52Z", &[]) });
    assert_eq!(zendesk().confirmed(asked, &answer(&shown)), Err(Trouble::Malformed));
}

#[test]
fn a_note_is_a_comment_that_is_not_public() {
    let call = zendesk().note(&"#4821".parse().unwrap(), &crate::InternalNote::Received).unwrap();
    assert_eq!(
        (call.method, call.url.as_str()),
        (Method::Put, "https://company.zendesk.com/api/v2/tickets/4821.json")
    );
    let body: serde_json::Value = serde_json::from_str(&call.body.unwrap()).unwrap();
    assert_eq!(body["ticket"]["comment"]["public"], json!(false));
    assert_eq!(body["ticket"]["comment"]["body"], json!(crate::InternalNote::Received.text()));
    assert_eq!(body["ticket"].as_object().unwrap().len(), 1, "nothing else of the ticket changes");
}

#[test]
fn nobody_is_signed_in_without_a_number() {
    let check = |body: serde_json::Value| zendesk().checked(&answer(&body));
    assert_eq!(check(json!({ "user": { "id": 35436, "role": "agent" } })), Ok(()));
    assert_eq!(check(json!({ "user": { "id": null, "name": "Anonymous user" } })), Err(Trouble::SignIn));
    assert_eq!(
        zendesk().checked(&Answer { status: 200, body: b"<html>".to_vec(), ..Answer::default() }),
        Err(Trouble::NotThisHelpdesk)
    );
}

#[test]
fn an_answer_that_is_none_is_an_error_that_quotes_nothing() {
    let secret = "4111111111111111";
    for body in [
        json!({}),
        json!({ "tickets": [{ "id": secret, "status": "open", "updated_at": "2011-05-05T10:38:52Z" }], "after_cursor": "x", "end_of_stream": true }),
        json!({ "tickets": [ticket(1, "open", secret, &[])], "after_cursor": "x", "end_of_stream": true }),
        json!({ "tickets": [], "after_cursor": null, "end_of_stream": false }),
    ] {
        let why = zendesk().pulled(&Pull::since(0), &answer(&body)).unwrap_err();
        assert_eq!(why, Trouble::Malformed);
        assert!(!why.to_string().contains(secret));
    }
}

#[test]
fn no_other_name_is_a_ticket_of_it() {
    for name in ["IT-12", "48 21", "", "#", "-1", "4821.json", "4821/../5", "+4", "18446744073709551616"] {
        if let Ok(reference) = TicketRef::parse(name) {
            assert!(zendesk().confirm(&reference).is_err(), "{name}");
        }
    }
}
