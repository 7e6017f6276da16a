//! What must not happen: changes by looking, answers without headers, echoes.

use super::{
    Target,
    calls::{Customer, Part, is_problem, open},
};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;

/// Everything anyone can see of a box.
async fn seen(customer: &Customer) -> (Value, Value, Value, Vec<Value>) {
    (
        customer.view().await,
        customer.parts().await,
        customer.desk_view().await,
        customer.target.events_of(customer.id).await,
    )
}

/// Scanners, previews, reloads, impatient people: GET, HEAD and OPTIONS of everything, with and without the token.
pub(crate) async fn looking_changes_nothing(target: &Target) {
    let (waiting, sent) = (open(target).await, open(target).await);
    let part = Part::make(100);
    sent.hand_in(std::slice::from_ref(&part)).await;
    for customer in [waiting, sent] {
        let before = seen(&customer).await;
        for bot in ["Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "Mozilla/5.0 (Windows NT 10.0)"]
        {
            for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                for path in ["", "/parts", "/submit", "/words", "/parts/00000000000000000000000000000000/0"] {
                    for token in [Some(customer.token.clone()), None] {
                        let url = target.url(&customer.path(path));
                        let mut call = Client::new().request(method.clone(), url).header("user-agent", bot);
                        if let Some(token) = token {
                            call = call.bearer_auth(token);
                        }
                        call.send().await.unwrap();
                    }
                }
                for path in [
                    String::new(),
                    format!("/parts/{}", part.id),
                    "/collected".to_owned(),
                    "/notes/0".to_owned(),
                ] {
                    target.desk(method.clone(), &customer.desk_path(&path)).send().await.unwrap();
                }
                Client::new()
                    .request(method.clone(), target.url("/"))
                    .header("user-agent", bot)
                    .send()
                    .await
                    .unwrap();
            }
        }
        assert_eq!(seen(&customer).await, before);
    }
}

fn has_headers(answer: &Response, page: bool) {
    let path = answer.url().path().to_owned();
    let header = |name: &str| {
        let mut all = answer.headers().get_all(name).iter();
        let only = all.next().unwrap_or_else(|| panic!("{path}: no {name}")).to_str().unwrap();
        assert!(all.next().is_none(), "{path}: {name} twice");
        only.to_owned()
    };
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(header("x-frame-options"), "DENY");
    let permissions = header("permissions-policy");
    for part in ["camera=(self)", "microphone=()", "geolocation=()"] {
        assert!(permissions.contains(part));
    }
    let expected = if page {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
         worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types svelte-trusted-html cloakroom-worker"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    assert_eq!(header("content-security-policy"), expected);
    for leak in ["server", "x-powered-by", "set-cookie", "access-control-allow-origin"] {
        assert!(!answer.headers().contains_key(leak), "{path}: {leak}");
    }
}

pub(crate) async fn every_answer_has_its_headers(target: &Target) {
    let customer = open(target).await;
    let part = Part::make(10);
    customer.hand_in(std::slice::from_ref(&part)).await;
    let part_path = customer.desk_path(&format!("/parts/{}", part.id));
    let mut answers = vec![
        customer.call(Method::GET, "").send().await.unwrap(),
        customer.call(Method::HEAD, "").send().await.unwrap(),
        customer.call(Method::GET, "/parts").send().await.unwrap(),
        customer.call(Method::POST, "/words").body("word").send().await.unwrap(),
        customer.call(Method::PATCH, "").send().await.unwrap(),
        customer.call(Method::OPTIONS, "").send().await.unwrap(),
        customer.put(part.id, 0, &part.bytes).await,
        customer.put(part.id, 0, b"other").await,
        customer.submit(b"nonsense").await,
        target.desk(Method::GET, &part_path).send().await.unwrap(),
        target.desk(Method::GET, &part_path).header("range", "bytes=99-").send().await.unwrap(),
        target.desk(Method::GET, "/v1/desk/events").send().await.unwrap(),
        target
            .desk(Method::GET, "/v1/desk/events")
            .header("accept", "text/event-stream")
            .send()
            .await
            .unwrap(),
    ];
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/nowhere",
        "/v1",
        "/v1/desk/events",
        "/%00",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
    ] {
        answers.push(Client::new().get(target.url(path)).send().await.unwrap());
    }
    answers.push(Client::new().get(target.url(&format!("/{}", "a".repeat(5000)))).send().await.unwrap());
    answers.push(Client::new().get(target.url("/")).header("host", "evil.example").send().await.unwrap());
    for answer in &answers {
        has_headers(answer, false);
    }
    for (path, media_type) in
        [("/", "text/html; charset=utf-8"), ("/assets/page.js", "text/javascript; charset=utf-8")]
    {
        for method in [Method::GET, Method::HEAD] {
            let page = Client::new().request(method, target.url(path)).send().await.unwrap();
            assert_eq!(page.status(), StatusCode::OK);
            assert_eq!(page.headers()["content-type"], media_type);
            has_headers(&page, true);
        }
    }
}

