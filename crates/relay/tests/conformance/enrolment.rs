//! How desks come and go.

use super::{
    Target,
    calls::{Part, is_problem, open, opening, random},
};
use relay::{DeskAnswer, DeskLine, DeskOrder, OrderError};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use wire::DeskToken;

const DAY: u64 = 86_400;

fn token() -> DeskToken {
    DeskToken::from_bytes(random())
}

async fn code(target: &Target, order: DeskOrder) -> String {
    let before = (target.now)();
    match (target.operator)(order).await {
        Ok(DeskAnswer::Code(code)) => {
            assert!((before + DAY..=(target.now)() + DAY).contains(&code.expires));
            code.code
        }
        _ => panic!("no code"),
    }
}

pub(crate) async fn add(target: &Target, name: &str) -> String {
    code(target, DeskOrder::Add { name: name.to_owned() }).await
}

async fn rotate(target: &Target, name: &str) -> String {
    code(target, DeskOrder::Rotate { name: name.to_owned() }).await
}

async fn line(target: &Target, name: &str) -> Option<DeskLine> {
    match (target.operator)(DeskOrder::List).await {
        Ok(DeskAnswer::Desks { desks }) => desks.into_iter().find(|desk| desk.name == name),
        _ => panic!("no list"),
    }
}

pub(crate) async fn enrol(target: &Target, code: &str, token: &DeskToken) -> Response {
    let body = json!({"code": code, "token_hash": token.hash()});
    Client::new().post(target.url("/v1/desk/enrol")).json(&body).send().await.unwrap()
}

async fn view(target: &Target, token: &DeskToken) -> Response {
    let call = Client::new().get(target.url("/v1/desk"));
    call.bearer_auth(token.to_bearer().as_str()).send().await.unwrap()
}

async fn is_refused(answer: Response) {
    is_problem(answer, 403, "bad-code").await;
}

pub(crate) async fn enrols_once(target: &Target) {
    let (code, mine) = (add(target, "Lena laptop 2").await.replace('-', " ").to_lowercase(), token());
    assert!(line(target, "nobody").await.is_none());
    is_problem(view(target, &mine).await, 401, "unauthorized").await;
    let first: Value = enrol(target, &code, &mine).await.json().await.unwrap();
    assert_eq!(first["now"], (target.now)());
    assert!(!first["version"].as_str().unwrap().is_empty());
    // The answer was lost: the same call again. Anyone else comes too late.
    let again = enrol(target, &code.to_uppercase(), &mine).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>().await.unwrap(), first);
    is_refused(enrol(target, &code, &token()).await).await;
    assert_eq!(view(target, &mine).await.json::<Value>().await.unwrap(), first);
    // Also long after the code's day.
    (target.advance)(2 * DAY).await;
    assert_eq!(enrol(target, &code, &mine).await.status(), StatusCode::OK);
}

pub(crate) async fn names_are_names(target: &Target) {
    let order = |name: &str| (target.operator)(DeskOrder::Add { name: name.to_owned() });
    for bad in ["", "  ", "-x", "a\nb", "<b>", &"x".repeat(65)] {
        assert_eq!(order(bad).await.err(), Some(OrderError::Name), "{bad:?}");
    }
    add(target, "Büro 1").await;
    assert_eq!(order("Büro 1").await.err(), Some(OrderError::Taken));
    assert_eq!(order(" Büro 1 ").await.err(), Some(OrderError::Taken));
    for order in [DeskOrder::Revoke { name: "none".into() }, DeskOrder::Rotate { name: "none".into() }] {
        assert_eq!((target.operator)(order).await.err(), Some(OrderError::Unknown));
    }
    let line = line(target, "Büro 1").await.unwrap();
    assert!(!line.admitted && line.code_waits && line.heard.is_none() && line.enrolled.is_none());
}

