//! Shapes: developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search ("Search for issues using JQL
//! enhanced search", `nextPageToken`, `isLast`), docs.atlassian.com/software/jira/docs/api/REST ("/api/2/search",
//! `startAt`), …/cloud/jira/service-desk/rest/api-group-request ("Create request comment", `public`), …/rate-limiting
//! (`Retry-After`, `X-RateLimit-NearLimit`), support.atlassian.com "Advanced search reference - JQL fields" (`updated`,
//! relative dates).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::Value;

use super::*;
use crate::{Helpdesk, InternalNote};

fn jira(account: JiraAccount) -> Helpdesk {
    Helpdesk::Jira(Jira {
        address: Address::parse("https://company.atlassian.net").unwrap(),
        account,
        projects: vec![ProjectKey::parse("it").unwrap(), ProjectKey::parse("HELP2").unwrap()],
    })
}

fn cloud() -> Helpdesk {
    jira(JiraAccount::Cloud("agent@company.example".into()))
}

fn answer(body: &Value) -> Answer {
    Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() }
}

fn issue(key: &str, category: &str, name: &str) -> Value {
    json!({ "id": "10002", "self": "https://company.atlassian.net/rest/api/3/issue/10002", "key": key, "fields": {
        "updated": "2024-01-15T10:30:00.123+0100",
        "status": { "name": name, "id": "10001", "statusCategory": { "id": 3, "key": category, "colorName": "green", "name": "Fertig" } },
    } })
}

fn body(call: &Call) -> Value {
    serde_json::from_str(call.body.as_deref().unwrap()).unwrap()
}

#[test]
fn the_cloud_is_asked_token_by_token() {
    let helpdesk = cloud();
    let mut pull = helpdesk.pull(1_000_000);
    let call = helpdesk.pull_call(&mut pull, 1_000_601);
    assert_eq!(
        (call.method, call.url.as_str()),
        (Method::Post, "https://company.atlassian.net/rest/api/3/search/jql")
    );
    let asked = body(&call);
    assert_eq!(
        asked["jql"],
        json!("project in (\"IT\", \"HELP2\") AND updated >= \"-12m\" ORDER BY updated DESC")
    );
    assert_eq!(asked["fields"], json!(["status", "updated"]));
    assert!(asked.get("nextPageToken").is_none());

    let first =
        json!({ "issues": [issue("IT-1", "new", "To Do")], "nextPageToken": "CAEaAggD", "isLast": false });
    let page = helpdesk.pulled(&pull, &answer(&first)).unwrap();
    assert!(page.more);
    let mut next = Pull::from_text(&page.next.to_text()).unwrap();
    let again = body(&helpdesk.pull_call(&mut next, 1_000_900));
    assert_eq!(again["nextPageToken"], json!("CAEaAggD"));
    assert_eq!(again["jql"], asked["jql"], "a token belongs to its question");

    // The last page has no token, or null, or says so (JRACLOUD-92184).
    for last in [
        json!({ "issues": [] }),
        json!({ "issues": [], "nextPageToken": null }),
        json!({ "issues": [], "nextPageToken": "CAEaAggE", "isLast": true }),
    ] {
        let page = helpdesk.pulled(&next, &answer(&last)).unwrap();
        assert!(!page.more);
        let jql = body(&helpdesk.pull_call(&mut page.next.clone(), 1_000_661))["jql"].to_string();
        assert!(jql.contains("-7m"), "five minutes before the round began: {jql}");
    }
}

#[test]
fn a_data_center_is_asked_page_by_page_until_nothing_comes() {
    let helpdesk = jira(JiraAccount::DataCenter);
    let mut pull = helpdesk.pull(1_000_000);
    let call = helpdesk.pull_call(&mut pull, 1_000_060);
    assert!(call.url.ends_with("/rest/api/2/search"));
    assert_eq!(body(&call)["startAt"], json!(0));
    let few =
        json!({ "startAt": 0, "maxResults": 50, "total": 60, "issues": [issue("IT-1", "done", "Erledigt")] });
    let page = helpdesk.pulled(&pull, &answer(&few)).unwrap();
    let mut next = page.next.clone();
    let call = helpdesk.pull_call(&mut next, 1_000_120);
    assert_eq!((page.more, &body(&call)["startAt"]), (true, &json!(100)));
    let end = helpdesk.pulled(&next, &answer(&json!({ "startAt": 100, "issues": [] }))).unwrap();
    assert!(!end.more);
}