pub(crate) async fn problems_never_quote(target: &Target) {
    let customer = open(target).await;
    let marker = "4111111111111111";
    let answers = [
        customer.call(Method::GET, &format!("/{marker}")).send().await.unwrap(),
        customer.call(Method::POST, &format!("/submit?{marker}")).body(marker).send().await.unwrap(),
        customer
            .call(Method::POST, "/submit")
            .header("content-type", marker)
            .body(marker)
            .send()
            .await
            .unwrap(),
        target.desk(Method::POST, "/v1/boxes").json(&serde_json::json!({"id": marker})).send().await.unwrap(),
        target.desk(Method::POST, "/v1/boxes").json(&serde_json::json!({marker: 1})).send().await.unwrap(),
        target.desk(Method::GET, &format!("/v1/desk/events?after={marker}x")).send().await.unwrap(),
        target.desk(Method::DELETE, &customer.desk_path(&format!("?as={marker}"))).send().await.unwrap(),
        Client::new().get(target.url(&format!("/{marker}"))).bearer_auth(marker).send().await.unwrap(),
    ];
    for answer in answers {
        assert!(answer.status().is_client_error());
        assert!(!format!("{:?}", answer.headers()).contains(marker));
        assert!(!answer.text().await.unwrap().contains(marker));
    }
}

pub(crate) async fn unknown_calls(target: &Target) {
    let customer = open(target).await;
    let call = |method: Method, path: &str| Client::new().request(method, target.url(path)).send();
    for (method, path) in [
        (Method::GET, "/nowhere".to_owned()),
        (Method::POST, "/nowhere".to_owned()),
        (Method::GET, "/index.html/".to_owned()),
        (Method::GET, "/assets/../assets/page.css".to_owned()),
        (Method::GET, "/assets".to_owned()),
        (Method::GET, "/v1/boxes/".to_owned()),
        (Method::GET, "/v2/boxes".to_owned()),
    ] {
        is_problem(call(method, &path).await.unwrap(), 404, "no-such-call").await;
    }
    for (method, path) in [
        (Method::DELETE, customer.path("")),
        (Method::PUT, customer.path("")),
        (Method::GET, customer.path("/submit")),
        (Method::GET, "/v1/boxes".to_owned()),
        (Method::POST, "/healthz".to_owned()),
    ] {
        let answer = call(method, &path).await.unwrap();
        assert!(answer.headers().contains_key("allow"));
        is_problem(answer, 405, "no-such-call").await;
    }
    let long = call(Method::GET, &format!("/{}", "a".repeat(5000))).await.unwrap();
    is_problem(long, 414, "bad-request").await;
}

pub(crate) async fn health_and_counts(target: &Target) {
    let customer = open(target).await;
    let body = customer.hand_in(&[Part::make(10)]).await;
    customer.collected(&body).await;
    for path in ["/healthz", "/readyz"] {
        let answer = Client::new().get(target.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.text().await.unwrap(), "ok");
    }
    let metrics = Client::new().get(target.url("/metrics")).send().await.unwrap().text().await.unwrap();
    for line in [
        "cloakroom_relay_boxes_opened_total 1",
        "cloakroom_relay_chunks_stored_total 1",
        "cloakroom_relay_chunk_bytes_stored_total 10",
        "cloakroom_relay_submissions_accepted_total 1",
        "cloakroom_relay_submissions_collected_total 1",
    ] {
        assert!(metrics.lines().any(|other| other == line), "{line}");
    }
    // Counts only: no id has fewer than 16 hexadecimal digits.
    assert!(metrics.split(|c: char| !c.is_ascii_hexdigit()).all(|run| run.len() < 16));
    let openapi = Client::new().get(target.url("/openapi.json")).send().await.unwrap();
    let openapi: Value = openapi.json().await.unwrap();
    assert!(openapi["openapi"].as_str().unwrap().starts_with("3."));
    assert!(openapi["paths"]["/v1/boxes/{id}/submit"]["post"].is_object());
}
