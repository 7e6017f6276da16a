//! Shapes: developers.freshdesk.com/api: "List All Tickets" (`updated_since`, `order_by`, `order_type`, `per_page`,
//! `page`), "Ticket Properties" (status 2 open, 3 pending, 4 resolved, 5 closed), "List All Conversations of a Ticket",
//! "Create a Note", "Rate Limit" (`X-RateLimit-Remaining`, 429 with `Retry-After`), "View the currently authenticated
//! agent".
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::{Credential, Helpdesk, InternalNote};

fn freshdesk() -> Helpdesk {
    Helpdesk::Freshdesk(Freshdesk {
        address: Address::parse("https://company.freshdesk.com").unwrap(),
        statuses: BTreeMap::from([(8, TicketState::Solved), (6, TicketState::Closed)]),
    })
}

fn answer(body: &serde_json::Value) -> Answer {
    Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }
}

fn ticket(id: u64, status: u32, at: &str) -> serde_json::Value {
    json!({ "id": id, "status": status, "updated_at": at, "created_at": "2015-08-17T12:02:50Z", "priority": 1,
        "spam": false, "subject": "Support needed", "requester_id": 5, "due_by": "2015-08-20T11:30:00Z" })
}

#[test]
fn what_changed_is_asked_for_oldest_first() {
    let helpdesk = freshdesk();
    let call = helpdesk.pull_call(&mut helpdesk.pull(1_439_813_012), 2_000_000_000);
    assert_eq!(
        call.url,
        "https://company.freshdesk.com/api/v2/tickets?updated_since=2015-08-17T12%3A03%3A32Z&order_by=updated_at\
         &order_type=asc&per_page=100&page=1"
    );
    let key = Credential::parse("abcdefghij1234567890").unwrap();
    assert_eq!(helpdesk.authorization(&key).expose(), "Basic YWJjZGVmZ2hpajEyMzQ1Njc4OTA6WA==");
}

#[test]
fn statuses_mean_what_is_documented_or_what_the_company_says() {
    let said = |status| {
        let body = json!([ticket(1, status, "2015-08-24T11:59:05Z")]);
        freshdesk().pulled(&Pull::since(0), &answer(&body)).unwrap().news.remove(0).said
    };
    assert_eq!(said(2), Said::Is(TicketSignal::Open));
    assert_eq!(said(3), Said::Is(TicketSignal::Open));
    assert_eq!(said(4), Said::Is(TicketSignal::Solved));
    assert_eq!(said(5), Said::Is(TicketSignal::Closed));
    assert_eq!(said(6), Said::Is(TicketSignal::Closed), "the company's own word for it");
    assert_eq!(said(7), Said::Is(TicketSignal::Open), "waiting on third party");
    assert_eq!(said(8), Said::Is(TicketSignal::Solved));
    assert_eq!(said(9), Said::Unknown);
}

#[test]
fn pages_go_on_from_the_last_time_seen() {
    let helpdesk = freshdesk();
    let page = |first: u64, times: &dyn Fn(u64) -> String| {
        json!((first..first + 100).map(|id| ticket(id, 2, &times(id))).collect::<Vec<_>>())
    };
    let pull = helpdesk.pull(1_440_000_000);
    let each = |id: u64| time::print(1_440_000_000 + id);
    let full = helpdesk.pulled(&pull, &answer(&page(1, &each))).unwrap();
    assert!(full.more && full.wait > 0);
    let call = helpdesk.pull_call(&mut full.next.clone(), 2_000_000_000);
    let since = time::print(1_440_000_099).replace(':', "%3A");
    assert!(
        call.url.contains(&format!("updated_since={since}&")) && call.url.ends_with("&page=1"),
        "{}",
        call.url
    );

    // A hundred and more that bear one time, as after a bulk update: page by page.
    let same = |_| time::print(1_440_000_100);
    let second = helpdesk.pulled(&full.next, &answer(&page(101, &same))).unwrap();
    assert!(helpdesk.pull_call(&mut second.next.clone(), 0).url.ends_with("&page=2"));
    let third = helpdesk.pulled(&second.next, &answer(&page(101, &same))).unwrap();
    assert!(helpdesk.pull_call(&mut third.next.clone(), 0).url.ends_with("&page=3"));

    // A page that is not full ends the round; the next begins some minutes before the newest.
    let last =
        helpdesk.pulled(&third.next, &answer(&json!([ticket(300, 2, &time::print(1_440_000_101))]))).unwrap();
    assert!(!last.more && last.wait >= 60);
    assert_eq!(
        last.next,
        Pull { since: 1_440_000_101 - 300, asked: 0, newest: 1_440_000_101, place: Place::Start }
    );
}

