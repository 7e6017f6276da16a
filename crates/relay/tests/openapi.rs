//! The committed document is the one the code makes.
#![allow(clippy::unwrap_used, reason = "tests")]

#[test]
fn the_committed_document_is_current() {
    let committed =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json")).unwrap();
    assert!(
        committed == relay::openapi(),
        "docs/openapi.json is old; run: cargo run -p relay --bin cloakroom-relay -- openapi > docs/openapi.json"
    );
}
