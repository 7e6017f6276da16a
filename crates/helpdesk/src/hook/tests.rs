//! Sources: developer.zendesk.com/documentation/webhooks/verifying and …/api-reference/webhooks/event-types/ticket-events;
//! developer.atlassian.com/cloud/jira/platform/webhooks ("Secure admin webhooks", its test values);
//! developers.intercom.com "Signed notifications" and "Webhook topics"; support.freshdesk.com "Using webhooks in
//! automation rules"; RFC 2202 (HMAC-SHA-1). Signatures that no document gives were made by Python's `hmac`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use data_encoding::{BASE64, HEXLOWER};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Heard, Proof, Said, TicketSignal, Verdict};

const NOW: u64 = 1_700_000_000;

fn secret() -> HookSecret {
    HookSecret::parse("It's a Secret to Everybody").unwrap()
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn tag(algorithm: hmac::Algorithm, message: &[u8]) -> Vec<u8> {
    hmac::sign(&secret().key(algorithm), message).as_ref().to_vec()
}

fn hash_of(text: &str) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// A delivery as a helpdesk signs it, at a time, and a relay passes it on.
fn signed(kind: HookKind, body: &Value, at: u64) -> (Vec<(String, String)>, Vec<u8>) {
    let body = body.to_string().into_bytes();
    let headers = match kind {
        HookKind::Zendesk => {
            let timestamp = crate::time::print(at);
            let tag = tag(hmac::HMAC_SHA256, &[timestamp.as_bytes(), &body].concat());
            vec![
                pair("x-zendesk-webhook-signature", BASE64.encode(&tag)),
                pair("X-Zendesk-Webhook-Signature-Timestamp", timestamp),
            ]
        }
        HookKind::Jira => {
            let tag = HEXLOWER.encode(&tag(hmac::HMAC_SHA256, &body));
            vec![pair("x-hub-signature", format!("sha256={tag}"))]
        }
        HookKind::Intercom => {
            let tag = HEXLOWER.encode(&tag(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &body));
            vec![pair("x-hub-signature", format!("sha1={tag}"))]
        }
        HookKind::Generic => {
            vec![pair(SIGNATURE_HEADER, sign(&secret(), at, &body)), pair(TIMESTAMP_HEADER, at.to_string())]
        }
        HookKind::SecretHeader => vec![pair(SECRET_HASH_HEADER, hash_of(secret().expose()))],
    };
    (headers, body)
}

/// Closed ticket 4821, in each one's words.
fn close(kind: HookKind, at: u64) -> Value {
    match kind {
        HookKind::Zendesk => json!({
            "account_id": 22_129_848, "type": "zen:event-type:ticket.status_changed", "zendesk_event_version": "2022-06-20",
            "id": "2b24ef10-19d5-4740-93cf-8f98ec4776c0", "subject": "zen:ticket:4821", "time": crate::time::print(at),
            "detail": { "id": "4821", "status": "CLOSED", "tags": [], "updated_at": crate::time::print(at), "is_public": true },
            "event": { "current": "CLOSED", "previous": "SOLVED" },
        }),
        HookKind::Jira => json!({
            "timestamp": at * 1000, "webhookEvent": "jira:issue_updated", "issue_event_type_name": "issue_generic",
            "issue": { "id": "99291", "key": "IT-4821", "fields": { "summary": "I feel the need for speed",
                "updated": "2023-11-14T22:13:20.000+0000",
                "status": { "name": "Erledigt", "statusCategory": { "id": 3, "key": "done" } } } },
            "changelog": { "id": "10124", "items": [{ "field": "status", "fromString": "Offen", "toString": "Erledigt" }] },
        }),
        HookKind::Intercom => json!({
            "type": "notification_event", "id": "notif_78c122d0", "topic": "conversation.admin.closed", "app_id": "a86dr8yl",
            "created_at": at, "data": { "type": "notification_event_data", "item": { "type": "conversation", "id": "4821", "open": false, "state": "closed" } },
        }),
        HookKind::Generic | HookKind::SecretHeader => json!({ "ticket": "4821", "state": "closed" }),
    }
}

fn judged(kind: HookKind, body: &Value, at: u64, arrived: u64) -> Result<Judged, Refused> {
    let (headers, body) = signed(kind, body, at);
    judge(kind, &secret(), &Delivery { headers: &headers, body: &body, arrived }, NOW)
}

fn said(kind: HookKind, body: &Value) -> Said {
    judged(kind, body, NOW, NOW).unwrap().news.remove(0).said
}

#[test]
fn each_ones_close_is_read() {
    for kind in HookKind::ALL {
        let judged = judged(kind, &close(kind, NOW - 2), NOW - 1, NOW).unwrap();
        let [news] = &judged.news[..] else { panic!("{kind:?}") };
        let ticket = if kind == HookKind::Jira { "IT-4821" } else { "4821" };
        assert!(news.reference.same_ticket(&ticket.parse().unwrap()), "{kind:?}");
        assert_eq!(news.said, Said::Is(TicketSignal::Closed), "{kind:?}");
        assert_eq!(news.proof, if kind.is_signed() { Proof::Signed } else { Proof::Hint }, "{kind:?}");
    }
}

#[test]
fn atlassians_own_test_values() {
    // developer.atlassian.com/cloud/jira/platform/webhooks: "Testing payload validation"
    let headers =
        [pair("X-Hub-Signature", "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9")];
    let delivery = Delivery { headers: &headers, body: b"Hello World!", arrived: NOW };
    assert_eq!(signed_body(&secret(), &delivery, "x-hub-signature", "sha256=", hmac::HMAC_SHA256), Ok(()));
    // Genuine, and no message of theirs.
    assert_eq!(judge(HookKind::Jira, &secret(), &delivery, NOW), Err(Refused::Malformed));
}

#[test]
fn zendesk_signs_timestamp_then_body() {
    // The documented formula, base64(HMACSHA256(TIMESTAMP + BODY)), with the documented secret and time; the value is
    // Python's. (An earlier edition of that page had them the other way round.)
    let secret = HookSecret::parse("dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==").unwrap();
    let headers = [
        pair("x-zendesk-webhook-signature", "W4FtqTvy5LdIb8BqT/NqpP90EkYmB2iOuNucr7Swfus="),
        pair("x-zendesk-webhook-signature-timestamp", "2021-03-25T05:09:27Z"),
    ];
    let at = 1_616_648_967;
    let body = br#"{"ticket_id": "4821", "status": "solved"}"#;
    let delivery = Delivery { headers: &headers, body, arrived: at + 1 };
    let news = judge(HookKind::Zendesk, &secret, &delivery, at + 1).unwrap().news.remove(0);
    assert_eq!((news.said, news.at), (Said::Is(TicketSignal::Solved), at));
}

#[test]
fn intercom_signs_with_hmac_sha_1() {
    // RFC 2202's own keys are too short for a hook, or no text: this is the data of its case 2 under a longer one, by Python.
    let key = HookSecret::parse("Jefe Jefe Jefe Jefe").unwrap();
    let headers = [pair("x-hub-signature", "sha1=88305152b9db9bb5a6afa1afe67da3b18d95aee3")];
    let delivery = Delivery { headers: &headers, body: b"what do ya want for nothing?", arrived: NOW };
    let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
    assert_eq!(signed_body(&key, &delivery, "X-Hub-Signature", "sha1=", algorithm), Ok(()));
}

#[test]
fn our_own_signature() {
    // printf 'cloakroom/v1/hook\0%s.%s' "$time" "$body" | openssl dgst -sha256 -hmac "$secret"; by Python
    let body = br#"{"ticket":"4821","state":"closed"}"#;
    assert_eq!(
        sign(&secret(), NOW, body),
        "v1=9ef049e13dada8be397e903e29f4a1a9152fd06b7546500612fe04eed64add59"
    );
}

#[test]
fn without_a_signature_or_with_a_wrong_one_nothing_is_read() {
    for kind in HookKind::ALL {
        let (headers, body) = signed(kind, &close(kind, NOW), NOW);
        let judge_with = |headers: &[(String, String)], body: &[u8], secret: &HookSecret| {
            judge(kind, secret, &Delivery { headers, body, arrived: NOW }, NOW).map(drop)
        };
        assert_eq!(judge_with(&headers, &body, &secret()), Ok(()));
        assert_eq!(judge_with(&[], &body, &secret()), Err(Refused::Unsigned), "{kind:?}");
        let other = HookSecret::parse("another secret as long").unwrap();
        assert_eq!(judge_with(&headers, &body, &other), Err(Refused::Forged), "{kind:?}");
        for name in 0..headers.len() {
            let mut doubled = headers.clone();
            doubled.push(pair(&headers[name].0, "other"));
            assert_eq!(judge_with(&doubled, &body, &secret()), Err(Refused::Malformed), "{kind:?}");
        }
        if kind.is_signed() {
            let mut changed = body.clone();
            changed[5] ^= 1;
            assert_eq!(judge_with(&headers, &changed, &secret()), Err(Refused::Forged), "{kind:?}");
            for value in ["", "v1=", "sha256=", "sha1=", "!", "00"] {
                let mut wrong = headers.clone();
                value.clone_into(&mut wrong[0].1);
                assert_eq!(judge_with(&wrong, &body, &secret()), Err(Refused::Forged), "{kind:?} {value:?}");
            }
        }
    }
}

#[test]
fn stale_and_early_are_told_apart() {
    for (kind, old) in [
        (HookKind::Zendesk, FRESH),
        (HookKind::Generic, FRESH),
        (HookKind::Jira, FRESH_BODY),
        (HookKind::Intercom, FRESH_BODY),
    ] {
        let at = |made: u64, arrived: u64| judged(kind, &close(kind, made), made, arrived).map(drop);
        assert_eq!(at(NOW - old, NOW), Ok(()), "{kind:?}");
        assert_eq!(at(NOW - old - 1, NOW), Err(Refused::Stale), "{kind:?}");
        assert_eq!(at(NOW + FRESH, NOW), Ok(()), "{kind:?}");
        assert_eq!(at(NOW + FRESH + 1, NOW), Err(Refused::Early), "{kind:?}");
        assert_eq!(at(NOW, NOW + FRESH + 1), Err(Refused::Early), "{kind:?}: the relay's clock");
        // A desk that was off for a week hears what came in time.
        let week = 7 * 86_400;
        assert_eq!(at(NOW - week, NOW - week + 1), Ok(()), "{kind:?}");
    }
}

#[test]
fn the_same_again_has_the_same_digest_and_nothing_else_has() {
    let mut seen = Vec::new();
    for kind in HookKind::ALL {
        let one = judged(kind, &close(kind, NOW), NOW, NOW).unwrap().digest;
        assert_eq!(judged(kind, &close(kind, NOW), NOW, NOW).unwrap().digest, one);
        assert_ne!(judged(kind, &close(kind, NOW - 1), NOW - 1, NOW - 1).unwrap().digest, one, "{kind:?}");
        assert!(!seen.contains(&one));
        seen.push(one);
    }
    // The relay cannot make it another by another time of arrival, where something is signed.
    let early = judged(HookKind::Generic, &close(HookKind::Generic, NOW), NOW, NOW - 1).unwrap().digest;
    assert_eq!(
        early,
        judged(HookKind::Generic, &close(HookKind::Generic, NOW), NOW, NOW + 1).unwrap().digest
    );
}

#[test]
fn zendesk_solved_is_not_closed_and_a_merge_never_closes() {
    let event = |status: &str, tags: Value| {
        let mut event = close(HookKind::Zendesk, NOW);
        event["detail"]["status"] = json!(status);
        event["detail"]["tags"] = tags;
        said(HookKind::Zendesk, &event)
    };
    assert_eq!(event("SOLVED", json!(["vip"])), Said::Is(TicketSignal::Solved));
    assert_eq!(event("OPEN", json!([])), Said::Is(TicketSignal::Open));
    assert_eq!(event("CLOSED", json!(["closed_by_merge"])), Said::MergedSomewhere);
    assert_eq!(event("ARCHIVED", json!([])), Said::Unknown);
    // A trigger's own JSON; without its tags a close may be a merge, and is a hint.
    let trigger = |body: Value| judged(HookKind::Zendesk, &body, NOW, NOW).unwrap().news.remove(0);
    let news = trigger(json!({ "ticket_id": 4821, "status": "Closed" }));
    assert_eq!((news.said, news.proof), (Said::Is(TicketSignal::Closed), Proof::Hint));
    let news = trigger(json!({ "ticket_id": "4821", "status": "closed", "tags": "vip closed_by_merge" }));
    assert_eq!(news.said, Said::MergedSomewhere);
    let news = trigger(json!({ "ticket_id": "4821", "status": "closed", "tags": "vip" }));
    assert_eq!((news.said, news.proof), (Said::Is(TicketSignal::Closed), Proof::Signed));
    // About something else.
    let other = json!({ "type": "zen:event-type:user.created", "detail": {}, "time": null });
    assert_eq!(judged(HookKind::Zendesk, &other, NOW, NOW).unwrap().news, []);
}

#[test]
fn zendesk_events_are_dated_by_the_ticket() {
    let news =
        judged(HookKind::Zendesk, &close(HookKind::Zendesk, NOW - 9), NOW - 7, NOW).unwrap().news.remove(0);
    assert_eq!(news.at, NOW - 9);
    // Never later than they were signed.
    let news =
        judged(HookKind::Zendesk, &close(HookKind::Zendesk, NOW + 900), NOW, NOW).unwrap().news.remove(0);
    assert_eq!(news.at, NOW);
}

#[test]
fn jira_moves_with_a_new_key_and_goes_by_category() {
    let mut moved = close(HookKind::Jira, NOW);
    moved["issue"]["fields"]["status"]["statusCategory"]["key"] = json!("indeterminate");
    moved["changelog"]["items"] = json!([{ "field": "Key", "fromString": "HELP-7", "toString": "IT-4821" }]);
    let news = judged(HookKind::Jira, &moved, NOW, NOW).unwrap().news;
    assert_eq!(news[0].reference.as_str(), "HELP-7");
    assert_eq!(news[0].said, Said::Is(TicketSignal::Merged("IT-4821".parse().unwrap())));
    assert_eq!(news[1].said, Said::Is(TicketSignal::Open));
    let mut comment = close(HookKind::Jira, NOW);
    comment["webhookEvent"] = json!("comment_created");
    assert_eq!(judged(HookKind::Jira, &comment, NOW, NOW).unwrap().news, []);
}

#[test]
fn intercoms_topics() {
    let of = |topic: &str, item: Value| {
        let body = json!({ "type": "notification_event", "topic": topic, "created_at": NOW, "data": { "item": item } });
        judged(HookKind::Intercom, &body, NOW, NOW)
            .unwrap()
            .news
            .pop()
            .map(|news| (news.reference.to_string(), news.said))
    };
    let closed = |name: &str| Some((name.to_owned(), Said::Is(TicketSignal::Closed)));
    let open = |name: &str| Some((name.to_owned(), Said::Is(TicketSignal::Open)));
    let conversation = json!({ "type": "conversation", "id": "215468" });
    assert_eq!(of("conversation.admin.closed", conversation.clone()), closed("215468"));
    for topic in ["conversation.user.replied", "conversation.admin.opened", "conversation.user.created"] {
        assert_eq!(of(topic, conversation.clone()), open("215468"));
    }
    let ticket = |is_open: Value| json!({ "type": "ticket", "id": "9", "ticket_id": "53", "open": is_open });
    assert_eq!(of("ticket.closed", ticket(json!(false))), closed("53"));
    assert_eq!(of("ticket.state.updated", ticket(json!(true))), open("53"));
    assert_eq!(of("ticket.state.updated", ticket(json!(false))), closed("53"));
    assert_eq!(of("ticket.state.updated", ticket(json!(null))), Some(("53".into(), Said::Unknown)));
    assert_eq!(of("user.created", json!({ "type": "user" })), None);
    let nobody = json!({ "type": "notification_event", "topic": "ping", "created_at": NOW, "data": {} });
    assert_eq!(judged(HookKind::Intercom, &nobody, NOW, NOW).unwrap().news, []);
}

#[test]
fn the_generic_hook_merges_and_says_what_it_does_not_know() {
    let merged = json!({ "ticket": 4821, "merged_into": "#4822" });
    assert_eq!(said(HookKind::Generic, &merged), Said::Is(TicketSignal::Merged("#4822".parse().unwrap())));
    assert_eq!(said(HookKind::Generic, &json!({ "ticket": "4821", "state": "parked" })), Said::Unknown);
    for body in [
        json!({ "ticket": "4821" }),
        json!({ "state": "closed" }),
        json!({ "ticket": "48 21", "state": "closed" }),
        json!({ "ticket": "4821", "state": "closed", "merged_into": "1" }),
        json!([]),
    ] {
        assert_eq!(judged(HookKind::Generic, &body, NOW, NOW), Err(Refused::Malformed), "{body}");
    }
}

#[test]
fn a_secret_header_is_known_by_its_hash_or_from_an_earlier_relay_by_itself() {
    let body = close(HookKind::SecretHeader, NOW).to_string().into_bytes();
    let judged = |headers: &[(String, String)]| {
        judge(HookKind::SecretHeader, &secret(), &Delivery { headers, body: &body, arrived: NOW }, NOW)
            .map(|_| ())
    };
    assert_eq!(judged(&[pair(SECRET_HASH_HEADER, hash_of(secret().expose()))]), Ok(()));
    assert_eq!(judged(&[pair(SECRET_HEADER, secret().expose())]), Ok(()));
    for wrong in [
        pair(SECRET_HASH_HEADER, hash_of("another secret, long enough")),
        pair(SECRET_HASH_HEADER, secret().expose()),
        pair(SECRET_HEADER, hash_of(secret().expose())),
    ] {
        assert_eq!(judged(&[wrong]), Err(Refused::Forged));
    }
    assert_eq!(judged(&[]), Err(Refused::Unsigned));
}

#[test]
fn a_secret_header_never_closes() {
    for body in [
        json!({ "ticket": "4821", "state": "closed" }),
        json!({ "ticket": "4821", "merged_into": "4822" }),
        json!({ "freshdesk_webhook": { "ticket_id": 4821, "ticket_status": "Closed" } }),
        json!({ "freshdesk_webhook": { "ticket_id": 4821, "ticket_status": "Geschlossen" } }),
    ] {
        let news = judged(HookKind::SecretHeader, &body, NOW, NOW).unwrap().news.remove(0);
        assert_eq!(news.proof, Proof::Hint);
        assert_eq!(Heard::default().hear(&news, true).1, Verdict::Ask);
        assert!(matches!(Heard::default().hear(&news, false).1, Verdict::Nothing(_)));
    }
}

#[test]
fn a_hook_secret_is_long_enough_to_be_one() {
    assert!(matches!(HookSecret::parse(" short "), Err(BadHookSecret)));
    assert!(matches!(HookSecret::parse(&"x".repeat(1025)), Err(BadHookSecret)));
    assert_eq!(HookSecret::parse(" 0123456789abcdef\n").unwrap().expose(), "0123456789abcdef");
}

#[test]
fn names_are_kept() {
    for kind in HookKind::ALL {
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
    }
}

proptest! {
    /// Whatever arrives, it is judged without a panic, and without its signature never heard.
    #[test]
    fn noise_is_refused(kind in prop::sample::select(HookKind::ALL.to_vec()), value in "\\PC{0,80}", body in prop::collection::vec(any::<u8>(), 0..200)) {
        let names = ["x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp", "x-hub-signature",
            SIGNATURE_HEADER, TIMESTAMP_HEADER, SECRET_HEADER];
        let headers: Vec<_> = names.iter().map(|name| pair(name, value.clone())).collect();
        let judged = judge(kind, &secret(), &Delivery { headers: &headers, body: &body, arrived: NOW }, NOW);
        prop_assert!(judged.is_err());
    }

    /// Genuine, and anything at all in it: no panic, and no close out of nothing.
    #[test]
    fn signed_noise_says_nothing(kind in prop::sample::select(HookKind::ALL.to_vec()), text in "\\PC{0,40}", number: u64) {
        for body in [json!(text), json!({ "ticket": text, "state": text }), json!({ "timestamp": number, "webhookEvent": text }), json!({ "topic": text, "created_at": number, "data": { "item": number } })] {
            if let Ok(judged) = judged(kind, &body, NOW, NOW) {
                for news in judged.news {
                    prop_assert!(!matches!(news.said, Said::Is(_)));
                }
            }
        }
    }
}