#[test]
fn a_close_in_a_list_may_be_a_merge_and_is_asked_about() {
    let helpdesk = freshdesk();
    let page =
        helpdesk.pulled(&Pull::since(0), &answer(&json!([ticket(20, 5, "2015-08-24T11:59:05Z")]))).unwrap();
    assert_eq!(page.news[0].proof, Proof::Hint);

    let ask = |conversations: serde_json::Value| {
        let asked = helpdesk.confirm(&"#21".parse().unwrap()).unwrap();
        let shown = answer(&ticket(21, 5, "2015-08-24T11:59:05Z"));
        let Step::Ask(asked) = helpdesk.confirmed(asked, &shown).unwrap() else { panic!() };
        let url = helpdesk.confirm_call(&asked).url;
        assert!(url.ends_with("/api/v2/tickets/21/conversations?per_page=100&page=1"), "{url}");
        match helpdesk.confirmed(asked, &answer(&conversations)).unwrap() {
            Step::Done(news) => (news.said, news.proof),
            Step::Ask(_) => panic!(),
        }
    };
    let note = |private: bool, text: &str| json!([{ "id": 3, "private": private, "incoming": false, "source": 2, "body_text": text }]);
    assert_eq!(ask(json!([])), (Said::Is(TicketSignal::Closed), Proof::Pulled));
    let merged = Said::Is(TicketSignal::Merged("#20".parse().unwrap()));
    assert_eq!(
        ask(note(true, "This ticket is closed and merged into ticket 20")),
        (merged.clone(), Proof::Pulled)
    );
    assert_eq!(ask(note(true, "merged into ticket #20 \"Support needed\"")).0, merged);
    // What a customer writes is no merge.
    let mail = json!([{ "id": 3, "private": false, "incoming": true, "source": 0, "body_text": "merged into ticket 20" }]);
    assert_eq!(ask(mail).0, Said::Is(TicketSignal::Closed));
    // A merge may leave its note for everybody.
    assert_eq!(ask(note(false, "merged into ticket 20")).0, merged);
    assert_eq!(ask(note(true, "merged into ticket 21")).0, Said::Is(TicketSignal::Closed), "into itself");
}

#[test]
fn the_note_of_a_merge_is_found_behind_however_many_pages() {
    let helpdesk = freshdesk();
    let asked = helpdesk.confirm(&"#21".parse().unwrap()).unwrap();
    let shown = answer(&ticket(21, 5, "2015-08-24T11:59:05Z"));
    let note =
        |text: &str| json!({ "id": 3, "private": true, "incoming": false, "source": 2, "body_text": text });
    let full = |first: &str| {
        json!(std::iter::once(note(first)).chain((1..100).map(|_| note("called back"))).collect::<Vec<_>>())
    };
    for pages in [
        [full("called"), json!([note("closed and merged into ticket 20")])],
        [full("closed and merged into ticket 20"), json!([])],
    ] {
        let Step::Ask(mut asked) = helpdesk.confirmed(asked.clone(), &shown).unwrap() else { panic!() };
        let mut done = None;
        for (n, page) in pages.iter().enumerate() {
            assert!(helpdesk.confirm_call(&asked).url.ends_with(&format!("&page={}", n + 1)));
            match helpdesk.confirmed(asked.clone(), &answer(page)).unwrap() {
                Step::Ask(next) => asked = next,
                Step::Done(news) => done = Some(news.said),
            }
        }
        assert_eq!(done, Some(Said::Is(TicketSignal::Merged("#20".parse().unwrap()))));
    }
}

#[test]
fn an_open_ticket_needs_one_call() {
    let asked = freshdesk().confirm(&"21".parse().unwrap()).unwrap();
    let shown = answer(&ticket(21, 4, "2015-08-24T11:59:05Z"));
    let Step::Done(news) = freshdesk().confirmed(asked, &shown).unwrap() else { panic!() };
    assert_eq!((news.said, news.proof), (Said::Is(TicketSignal::Solved), Proof::Pulled));
}

#[test]
fn what_is_left_of_the_hour_is_left_to_others() {
    let mut scarce = answer(&json!([]));
    scarce.headers = vec![("X-RateLimit-Remaining".into(), "3".into())];
    let full: Vec<_> = (0..100).map(|id| ticket(id, 2, &time::print(id + 50))).collect();
    scarce.body = json!(full).to_string().into_bytes();
    let page = freshdesk().pulled(&Pull::since(0), &scarce).unwrap();
    assert!(page.more && page.wait >= 60);
    let slow = Answer { status: 429, headers: vec![("Retry-After".into(), "30".into())], body: Vec::new() };
    assert_eq!(freshdesk().pulled(&Pull::since(0), &slow), Err(Trouble::SlowDown { wait: 30 }));
}

#[test]
fn a_note_is_private() {
    let call = freshdesk().note(&"#21".parse().unwrap(), &InternalNote::Requested).unwrap();
    assert_eq!(
        (call.method, call.url.as_str()),
        (Method::Post, "https://company.freshdesk.com/api/v2/tickets/21/notes")
    );
    let body: serde_json::Value = serde_json::from_str(&call.body.unwrap()).unwrap();
    assert_eq!(body, json!({ "body": InternalNote::Requested.text(), "private": true }));
}
