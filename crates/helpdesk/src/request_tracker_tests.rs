//! Shapes as Request Tracker 5.0.3 answered them (`tests/journeys/helpdesk.rs` asks a real one);
//! docs.bestpractical.com/rt/5.0.3/RT/REST2.html.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use percent_encoding::percent_decode_str;

use super::*;
use crate::{Helpdesk, InternalNote};

fn rt(queues: &[&str]) -> Helpdesk {
    Helpdesk::RequestTracker(RequestTracker {
        address: Address::parse("https://help.example.com/rt").unwrap(),
        queues: queues.iter().map(|name| QueueName::parse(name).unwrap()).collect(),
    })
}

fn answer(body: &serde_json::Value) -> Answer {
    Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }
}

fn ticket(id: u64, status: &str) -> serde_json::Value {
    json!({ "type": "ticket", "LastUpdated": "2026-11-22T07:30:23Z", "id": id.to_string(), "Status": status,
        "_url": format!("https://help.example.com/rt/REST/2.0/ticket/{id}") })
}

fn list(items: &[serde_json::Value], total: Option<u64>) -> Answer {
    answer(
        &json!({ "count": items.len(), "items": items, "page": 1, "pages": null, "per_page": 100, "total": total }),
    )
}

fn query(helpdesk: &Helpdesk, pull: &Pull, now: u64) -> String {
    let url = helpdesk.pull_call(&mut pull.clone(), now).url;
    percent_decode_str(&url).decode_utf8().unwrap().into_owned()
}

#[test]
fn tickets_then_what_left_the_searches() {
    let helpdesk = rt(&["Support", "Billing & more"]);
    let mut pull = helpdesk.pull(1_000_000);
    assert_eq!(
        query(&helpdesk, &pull, 1_000_600),
        "https://help.example.com/rt/REST/2.0/tickets?query=id > 0 AND LastUpdated > '00000660 seconds ago' AND ( Queue = \
         'Support' OR Queue = 'Billing & more' )&fields=Status,LastUpdated&orderby=id&order=ASC&per_page=100"
    );
    helpdesk.pull_call(&mut pull, 1_000_600);
    let page =
        helpdesk.pulled(&pull, &list(&[ticket(1, "resolved"), ticket(7, "stalled")], Some(2))).unwrap();
    assert!(page.more);
    assert_eq!(page.news[0].said, Said::Is(TicketSignal::Closed));
    assert_eq!(page.news[1].said, Said::Is(TicketSignal::Open));
    let gone = query(&helpdesk, &page.next, 1_000_601);
    assert!(
        gone.contains(
            "/transactions?query=ObjectType = 'RT::Ticket' AND id > 0 AND Created > '00000661 seconds ago'"
        ),
        "{gone}"
    );
    assert!(gone.contains("( TicketQueue = 'Support' OR TicketQueue = 'Billing & more' )"), "{gone}");

    let told = |id: u64, kind: &str, ticket: u64, value: &str| {
        json!({ "id": id.to_string(), "Type": kind, "ObjectId": ticket.to_string(), "NewValue": value,
            "Created": "2026-11-22T07:30:25Z", "type": "transaction" })
    };
    let items = [
        told(74, "Status", 3, "deleted"),
        told(75, "AddLink", 4, "fsck.com-rt://cloakroom.test/ticket/5"),
        told(76, "AddLink", 5, "fsck.com-rt://cloakroom.test/ticket/5"),
    ];
    let page = helpdesk.pulled(&page.next, &list(&items, None)).unwrap();
    let said: Vec<_> = page.news.iter().map(|news| (news.reference.as_str(), news.said.clone())).collect();
    assert_eq!(
        said,
        [
            ("#3", Said::Is(TicketSignal::Closed)),
            ("#4", Said::Is(TicketSignal::Merged("#5".parse().unwrap()))),
        ]
    );
    // Without a total, what is missing may be what the account must not see: only an empty page is the end.
    assert!(page.more && query(&helpdesk, &page.next, 1_000_602).contains("id > 76 AND"));
    let end = helpdesk.pulled(&page.next, &list(&[], None)).unwrap();
    assert!(!end.more && end.wait > 0);
    // The next round begins five minutes before this one did.
    assert!(query(&helpdesk, &end.next, 1_000_615).contains("'00000375 seconds ago'"));
}

#[test]
fn a_full_page_is_followed_by_number() {
    let helpdesk = rt(&[]);
    let full: Vec<_> = (1..=100).map(|id| ticket(id * 3, "open")).collect();
    let page = helpdesk.pulled(&helpdesk.pull(0), &list(&full, Some(250))).unwrap();
    assert!(query(&helpdesk, &page.next, 10).contains("tickets?query=id > 300 AND"));
}

#[test]
fn statuses_of_every_installation_are_known_and_no_others() {
    for status in ["new", "open", "stalled"] {
        assert_eq!(said(status), Said::Is(TicketSignal::Open));
    }
    for status in ["resolved", "rejected", "deleted"] {
        assert_eq!(said(status), Said::Is(TicketSignal::Closed));
    }
    for status in ["closed", "done", "Resolved", ""] {
        assert_eq!(said(status), Said::Unknown);
    }
}

#[test]
fn a_merged_ticket_answers_with_its_target() {
    let asked = rt(&[]).confirm(&"#4".parse().unwrap()).unwrap();
    let mut shown = ticket(5, "open");
    shown["id"] = json!(5);
    let Step::Done(news) = rt(&[]).confirmed(asked, &answer(&shown)).unwrap() else { panic!() };
    assert_eq!(
        (news.reference.as_str(), news.said),
        ("#4", Said::Is(TicketSignal::Merged("#5".parse().unwrap())))
    );
}

#[test]
fn a_note_is_a_comment_and_never_correspondence() {
    let call = rt(&[]).note(&"#4".parse().unwrap(), &InternalNote::Received).unwrap();
    assert_eq!(call.url, "https://help.example.com/rt/REST/2.0/ticket/4/comment");
    assert!(call.body.unwrap().contains("\"ContentType\":\"text/plain\""));
}

#[test]
fn a_queue_name_cannot_leave_its_quotation_marks() {
    for name in ["", "a'b", "a\\", "a\"b", "a\nb"] {
        assert_eq!(QueueName::parse(name), Err(BadQueue));
    }
}

#[test]
fn an_answer_that_is_none_is_an_error() {
    for items in [
        vec![json!({ "id": "x", "Status": "open", "LastUpdated": "2026-11-22T07:30:23Z" })],
        vec![json!({ "id": "1", "Status": "open", "LastUpdated": "yesterday" })],
        vec![json!({ "id": "1", "Status": "open" })],
    ] {
        assert_eq!(rt(&[]).pulled(&Pull::since(0), &list(&items, Some(1))), Err(Trouble::Malformed));
    }
    let gone = Pull::since(0).at(Place::Gone { id: 0 });
    let odd = [
        json!({ "id": "1", "Type": "AddLink", "ObjectId": "4", "NewValue": "https://elsewhere.example/", "Created": "2026-11-22T07:30:25Z" }),
    ];
    assert_eq!(rt(&[]).pulled(&gone, &list(&odd, None)), Err(Trouble::Malformed));
}
