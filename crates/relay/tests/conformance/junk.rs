//! Junk from someone who intercepted the link: bounded, and never in the customer's way for good.

use super::{
    Target,
    calls::{CHUNK, Customer, LIMIT, Part, is_problem, open, random, random_bytes},
};
use reqwest::StatusCode;
use wire::PartId;

/// Chunks stored now.
async fn chunks(customer: &Customer) -> u64 {
    let parts = customer.parts().await;
    let parts = parts["parts"].as_array().unwrap();
    let runs = parts.iter().flat_map(|part| part["chunks"].as_array().unwrap());
    runs.map(|run| run[1].as_u64().unwrap() - run[0].as_u64().unwrap() + 1).sum()
}

pub(crate) async fn junk_does_not_shut_the_customer_out(target: &Target) {
    let customer = open(target).await;
    let mine = [Part::make(2 * CHUNK), Part::make(100)];
    for part in &mine {
        customer.send(part).await;
    }
    // Ten times the limit, in parts of two chunks.
    for _ in 0..10 * LIMIT / (2 * CHUNK as u64) {
        let junk = Part::make(2 * CHUNK);
        assert_eq!(customer.send(&junk).await, [StatusCode::CREATED; 2]);
        assert!(chunks(&customer).await <= 3 * LIMIT / CHUNK as u64 + 2);
    }
    let body = customer.body(&mine);
    let problem = is_problem(customer.submit(&body).await, 422, "incomplete").await;
    assert_eq!(problem["missing"].as_array().unwrap().len(), 2);
    for part in &mine {
        customer.send(part).await;
    }
    assert_eq!(customer.submit(&body).await.status(), StatusCode::OK);
    for part in &mine {
        assert_eq!(customer.download(part.id).await, part.bytes);
    }
    assert_eq!(chunks(&customer).await, 3);
}

/// A chunk of one byte takes a file and a row like any other.
pub(crate) async fn tiny_chunks_are_charged(target: &Target) {
    let customer = open(target).await;
    let most = 3 * LIMIT / 4096 + 20;
    for _ in 0..most + 50 {
        let part = PartId::from_bytes(random());
        assert_eq!(customer.put(part, 0, b"x").await.status(), StatusCode::CREATED);
    }
    assert_eq!(chunks(&customer).await, most);
}

/// Making room never takes from the part that needs it.
pub(crate) async fn the_part_being_written_stays(target: &Target) {
    let customer = open(target).await;
    customer.send(&Part::make(CHUNK)).await;
    let part = PartId::from_bytes(random());
    // Three times the limit, and the allowance for small chunks.
    let fits = 3 * LIMIT / CHUNK as u64 + 1;
    for n in 0..fits {
        let answer = customer.put(part, u32::try_from(n).unwrap(), &random_bytes(CHUNK)).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "{n}");
    }
    assert_eq!(chunks(&customer).await, fits);
    let beyond = customer.put(part, u32::try_from(fits).unwrap(), &random_bytes(CHUNK)).await;
    is_problem(beyond, 413, "too-large").await;
    assert_eq!(chunks(&customer).await, fits);
    assert_eq!(
        customer.put(PartId::from_bytes(random()), 0, &random_bytes(CHUNK)).await.status(),
        StatusCode::CREATED
    );
}
