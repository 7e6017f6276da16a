//! What is over is in no file of the store, and what never belongs there never was.

use crate::{
    conformance::{
        self,
        calls::{CHUNK, Part, open},
        shares::{ask, deposit, open_with},
    },
    files_with,
    running::{self, chunk_files, start},
};
use relay::Config;
use reqwest::{Method, StatusCode};
use std::fs;

/// No file outlives its row: dropped, evicted, collected, ended, refused chunks are gone from the disk.
#[tokio::test]
async fn no_file_without_a_row() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let customer = open(&target).await;
    let (kept, dropped) = (Part::make(2 * CHUNK), Part::make(CHUNK));
    customer.send(&dropped).await;
    customer.send(&kept).await;
    customer.put(kept.id, 0, b"other").await;
    customer.put(kept.id, 5, &[]).await;
    customer.put(kept.id, 5, &vec![0; CHUNK + 1]).await;
    assert_eq!(chunk_files(&store), 3);
    let body = customer.hand_in(std::slice::from_ref(&kept)).await;
    // Dropped chunks go after the answer's commit, which the next commit follows.
    let other = open(&target).await;
    assert_eq!(chunk_files(&store), 2);
    customer.collected(&body).await;
    assert_eq!(chunk_files(&store), 0);
    other.send(&dropped).await;
    assert_eq!(chunk_files(&store), 1);
    other.end("revoked").await;
    assert_eq!(chunk_files(&store), 0);
    let late = open(&target).await;
    late.send(&dropped).await;
    (target.advance)(86_400).await;
    assert_eq!(chunk_files(&store), 0);
}

/// Nothing of a submission is left in the store's files once it was collected, database and log included.
#[tokio::test]
async fn collected_means_erased() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let customer = open(&target).await;
    let part = Part::make(CHUNK);
    let found = |needle: &[u8]| !files_with(&store, needle).is_empty();
    let body = customer.hand_in(std::slice::from_ref(&part)).await;
    let needle = &part.bytes[1000..1032];
    assert!(found(needle));
    customer.collected(&body).await;
    assert!(!found(needle));
}

/// A share is in its own file alone, and in none once it was deleted, ran out or went with its box; what lives beside
/// it is untouched by that, and by the next start.
#[tokio::test]
async fn a_share_that_is_gone_is_nowhere() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let shares: Vec<_> = (0..4).map(|_| deposit(&target, "identity")).collect();
    let mut soon = deposit(&target, "payment");
    soon["term"] = serde_json::json!((target.now)() + 100);
    let bytes = |share: &serde_json::Value| {
        data_encoding::HEXLOWER.decode(share["share"].as_str().unwrap().as_bytes()).unwrap()
    };
    let mut customers = Vec::new();
    for share in &shares {
        customers.push(open_with(&target, &[share.clone(), soon.clone()]).await);
    }
    for share in shares.iter().chain([&soon]) {
        assert_eq!(files_with(&store, &bytes(share)), ["shares"]);
        // Nor as text.
        assert!(files_with(&store, share["share"].as_str().unwrap().as_bytes()).is_empty());
    }
    assert_eq!(ask(&customers[0], Method::DELETE, "identity").await.status(), StatusCode::OK);
    assert_eq!(customers[1].end("revoked").await.status(), StatusCode::OK);
    assert_eq!(customers[2].end("purged").await.status(), StatusCode::OK);
    (target.advance)(100).await;
    for share in shares[..3].iter().chain([&soon]) {
        assert!(files_with(&store, &bytes(share)).is_empty());
    }
    assert_eq!(files_with(&store, &bytes(&shares[3])), ["shares"]);
    let metrics = reqwest::get(target.url("/metrics")).await.unwrap().text().await.unwrap();
    for line in ["cloakroom_relay_shares 1", "cloakroom_relay_shares_deposited_total 8"] {
        assert!(metrics.lines().any(|other| other == line), "{metrics}");
    }

    let running::Running { folder, relay, stop, served } = running;
    stop.send(()).unwrap();
    served.await.unwrap();
    let id = customers[3].id;
    drop((relay, target, customers));
    let (again, running) = running::start_with(Config::new(&store), folder).await;
    let path = format!("/v1/desk/boxes/{id}/shares/identity");
    let kept: serde_json::Value = again.desk(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    assert_eq!(kept["share"], shares[3]["share"]);
    for share in &shares[..3] {
        assert!(files_with(&store, &bytes(share)).is_empty());
    }
    drop(running);
}

/// A record of a box that is not there, and one that was half written, are overwritten by the next start.
#[tokio::test]
async fn orphaned_shares_are_overwritten() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let share = deposit(&target, "identity");
    let bytes = data_encoding::HEXLOWER.decode(share["share"].as_str().unwrap().as_bytes()).unwrap();
    let gone = open_with(&target, std::slice::from_ref(&share)).await;
    let record = fs::read(store.join("shares")).unwrap()[..128].to_vec();
    assert!(record.windows(32).any(|window| window == bytes));
    assert_eq!(gone.end("purged").await.status(), StatusCode::OK);
    assert!(files_with(&store, &bytes).is_empty());
    let running::Running { folder, relay, stop, served } = running;
    stop.send(()).unwrap();
    served.await.unwrap();
    drop((relay, target, gone));
    // As an older copy of the file would have it: the box has ended. And one with a wrong checksum.
    let mut file = fs::read(store.join("shares")).unwrap();
    file[..128].copy_from_slice(&record);
    file[128..256].copy_from_slice(&record);
    file[128 + 10] ^= 1;
    fs::write(store.join("shares"), file).unwrap();
    assert_eq!(files_with(&store, &bytes), ["shares"]);
    let (_, running) = running::start_with(Config::new(&store), folder).await;
    assert!(files_with(&store, &bytes).is_empty());
    drop(running);
}

/// What a desk shows, and what its operator gave it, is in no file of the store, neither as text nor as bytes.
#[tokio::test]
async fn no_token_and_no_code_is_kept() {
    let (target, running) = start().await;
    let store = running.folder.path().join("store");
    let code = conformance::enrolment::add(&target, "desk").await;
    let token = wire::DeskToken::from_bytes([0xa7; 32]);
    assert_eq!(conformance::enrolment::enrol(&target, &code, &token).await.status(), StatusCode::OK);
    let customer = open(&target).await;
    let mut secrets: Vec<Vec<u8>> = vec![
        code.clone().into_bytes(),
        code.replace('-', "").into_bytes(),
        vec![0xa7; 32],
        token.to_bearer().as_bytes().to_vec(),
    ];
    for token in target.desks.iter().chain([&customer.token]) {
        secrets.push(token.clone().into_bytes());
        secrets.push(data_encoding::HEXLOWER.decode(token.as_bytes()).unwrap());
    }
    for secret in secrets {
        assert!(files_with(&store, &secret).is_empty());
    }
    // The scan finds what is there.
    assert!(!files_with(&store, token.hash().as_bytes()).is_empty());
    assert!(!files_with(&store, customer.id.as_bytes()).is_empty());
}