/// Used, run out, replaced, mistyped, malformed: one answer, byte for byte.
pub(crate) async fn one_answer_for_bad_codes(target: &Target) {
    let late = add(target, "late").await;
    (target.advance)(DAY).await;
    let (used, replaced, revoked) =
        (add(target, "used").await, add(target, "replaced").await, add(target, "gone").await);
    assert_eq!(enrol(target, &used, &token()).await.status(), StatusCode::OK);
    let newer = rotate(target, "replaced").await;
    assert!((target.operator)(DeskOrder::Revoke { name: "gone".into() }).await.is_ok());
    let mut typo = newer.clone();
    typo.replace_range(0..1, if newer.starts_with('7') { "8" } else { "7" });
    let mut answers = Vec::new();
    for code in
        [late.as_str(), &used, &replaced, &revoked, &typo, "", "nonsense", &newer[1..], &"0".repeat(500)]
    {
        let answer = enrol(target, code, &token()).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        answers.push(answer.bytes().await.unwrap());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    for bad in [
        json!({"code": newer}),
        json!({"code": newer, "token_hash": "00"}),
        json!({"code": 1, "token_hash": token().hash()}),
        json!({"code": newer, "token_hash": token().hash(), "more": 1}),
    ] {
        let call = Client::new().post(target.url("/v1/desk/enrol")).json(&bad);
        is_problem(call.send().await.unwrap(), 400, "bad-request").await;
    }
    // None of that used the good one up. Nor does a token that another desk has.
    let known = DeskToken::parse(&target.desks[1]).unwrap();
    is_problem(enrol(target, &newer, &known).await, 409, "conflict").await;
    assert_eq!(enrol(target, &newer, &token()).await.status(), StatusCode::OK);
    let metrics = reqwest::get(target.url("/metrics")).await.unwrap().text().await.unwrap();
    for line in ["cloakroom_relay_desks_enrolled_total 2", "cloakroom_relay_codes_refused_total 9"] {
        assert!(metrics.lines().any(|other| other == line), "{metrics}");
    }
}

/// Until the new code is used the old token works; then it has ended, and the boxes are the new one's.
pub(crate) async fn a_rotated_token_ends_when_the_new_one_comes(target: &Target) {
    let (first, second) = (token(), token());
    let old_code = add(target, "desk").await;
    assert_eq!(enrol(target, &old_code, &first).await.status(), StatusCode::OK);
    let mine = Target { desks: [first.to_bearer().to_string(), target.desks[1].clone()], ..target.clone() };
    let customer = open(&mine).await;
    let code = rotate(target, "desk").await;
    assert!(line(target, "desk").await.is_some_and(|line| line.admitted && line.code_waits));
    assert_eq!(view(target, &first).await.status(), StatusCode::OK);
    let stream = mine.desk(Method::GET, "/v1/desk/events").header("accept", "text/event-stream");
    let stream = stream.send().await.unwrap();
    assert_eq!(enrol(target, &code, &second).await.status(), StatusCode::OK);
    is_problem(view(target, &first).await, 401, "unauthorized").await;
    is_refused(enrol(target, &old_code, &first).await).await;
    // Whoever listened under the old token hears no more.
    assert!(stream.bytes().await.is_ok());
    let new = Target { desks: [second.to_bearer().to_string(), target.desks[1].clone()], ..target.clone() };
    assert_eq!(new.desk(Method::GET, &customer.desk_path("")).send().await.unwrap().status(), StatusCode::OK);
}

pub(crate) async fn a_revoked_desk_calls_no_more(target: &Target) {
    let mine = token();
    assert_eq!(enrol(target, &add(target, "desk").await, &mine).await.status(), StatusCode::OK);
    let own = Target { desks: [mine.to_bearer().to_string(), target.desks[1].clone()], ..target.clone() };
    let customer = open(&own).await;
    let part = Part::make(100);
    customer.hand_in(std::slice::from_ref(&part)).await;
    let stream = own.desk(Method::GET, "/v1/desk/events?after=9").header("accept", "text/event-stream");
    let stream = stream.send().await.unwrap();
    let known = line(target, "desk").await.unwrap();
    assert_eq!((known.boxes, known.bytes, known.admitted), (1, 4096 + 4125, true));
    assert!(known.heard == Some((target.now)()) && known.enrolled == Some((target.now)()));
    assert!((target.operator)(DeskOrder::Revoke { name: "desk".into() }).await.is_ok());
    assert!(stream.bytes().await.is_ok());
    is_problem(view(target, &mine).await, 401, "unauthorized").await;
    is_problem(own.desk(Method::GET, "/v1/desk/events").send().await.unwrap(), 401, "unauthorized").await;
    let (body, _) = opening(target);
    let call = own.desk(Method::POST, "/v1/boxes").json(&body);
    is_problem(call.send().await.unwrap(), 401, "unauthorized").await;
    // Its customers' boxes are none the worse, and another desk neither.
    assert_eq!(customer.state().await, "sent");
    assert_eq!(target.desk(Method::GET, "/v1/desk").send().await.unwrap().status(), StatusCode::OK);
    // Let in again, it has them.
    let code = rotate(target, "desk").await;
    let again = token();
    assert_eq!(enrol(target, &code, &again).await.status(), StatusCode::OK);
    let own = Target { desks: [again.to_bearer().to_string(), target.desks[1].clone()], ..target.clone() };
    let path = customer.desk_path(&format!("/parts/{}", part.id));
    let bytes = own.desk(Method::GET, &path).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, part.bytes);
}

pub(crate) async fn a_desk_sees_itself(target: &Target) {
    for (number, name) in [(0, "one"), (1, "two")] {
        let view: Value =
            target.desk_number(number, Method::GET, "/v1/desk").send().await.unwrap().json().await.unwrap();
        assert_eq!((&view["name"], &view["now"]), (&json!(name), &json!((target.now)())));
    }
}
