//! The API as an OpenAPI document.

use crate::routes::{
    boxes, chunks, contact, desk, download, enrolment, events, health, hooks, notes, shares, submission,
    words,
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// The document as it is served, and committed as `docs/openapi.json`.
pub fn openapi() -> String {
    let mut text = Api::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cloakroom relay",
        description = "What a blind relay carries between a customer's browser and a desk. Ids and hashes are \
                       lower-case hexadecimal, ciphertext in JSON is base64, times are UTC seconds. A call that is \
                       not done is answered by a problem document (RFC 9457)."
    ),
    paths(
        boxes::open,
        boxes::view,
        chunks::list,
        chunks::put,
        submission::submit,
        words::say,
        events::listen,
        desk::view,
        desk::end,
        desk::collected,
        download::part,
        notes::put,
        shares::fetch,
        shares::move_term,
        shares::erase,
        enrolment::enrol,
        enrolment::view,
        hooks::make,
        hooks::end,
        hooks::list,
        hooks::waiting,
        hooks::fetched,
        hooks::arrive,
        contact::show,
        health::alive,
        health::ready,
        health::metrics,
        health::openapi,
    ),
    tags(
        (name = "customer", description = "with the upload token of a link"),
        (name = "desk", description = "with a desk's token"),
        (name = "operator", description = "without a token"),
    ),
    modifiers(&Tokens)
)]
struct Api;

struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, about) in [
            ("upload", "64 hexadecimal digits, derived from the link"),
            ("desk", "64 hexadecimal digits, the desk's own"),
        ] {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}