#[test]
fn the_category_counts_and_never_the_name() {
    let said = |category: &str, name: &str| {
        let found = json!({ "issues": [issue("IT-1", category, name)] });
        cloud().pulled(&Pull::since(0), &answer(&found)).unwrap().news.remove(0)
    };
    assert_eq!(said("new", "Done").said, Said::Is(TicketSignal::Open));
    assert_eq!(said("indeterminate", "Closed").said, Said::Is(TicketSignal::Open));
    assert_eq!(said("done", "In Arbeit").said, Said::Is(TicketSignal::Closed));
    assert_eq!(said("undefined", "Done").said, Said::Unknown);
    assert_eq!((said("done", "").at, said("done", "").proof), (1_705_311_000, Proof::Pulled));
}

#[test]
fn a_moved_issue_answers_with_its_new_key_which_moves_its_requests() {
    let asked = cloud().confirm(&"it-12".parse().unwrap()).unwrap();
    assert!(cloud().confirm_call(&asked).url.ends_with("/rest/api/2/issue/IT-12?fields=status,updated"));
    let Step::Done(news) = cloud().confirmed(asked.clone(), &answer(&issue("IT-12", "done", ""))).unwrap()
    else {
        panic!()
    };
    assert_eq!(news.said, Said::Is(TicketSignal::Closed));
    let Step::Done(news) = cloud().confirmed(asked, &answer(&issue("HELP2-7", "done", ""))).unwrap() else {
        panic!()
    };
    assert_eq!(news.reference.as_str(), "it-12");
    assert_eq!(news.said, Said::Is(TicketSignal::Merged("HELP2-7".parse().unwrap())));
}

#[test]
fn a_note_is_not_public() {
    let call = cloud().note(&"IT-12".parse().unwrap(), &InternalNote::Received).unwrap();
    assert!(call.url.ends_with("/rest/servicedeskapi/request/IT-12/comment"));
    assert_eq!(body(&call), json!({ "body": InternalNote::Received.text(), "public": false }));
}

#[test]
fn keys_are_keys() {
    for (text, key) in [("IT-12", Some("IT-12")), ("help2-1", Some("HELP2-1")), ("a_b-9", Some("A_B-9"))] {
        assert_eq!(issue_key(text).as_deref(), key);
    }
    for text in ["12", "IT", "IT-", "-1", "1T-2", "IT-1-2", "IT-1/../x", "IT-1?x", "ÏT-1", "IT-1234567890123"]
    {
        assert_eq!(issue_key(text), None, "{text}");
    }
    for text in ["", "I T", "IT\"", "2IT", "IT) OR (1=1"] {
        assert_eq!(ProjectKey::parse(text), Err(BadProject));
    }
}

#[test]
fn near_its_limit_it_is_left_alone() {
    let mut near = answer(&json!({ "issues": [], "nextPageToken": "x" }));
    near.headers = vec![("X-RateLimit-NearLimit".into(), "true".into())];
    assert!(cloud().pulled(&Pull::since(0), &near).unwrap().wait >= 60);
    let slow = Answer { status: 429, headers: vec![("retry-after".into(), "5".into())], body: Vec::new() };
    assert_eq!(cloud().pulled(&Pull::since(0), &slow), Err(Trouble::SlowDown { wait: 5 }));
    // A token that Jira no longer knows begins the round anew.
    let pull = Pull::since(0).at(Place::Cursor { cursor: "old".into() });
    assert!(cloud().pulled(&pull, &Answer { status: 400, ..Answer::default() }).unwrap().more);
}

#[test]
fn each_signs_in_its_own_way() {
    let token = Credential::parse("s3cret").unwrap();
    assert_eq!(cloud().authorization(&token).expose(), "Basic YWdlbnRAY29tcGFueS5leGFtcGxlOnMzY3JldA==");
    assert_eq!(jira(JiraAccount::DataCenter).authorization(&token).expose(), "Bearer s3cret");
}
